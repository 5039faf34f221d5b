//! The gateway that takes text messages: a request and an answer like those of deliveries, with two names more.

use std::collections::BTreeSet;

use crate::{delivery::HttpChannel, setup::Invalid};

/// What templates of the request know besides what those of deliveries do.
const NAMES: [&str; 2] = ["sms.to", "sms.text"];
/// Where the parts of a request are in a delivery, and here.
const PLACES: (&str, &str) = ("channel.", "sms.");

pub(super) fn check(sms: &HttpChannel, found: &mut Vec<Invalid>) {
    let mut of_request = Vec::new();
    sms.check_knowing(&NAMES, &mut of_request);
    found.extend(of_request.into_iter().map(placed));
    let carries = |name| sms.templates_of_request().any(|(_, template)| template.as_str().contains(name));
    if !NAMES.iter().all(carries) {
        let detail = "The request has to carry the message: use sms.to and sms.text in its fields or its body.";
        found.push(Invalid::new("sms.request.fields", "no_message", detail));
    }
}

pub(super) fn check_names(sms: &HttpChannel, known: &BTreeSet<String>) -> Vec<Invalid> {
    let known: BTreeSet<String> = known.iter().cloned().chain(NAMES.map(str::to_owned)).collect();
    let unknown = sms.templates_of_request().filter_map(|(place, template)| {
        let error = template.check_against(&known).err()?;
        Some(placed(Invalid::new(place, error.code(), error.to_string())))
    });
    unknown.collect()
}

pub(super) fn keep_secrets(own: Option<&mut HttpChannel>, stored: Option<&HttpChannel>) -> Vec<Invalid> {
    match (own, stored) {
        (Some(own), Some(stored)) => own.keep_secrets_of(stored).into_iter().map(placed).collect(),
        (_, _) => Vec::new(),
    }
}

pub(super) fn forget_secrets(own: Option<&mut HttpChannel>) {
    if let Some(own) = own {
        own.without_its_secrets();
    }
}

fn placed(found: Invalid) -> Invalid {
    let field = found.field.strip_prefix(PLACES.0).map(|rest| format!("{}{rest}", PLACES.1));
    Invalid { field: field.unwrap_or(found.field), ..found }
}
