//! The functions' binaries, built as they are deployed.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;

/// The function that does nothing comes first: the others are compared with it.
const FUNCTIONS: [&str; 23] = [
    "noop",
    "ingest",
    "delivery",
    "delivery-api",
    "delivery-files",
    "feedback",
    "feedback-worker",
    "search",
    "lead-export",
    "bulk",
    "bulk-worker",
    "consent",
    "lead-import",
    "lead-import-worker",
    "setup",
    "sweeper",
    "notify",
    "responder",
    "rollup",
    "reconcile",
    "reports",
    "returns",
    "return-file",
];
/// The crates that they are built from.
const CRATES: [&str; 16] = [
    "noop",
    "ingest",
    "delivery",
    "feedback",
    "search",
    "bulk",
    "consent",
    "lead-import",
    "setup",
    "sweeper",
    "notify",
    "responder",
    "rollup",
    "reports",
    "returns",
    "return-file",
];
/// What a nested cargo may know of the outer one. The rest would make build scripts run again.
const PASSED_ON: [&str; 4] = ["CARGO_HOME", "CARGO_TARGET_DIR", "CARGO_BUILD_TARGET", "CARGO_NET_OFFLINE"];

/// A built function.
pub(crate) struct Binary {
    pub(crate) name: &'static str,
    pub(crate) path: PathBuf,
}

impl Binary {
    pub(crate) fn bytes(&self) -> u64 {
        self.path.metadata().unwrap().len()
    }
}

/// Builds functions, all or one of them, with the profile that this benchmark is built with, in one go: always with the same features.
pub(crate) fn build(only: Option<&str>) -> Vec<Binary> {
    let names = FUNCTIONS.into_iter().filter(|name| only.is_none_or(|only| only == *name));
    let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
    eprintln!("building the functions with the {profile} profile");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--locked", "--message-format=json-render-diagnostics", "--profile", profile]);
    cargo.args(names.clone().flat_map(|name| ["--bin", name]));
    cargo.args(CRATES.iter().flat_map(|name| ["-p", name])).stdin(Stdio::null()).stderr(Stdio::inherit());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO") && !PASSED_ON.contains(&&*name) {
            cargo.env_remove(&*name);
        }
    }
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "the functions can be built");
    let said: Vec<Value> =
        String::from_utf8_lossy(&output.stdout).lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let path = |name: &str| {
        let own = said.iter().filter(|message| message["target"]["name"] == name);
        own.filter_map(|message| message["executable"].as_str()).next_back().expect("cargo says where it is").into()
    };
    names.map(|name| Binary { name, path: path(name) }).collect()
}
