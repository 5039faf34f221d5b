//! What can go wrong while the local stack starts, said so that a person can act on it.

use std::path::PathBuf;

/// Why the local stack did not start, deploy or answer.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// No workspace with this crate's template was found above the current folder.
    #[error("no Volley workspace found at or above {0}; run this inside the repository")]
    NoWorkspace(PathBuf),
    /// There is no usable Python.
    #[error("{0}")]
    Python(String),
    /// The emulator's packages could not be installed.
    #[error("installing the emulator failed:\n{0}")]
    Install(String),
    /// `cargo build` of the functions failed; the compiler has said why.
    #[error("building the functions failed:\n{0}")]
    Build(String),
    /// Something else listens on the port.
    #[error("port {0} is taken; stop what uses it, or choose another one with --port")]
    PortTaken(u16),
    /// The emulator ended, or did not answer in time.
    #[error("the emulator did not start: {0}; its log is {1}")]
    Emulator(String, PathBuf),
    /// The emulator ended without being asked to.
    #[error("the emulator ended by itself ({0}); its log is {1}")]
    Ended(String, PathBuf),
    /// What was done is not in the data folder, or not all of it.
    #[error("not all data was written to {0}: {1}; the log is {2}")]
    NotSaved(PathBuf, String, PathBuf),
    /// The demonstration could not be played.
    #[error("the demonstration failed: {0}; the log is {1}")]
    Demo(String, PathBuf),
    /// A call was answered with an error.
    #[error("{call} failed: {answer}")]
    Call {
        /// What was asked for, such as `CreateChangeSet`.
        call: String,
        /// The status and the answer's body.
        answer: String,
    },
    /// The template could not be deployed.
    #[error("deploying the template failed: {0}")]
    Deploy(String),
    /// The template is not what this crate expects.
    #[error("infra/template.yaml: {0}")]
    Template(String),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The emulator could not be reached.
    #[error("no answer from the emulator: {0}")]
    Http(#[from] reqwest::Error),
}

impl StackError {
    /// A stable name of the error, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoWorkspace(_) => "no_workspace",
            Self::Python(_) => "python_missing",
            Self::Install(_) => "install_failed",
            Self::Build(_) => "build_failed",
            Self::PortTaken(_) => "port_taken",
            Self::Emulator(..) => "emulator_failed",
            Self::Ended(..) => "emulator_ended",
            Self::NotSaved(..) => "not_saved",
            Self::Demo(..) => "demo_failed",
            Self::Call { .. } => "call_failed",
            Self::Deploy(_) => "deploy_failed",
            Self::Template(_) => "template_invalid",
            Self::File { .. } => "file_error",
            Self::Http(_) => "emulator_unreachable",
        }
    }

    /// For `map_err`: an I/O error with the path it is about.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
