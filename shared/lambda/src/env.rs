//! Every environment variable that a function reads, and how it is read.

use std::env::VarError;

use crate::StartError;

/// Name of the table of leads.
pub const LEADS_TABLE: &str = "LEADS_TABLE";
/// Name of the table of campaigns, suppliers, buyers, deliveries, keys and settings.
pub const SETUP_TABLE: &str = "SETUP_TABLE";
/// Name of the table of what has happened to money, and of what it adds up to.
pub const LEDGER_TABLE: &str = "LEDGER_TABLE";
/// URL of the queue of deliveries to be made.
pub const DELIVERY_QUEUE_URL: &str = "DELIVERY_QUEUE_URL";
/// URL of the queue of what is to be told.
pub const NOTIFY_QUEUE_URL: &str = "NOTIFY_QUEUE_URL";
/// URL of the queue of responders.
pub const RESPONDER_QUEUE_URL: &str = "RESPONDER_QUEUE_URL";
/// URL of the queue of what is told to who sent leads.
pub const FEEDBACK_QUEUE_URL: &str = "FEEDBACK_QUEUE_URL";
/// Where the API answers, as people reach it; it stands in what is written to them.
pub const PUBLIC_URL: &str = "PUBLIC_URL";
/// URL of the queue of return files.
pub const RETURN_FILES_QUEUE_URL: &str = "RETURN_FILES_QUEUE_URL";
/// URL of the queue of bulk jobs.
pub const BULK_QUEUE_URL: &str = "BULK_QUEUE_URL";
/// URL of the queue of exports of leads.
pub const LEAD_EXPORTS_QUEUE_URL: &str = "LEAD_EXPORTS_QUEUE_URL";
/// URL of the queue of files of leads.
pub const LEAD_IMPORTS_QUEUE_URL: &str = "LEAD_IMPORTS_QUEUE_URL";
/// URL of the queue of deliveries that were given up.
pub const DEAD_LETTER_QUEUE_URL: &str = "DEAD_LETTER_QUEUE_URL";
/// The sender of e-mails that name none; not set: such e-mails are not sent.
pub const MAIL_FROM: &str = "MAIL_FROM";
/// Name of the bucket of files that come in and go out.
pub const FILES_BUCKET: &str = "FILES_BUCKET";
/// ARN of the secret that keys the hashes of e-mail addresses and phones.
pub const IDENTITY_SECRET_ARN: &str = "IDENTITY_SECRET_ARN";
/// ARN of the secret half of the first seller key.
pub const FIRST_KEY_SECRET_ARN: &str = "FIRST_KEY_SECRET_ARN";
/// `true` lets deliveries dial this machine over plain http; only for a local run.
pub const ALLOW_LOOPBACK_BUYERS: &str = "ALLOW_LOOPBACK_BUYERS";
/// `host:port` of the Lambda Runtime API, set by Lambda: never a delivery's target.
pub const AWS_LAMBDA_RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";
/// Part of the credentials, set by Lambda; read by the SDK.
pub const AWS_ACCESS_KEY_ID: &str = "AWS_ACCESS_KEY_ID";
/// `JSON` for log lines as JSON, set by Lambda.
pub const AWS_LAMBDA_LOG_FORMAT: &str = "AWS_LAMBDA_LOG_FORMAT";
/// The CloudWatch namespace of our metrics: the stack's name, so that two installations in one account stay apart.
pub const METRICS_NAMESPACE: &str = "METRICS_NAMESPACE";
/// The level of our own log lines, or filter directives for all.
pub const RUST_LOG: &str = "RUST_LOG";

/// Reads a variable that must be there.
///
/// # Errors
/// It is not set, empty, or not UTF-8.
pub fn required(name: &'static str) -> Result<String, StartError> {
    optional(name)?.ok_or(StartError::NotSet { name })
}

/// Reads a variable; an empty one counts as not set.
///
/// # Errors
/// It is not UTF-8.
#[expect(clippy::disallowed_methods, reason = "this is the place")]
pub fn optional(name: &'static str) -> Result<Option<String>, StartError> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(StartError::NotText { name }),
    }
}

/// Reads where something answers, without a slash at its end. It is put together with a path, and never dialled here.
///
/// # Errors
/// It is not set, or does not begin as a URL does.
pub fn url(name: &'static str) -> Result<String, StartError> {
    let value = required(name)?;
    let is_url = ["https://", "http://"].iter().any(|scheme| value.starts_with(scheme));
    if is_url && !value.contains(char::is_whitespace) {
        Ok(value.trim_end_matches('/').to_owned())
    } else {
        Err(StartError::NotAUrl { name, value })
    }
}

/// Reads `true` or `false`; not set is `false`.
///
/// # Errors
/// It is anything else.
pub fn flag(name: &'static str) -> Result<bool, StartError> {
    read_flag(name, optional(name)?.as_deref())
}

fn read_flag(name: &'static str, value: Option<&str>) -> Result<bool, StartError> {
    match value {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(other) => Err(StartError::NotAFlag { name, value: other.to_owned() }),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_missing_variable_is_named_with_the_place_that_sets_it() {
        let error = required("VOLLEY_NOBODY_SETS_THIS").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the environment variable VOLLEY_NOBODY_SETS_THIS is not set; infra/template.yaml sets it"
        );
    }

    #[test]
    fn a_flag_is_true_or_false_and_nothing_in_between() {
        assert!(!read_flag("F", None).unwrap());
        assert!(!read_flag("F", Some("false")).unwrap());
        assert!(read_flag("F", Some("true")).unwrap());
        for text in ["True", "1", "yes", " true"] {
            let error = read_flag("F", Some(text)).unwrap_err().to_string();
            assert_eq!(error, format!("the environment variable F is \"{text}\"; it must be true or false"));
        }
    }
}
