//! One running function.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use axum::body::Bytes;
use tokio::process::{Child, Command};

use crate::{aws::Aws, functions::Binary, runtime_api::RuntimeApi};

/// A function's process, and Lambda's side of it. Dropping it ends the process.
pub(crate) struct Instance {
    runtime: RuntimeApi,
    process: Child,
}

impl Instance {
    /// Starts a process; returns it with the time until it asked for its first event.
    pub(crate) async fn start(binary: &Binary, aws: &Aws) -> (Self, Duration) {
        Self::start_in(binary, aws.environment()).await
    }

    /// The same in this environment.
    pub(crate) async fn start_in(binary: &Binary, environment: Vec<(&'static str, String)>) -> (Self, Duration) {
        let runtime = RuntimeApi::start().await;
        let mut command = Command::new(&binary.path);
        command.env_clear().envs(environment).env("AWS_LAMBDA_RUNTIME_API", runtime.address.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let started = Instant::now();
        let process = command.spawn().unwrap();
        runtime.asked().await;
        let took = started.elapsed();
        // It still asks.
        runtime.ask_again();
        (Self { runtime, process }, took)
    }

    /// One invocation.
    pub(crate) async fn invoke(&mut self, event: String) -> (Bytes, Duration) {
        self.runtime.invoke(event).await
    }

    /// Resident memory in KB, where the system tells.
    pub(crate) fn resident_kb(&self) -> Option<u64> {
        self.memory_kb("VmRSS:")
    }

    /// The most resident memory so far in KB, where the system tells.
    pub(crate) fn peak_kb(&self) -> Option<u64> {
        self.memory_kb("VmHWM:")
    }

    fn memory_kb(&self, name: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()?)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
        Some(kib * 1024 / 1000)
    }

    /// Ends the process and waits for that, so that it takes nothing from the next one.
    pub(crate) async fn stop(mut self) {
        self.process.kill().await.unwrap();
    }
}
