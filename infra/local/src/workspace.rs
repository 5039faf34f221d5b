//! The workspace on disk: its root, its target folder, and the functions' binaries built from it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;
use tokio::time::{Duration, Instant, interval_at};

use crate::StackError;
use crate::progress::Step;

/// The functions: binary, and (capitalised without hyphens, with `Function` behind) the template's logical id.
pub(crate) const FUNCTIONS: [&str; 22] = [
    "bulk",
    "bulk-worker",
    "consent",
    "ingest",
    "delivery",
    "delivery-api",
    "delivery-files",
    "feedback",
    "feedback-worker",
    "lead-export",
    "lead-import",
    "lead-import-worker",
    "notify",
    "responder",
    "return-file",
    "reconcile",
    "reports",
    "returns",
    "rollup",
    "search",
    "setup",
    "sweeper",
];

/// Variables that cargo sets for the programs it runs. A nested cargo must not see them: build scripts that watch
/// one of them (ring's does) would run again, and everything above them would be compiled again.
const SET_BY_CARGO: [&str; 9] = [
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_MANIFEST_LINKS",
    "CARGO_CRATE_NAME",
    "CARGO_BIN_NAME",
    "CARGO_PRIMARY_PACKAGE",
    "CARGO_TARGET_TMPDIR",
    "OUT_DIR",
    "CARGO",
];

/// How often a build says in lines that it is still at it.
const TOLD_EVERY: Duration = Duration::from_secs(30);

/// Built binaries by name.
pub(crate) type Binaries = BTreeMap<String, PathBuf>;

/// The workspace this program runs in.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Finds the workspace at or above the current folder.
    pub(crate) fn find() -> Result<Self, StackError> {
        let here = std::env::current_dir().map_err(StackError::file("."))?;
        here.ancestors()
            .find(|folder| template_in(folder).is_file() && folder.join("Cargo.toml").is_file())
            .map(|root| Self { root: root.to_owned() })
            .ok_or(StackError::NoWorkspace(here))
    }

    pub(crate) fn template(&self) -> PathBuf {
        template_in(&self.root)
    }

    /// Where everything lives that the local stack makes for itself.
    pub(crate) fn own_folder(&self) -> PathBuf {
        let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        self.root.join(target).join("local")
    }

    /// Builds all functions with the dev profile; returns their binaries by name.
    pub(crate) async fn build(&self, step: &Step) -> Result<Binaries, StackError> {
        let mut child = self.cargo_build().spawn().map_err(StackError::file("cargo"))?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (binaries, said) = tokio::join!(executables(stdout), narrated(stderr, step));
        let status = child.wait().await.map_err(StackError::file("cargo"))?;
        if status.success() { Ok(binaries) } else { Err(StackError::Build(said)) }
    }

    fn cargo_build(&self) -> Command {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        // The whole workspace, not only the functions: the same features of shared dependencies as `cargo test
        // --workspace` selects, so that nothing is compiled twice.
        let arguments = ["build", "--workspace", "--bins", "--locked", "--message-format=json-render-diagnostics"];
        cargo.current_dir(&self.root).args(arguments);
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if SET_BY_CARGO.contains(&&*name) || name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_BIN_EXE_") {
                cargo.env_remove(&*name);
            }
        }
        cargo.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        cargo
    }
}

/// The binaries that cargo reports, wherever its configuration puts them.
async fn executables(stdout: Option<impl AsyncRead + Unpin>) -> Binaries {
    let mut found = Binaries::new();
    let Some(stdout) = stdout else { return found };
    let mut lines = BufReader::new(stdout).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let message: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        if let (Some(name), Some(path)) = (message["target"]["name"].as_str(), message["executable"].as_str()) {
            found.insert(name.to_owned(), path.into());
        }
    }
    found
}

/// Shows what cargo says, and returns it for the case that the build fails.
async fn narrated(stderr: Option<impl AsyncRead + Unpin>, step: &Step) -> String {
    let mut said = String::new();
    let Some(stderr) = stderr else { return said };
    let mut lines = BufReader::new(stderr).lines();
    let mut ticks = interval_at(Instant::now() + TOLD_EVERY, TOLD_EVERY);
    loop {
        tokio::select! {
            line = lines.next_line() => {
                let Ok(Some(line)) = line else { return said };
                step.now(line.trim());
                said.push_str(&line);
                said.push('\n');
            }
            _ = ticks.tick() => step.still(said.lines().last().unwrap_or("cargo has said nothing yet").trim()),
        }
    }
}

fn template_in(folder: &Path) -> PathBuf {
    folder.join("infra").join("template.yaml")
}
