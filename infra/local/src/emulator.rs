//! The emulator process: started on a loopback port, ready before use, and gone with this program however that ends.

use std::fs::{self, File};
use std::io::Read;
use std::net::{Shutdown, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::{net::UnixStream, process::CommandExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::StackError;
use crate::cloud::REGION;

const STARTER: &str = include_str!("starter.py");
const READY_TIMEOUT: Duration = Duration::from_secs(60);
/// Longer than the starter's own limit, so that killing is only for a starter that hangs.
const STOP_TIMEOUT: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// The starter's word for state that is all in the data folder.
const SAVED: &str = "saved";
/// How soon it is noticed that the emulator ended by itself.
const WATCH_INTERVAL: Duration = Duration::from_millis(250);

/// A running emulator; dropping it stops it and waits until it has saved its state.
#[derive(Debug)]
pub(crate) struct Emulator {
    process: Child,
    /// Closing our side of it tells the starter to stop; it then answers whether the state was saved.
    alive: UnixStream,
    pub(crate) port: u16,
    pub(crate) log: PathBuf,
    scratch: PathBuf,
    data: Option<PathBuf>,
}

impl Emulator {
    /// Starts the emulator with its log and temporary files in `folder`, and its state in `data`, if any.
    pub(crate) async fn start(
        python: &Path,
        folder: &Path,
        port: Option<u16>,
        data: Option<&Path>,
    ) -> Result<Self, StackError> {
        let port = free_port(port)?;
        let log = folder.join(format!("log-{port}.txt"));
        let scratch = folder.join(format!("run-{}-{port}", std::process::id()));
        fs::create_dir_all(&scratch).map_err(StackError::file(&scratch))?;
        let starter = scratch.join("starter.py");
        fs::write(&starter, STARTER).map_err(StackError::file(&starter))?;
        let output = File::create(&log).map_err(StackError::file(&log))?;
        let errors = output.try_clone().map_err(StackError::file(&log))?;
        let (alive, starters) = UnixStream::pair().map_err(StackError::file("the starter"))?;
        let mut command = Command::new(python);
        command.arg("-I").arg(&starter).arg(&scratch);
        environment(&mut command, port, &scratch, data);
        // A group of its own: Ctrl-C reaches this program only, which then stops the emulator in good order.
        command.process_group(0).stdin(OwnedFd::from(starters)).stdout(output).stderr(errors);
        let process = command.spawn().map_err(StackError::file(python))?;
        let data = data.map(Path::to_owned);
        let mut emulator = Self { process, alive, port, log, scratch, data };
        emulator.wait_until_ready().await?;
        Ok(emulator)
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Waits until the process ends by itself; returns how it did.
    pub(crate) async fn ended(&mut self) -> StackError {
        loop {
            match self.process.try_wait() {
                Ok(None) => tokio::time::sleep(WATCH_INTERVAL).await,
                Ok(Some(status)) => return StackError::Ended(status.to_string(), self.log.clone()),
                Err(error) => return StackError::file(&self.log)(error),
            }
        }
    }

    /// Stops it.
    ///
    /// # Errors
    /// It has a data folder, and did not write all of its state to it.
    pub(crate) fn stop(mut self) -> Result<(), StackError> {
        self.end();
        let mut answer = [0; 1_000];
        // The process is gone: what it said is there, or it said nothing.
        let read = self.alive.set_nonblocking(true).and_then(|()| self.alive.read(&mut answer));
        let said = match read {
            Ok(length @ 1..) => String::from_utf8_lossy(&answer[..length]).into_owned(),
            Ok(0) | Err(_) => "it did not end in time".to_owned(),
        };
        match &self.data {
            Some(data) if said != SAVED => Err(StackError::NotSaved(data.clone(), said, self.log.clone())),
            Some(_) | None => Ok(()),
        }
    }

    async fn wait_until_ready(&mut self) -> Result<(), StackError> {
        let url = format!("{}/_ministack/ready", self.endpoint());
        let http = crate::cloud::http_client()?;
        let started = Instant::now();
        while started.elapsed() < READY_TIMEOUT {
            let ended = self.process.try_wait().map_err(StackError::file(&self.log))?;
            if ended.is_some() {
                return Err(StackError::Emulator(format!("it ended at once: {}", self.last_lines()), self.log.clone()));
            }
            if http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        Err(StackError::Emulator(format!("no answer within {READY_TIMEOUT:?}"), self.log.clone()))
    }

    fn last_lines(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }

    fn end(&mut self) {
        // An error means that nobody is left to be told.
        let _ = self.alive.shutdown(Shutdown::Write);
        let started = Instant::now();
        while matches!(self.process.try_wait(), Ok(None)) {
            if started.elapsed() > STOP_TIMEOUT {
                // Functions end by themselves once the emulator no longer answers them.
                let _ = self.process.kill();
                let _ = self.process.wait();
            }
            std::thread::sleep(POLL_INTERVAL);
        }
        // The starter has done this, unless it was killed.
        let _ = fs::remove_dir_all(&self.scratch);
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.end();
    }
}

/// The wanted port, or any free one.
pub(crate) fn free_port(wanted: Option<u16>) -> Result<u16, StackError> {
    let listener = TcpListener::bind(("127.0.0.1", wanted.unwrap_or(0)));
    let listener = listener.map_err(|_| StackError::PortTaken(wanted.unwrap_or(0)))?;
    Ok(listener.local_addr().map_err(StackError::file("127.0.0.1"))?.port())
}

/// The functions inherit this environment, so nothing of the person's own AWS settings may be in it.
fn environment(command: &mut Command, port: u16, scratch: &Path, data: Option<&Path>) {
    let port = port.to_string();
    let endpoint = format!("http://127.0.0.1:{port}");
    command.env_clear();
    for name in ["PATH", "HOME", "LANG"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.env("TMPDIR", scratch).envs([
        ("GATEWAY_PORT", &*port),
        ("BIND_HOST", "127.0.0.1"),
        ("MINISTACK_HOST", "127.0.0.1"),
        ("MINISTACK_REGION", REGION),
        ("IOT_MTLS_ENABLED", "0"),
        ("SFTP_ENABLED", "0"),
        ("LOG_LEVEL", "WARNING"),
        ("AWS_ENDPOINT_URL", &*endpoint),
        ("AWS_REGION", REGION),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
    ]);
    if let Some(data) = data {
        command.envs([("PERSIST_STATE", "1"), ("S3_PERSIST", "1")]);
        command.env("STATE_DIR", data.join("state")).env("S3_DATA_DIR", data.join("s3"));
    }
}
