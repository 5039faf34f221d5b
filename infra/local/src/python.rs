//! The emulator's private Python environment, made once per list of pinned packages.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::StackError;

/// The oldest Python for which all pinned packages are published.
const OLDEST_PYTHON: (u32, u32) = (3, 10);
const REQUIREMENTS: &str = include_str!("../requirements.txt");
const VERSION_PROGRAM: &str = "import sys, venv, ensurepip; print(*sys.version_info[:2])";

/// Returns the `python` of the environment below `folder`, and makes it first if need be.
///
/// Safe when several processes ask at once: one of them installs while the others wait.
pub(crate) async fn environment(folder: &Path) -> Result<PathBuf, StackError> {
    let system = system_python().await?;
    let home = folder.join(format!("python-{:016x}", fingerprint(&system.version)));
    let python = home.join("bin").join("python");
    if python.is_file() {
        return Ok(python);
    }
    fs::create_dir_all(folder).map_err(StackError::file(folder))?;
    let _lock = lock(folder.join("python.lock")).await?;
    if python.is_file() {
        return Ok(python);
    }
    // Built under another name and renamed when complete, so that a killed installation is never taken for a whole one.
    let draft = folder.join("python-draft");
    if draft.exists() {
        fs::remove_dir_all(&draft).map_err(StackError::file(&draft))?;
    }
    install(&system.program, &draft).await?;
    fs::rename(&draft, &home).map_err(StackError::file(&home))?;
    Ok(python)
}

struct SystemPython {
    program: String,
    version: String,
}

async fn system_python() -> Result<SystemPython, StackError> {
    let program = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let wanted = format!("Python {}.{} or newer is needed to run the AWS emulator", OLDEST_PYTHON.0, OLDEST_PYTHON.1);
    let output = Command::new(&program)
        .args(["-c", VERSION_PROGRAM])
        .stdin(Stdio::null())
        .output()
        .await
        .map_err(|error| StackError::Python(format!("{wanted}, and `{program}` does not run: {error}")))?;
    if !output.status.success() {
        return Err(StackError::Python(format!(
            "{wanted}, with its `venv` module (on Debian and Ubuntu: the package python3-venv); `{program}` says: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        )));
    }
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let mut numbers = version.split(' ').filter_map(|part| part.parse::<u32>().ok());
    if (numbers.next(), numbers.next()) < (Some(OLDEST_PYTHON.0), Some(OLDEST_PYTHON.1)) {
        let version = version.replace(' ', ".");
        let hint = "set PYTHON to a newer one";
        return Err(StackError::Python(format!("{wanted}; `{program}` is Python {version}: {hint}")));
    }
    Ok(SystemPython { program, version })
}

/// Changes with the pinned packages and with the Python that they are installed for.
fn fingerprint(version: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (REQUIREMENTS, version).hash(&mut hasher);
    hasher.finish()
}

/// Waits for the lock; the system lets go of it when this process ends, however it ends.
async fn lock(path: PathBuf) -> Result<File, StackError> {
    let locked = tokio::task::spawn_blocking(move || {
        let file = File::create(&path).map_err(StackError::file(&path))?;
        file.lock().map_err(StackError::file(&path))?;
        Ok(file)
    });
    locked.await.map_err(|error| StackError::Install(error.to_string()))?
}

async fn install(system: &str, home: &Path) -> Result<(), StackError> {
    run(Command::new(system).args(["-m", "venv"]).arg(home)).await?;
    let requirements = home.join("requirements.txt");
    fs::write(&requirements, REQUIREMENTS).map_err(StackError::file(&requirements))?;
    // Without dependency resolution: the list names every package, and nothing else may come in.
    let options = ["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps", "-r"];
    run(Command::new(home.join("bin").join("python")).args(options).arg(&requirements)).await
}

async fn run(command: &mut Command) -> Result<(), StackError> {
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
    let output = output.map_err(|error| StackError::Install(error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(StackError::Install(String::from_utf8_lossy(&said).trim().to_owned()))
}
