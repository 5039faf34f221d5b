//! The whole system, running: built, deployed, and stopped with its owner.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::StackError;
use crate::cloud::Cloud;
use crate::emulator::{Emulator, free_port};
use crate::progress::Progress;
use crate::workspace::Workspace;
use crate::{deploy, python};

/// How the stack is to start.
#[derive(Debug, Clone, Default)]
pub struct StackOptions {
    /// The emulator's port on 127.0.0.1; `None` takes a free one.
    pub port: Option<u16>,
    /// The folder that keeps all data between starts; `None` forgets everything in the end.
    pub data: Option<PathBuf>,
    /// Where progress is shown.
    pub progress: Progress,
}

/// The running system. Dropping it stops everything and, with a data folder, waits until the state is written.
#[derive(Debug)]
pub struct Stack {
    /// Where the HTTP API answers; paths such as `/v1/leads` are appended to it.
    pub base_url: String,
    /// The AWS endpoint, for clients of the AWS SDK.
    pub endpoint: String,
    /// The secret from which the first seller key is made.
    pub first_key: String,
    /// The outputs of `infra/template.yaml`, by name.
    pub outputs: BTreeMap<String, String>,
    /// What the functions and the emulator write.
    pub logs_path: PathBuf,
    emulator: Emulator,
}

impl Stack {
    /// Builds the functions, starts the emulator and deploys the template.
    ///
    /// # Errors
    /// Says what is missing or what failed: Python, the build, the port, a resource.
    pub async fn start(options: StackOptions) -> Result<Self, StackError> {
        let workspace = Workspace::find()?;
        let own_folder = workspace.own_folder();
        let progress = options.progress;
        // Looked at before the long build, the port once more when it is used.
        if options.port.is_some() {
            free_port(options.port)?;
        }
        let data = options.data.as_deref().map(absolute).transpose()?;

        let step = progress.step("Preparing the AWS emulator");
        let python = python::environment(&own_folder).await?;
        step.done();

        let step = progress.step("Building the functions");
        let binaries = workspace.build(&step).await?;
        step.done();

        let step = progress.step("Starting the AWS emulator");
        let emulator = Emulator::start(&python, &own_folder, options.port, data.as_deref()).await?;
        step.done();

        let step = progress.step("Deploying infra/template.yaml");
        let cloud = Cloud::new(emulator.endpoint())?;
        let outputs = deploy::deploy(&cloud, &workspace.template(), &binaries, &step).await?;
        let secret = outputs.get("FirstKeySecretArn").map_or("", String::as_str);
        let first_key = cloud.secret(secret).await?;
        step.done();

        let (endpoint, base_url) = (emulator.endpoint(), cloud.api_url());
        Ok(Self { base_url, endpoint, first_key, outputs, logs_path: emulator.log.clone(), emulator })
    }

    /// The first seller key, as callers present it.
    #[must_use]
    pub fn seller_key(&self) -> String {
        format!("vk_root_{}", self.first_key)
    }

    /// Waits until the emulator ends by itself, which it should not; returns how it did, and where its log is.
    pub async fn ended(&mut self) -> StackError {
        self.emulator.ended().await
    }

    /// Stops everything, as dropping it does, and says whether the data was kept.
    ///
    /// # Errors
    /// There is a data folder, and not everything was written to it.
    pub fn stop(self) -> Result<(), StackError> {
        self.emulator.stop()
    }
}

fn absolute(path: &Path) -> Result<PathBuf, StackError> {
    if path.exists() && !path.is_dir() {
        return Err(StackError::file(path)(std::io::Error::other("it is no folder, which --data needs")));
    }
    std::fs::create_dir_all(path).map_err(StackError::file(path))?;
    path.canonicalize().map_err(StackError::file(path))
}
