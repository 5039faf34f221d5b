//! What can go wrong before a function takes its first event.

use std::{error::Error, fmt};

type Source = Box<dyn Error + Send + Sync>;

/// Why a function does not start.
#[derive(thiserror::Error)]
pub enum StartError {
    /// A variable is missing.
    #[error("the environment variable {name} is not set; infra/template.yaml sets it")]
    NotSet {
        /// The variable's.
        name: &'static str,
    },
    /// A variable is not UTF-8.
    #[error("the environment variable {name} is not UTF-8 text")]
    NotText {
        /// The variable's.
        name: &'static str,
    },
    /// A variable is neither `true` nor `false`.
    #[error("the environment variable {name} is \"{value}\"; it must be true or false")]
    NotAFlag {
        /// The variable's.
        name: &'static str,
        /// What it is set to.
        value: String,
    },
    /// A variable is no URL.
    #[error("the environment variable {name} is \"{value}\"; it must be a URL such as https://leads.example")]
    NotAUrl {
        /// The variable's.
        name: &'static str,
        /// What it is set to.
        value: String,
    },
    /// A secret cannot be read.
    #[error("the secret {arn} cannot be read")]
    Secret {
        /// As the environment names it.
        arn: String,
        /// What the service says.
        #[source]
        source: Source,
    },
    /// A secret holds bytes instead of text.
    #[error("the secret {arn} holds no text")]
    SecretWithoutText {
        /// As the environment names it.
        arn: String,
    },
    /// A part of the function cannot be built.
    #[error("{part} cannot be built")]
    Part {
        /// What it is for people: `the buyers' client`.
        part: &'static str,
        /// Why.
        #[source]
        source: Source,
    },
}

impl StartError {
    /// Says that `part` cannot be built.
    pub fn part(part: &'static str, source: impl Into<Source>) -> Self {
        Self::Part { part, source: source.into() }
    }
}

/// Written for people, as this is what the log shows when `main` returns it.
impl fmt::Debug for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&chain(self))
    }
}

/// An error with everything that caused it, on one line.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let causes: Vec<String> =
        std::iter::successors(Some(error), |error| (*error).source()).map(ToString::to_string).collect();
    causes.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_main_shows_of_an_error_is_the_whole_chain() {
        let denied = std::io::Error::other("access denied");
        let error = StartError::Secret { arn: "arn:x".to_owned(), source: Box::new(denied) };
        assert_eq!(format!("{error:?}"), "the secret arn:x cannot be read: access denied");
        let error = StartError::part("the client", "no roots of trust");
        assert_eq!(format!("{error:?}"), "the client cannot be built: no roots of trust");
    }
}
