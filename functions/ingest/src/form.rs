//! Reads what a supplier posts, as JSON or form-encoded: one lead, or up to 100.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    feedback::{FEEDBACK_REF, FEEDBACK_URL, FEEDBACK_VIA, Upstream, hops},
    field::shown_name,
    id::{CampaignRef, InstallationId, SupplierRef},
};
use lambda::problem::{FieldError, Problem};

use crate::{
    json::{self, Json},
    receipt::field_error,
};

/// Leads in one request.
const MAX_LEADS: usize = 100;
/// Fields in one lead: far more than any form has, far fewer than an attack would send.
const MAX_FIELDS: usize = 300;
/// Whether a lead is sent to try the interface out.
const TEST: &str = "test";
/// Some programs begin a text with this mark; it says nothing about what follows.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A lead as posted. Whatever is not named here is one of its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LeadForm {
    pub(crate) campid: CampaignRef,
    pub(crate) sid: Option<SupplierRef>,
    pub(crate) ssid: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) test: bool,
    /// Who is to be told what becomes of it.
    pub(crate) upstream: Option<Upstream>,
    /// The installations that had it before.
    pub(crate) via: Vec<InstallationId>,
    /// The fields as text; absent ones are left out.
    pub(crate) fields: BTreeMap<String, String>,
}

/// A lead, or what is wrong with it.
pub(crate) type ReadLead = Result<LeadForm, Vec<FieldError>>;

/// What was posted.
#[derive(Debug)]
pub(crate) enum Post {
    /// One lead; the answer is about it alone.
    One(Box<ReadLead>),
    /// Several; the answer lists them.
    Many(Vec<ReadLead>),
}

/// Reads a JSON body.
///
/// # Errors
/// 400 when the body as a whole cannot be read. What is wrong with one lead is said in its place.
pub(crate) fn from_json(body: &str) -> Result<Post, Problem> {
    let body = body.trim_start_matches(BYTE_ORDER_MARK);
    let invalid = |detail| Err(Problem::bad_request("invalid_body", detail));
    let Json::Object(members) = json::read(body).map_err(|error| not_json(&error))? else {
        return invalid("Send one lead as a JSON object, or {\"leads\": [ … ]}.".to_owned());
    };
    if !members.iter().any(|(name, _)| name == "leads") {
        return Ok(Post::One(Box::new(read(members))));
    }
    let mut members = members.into_iter();
    match (members.next(), members.next()) {
        (Some((_, Json::List(leads))), None) if leads.is_empty() || leads.len() > MAX_LEADS => {
            Err(Problem::bad_request("batch_size", format!("Send 1 to {MAX_LEADS} leads at once.")))
        }
        (Some((_, Json::List(leads))), None) => Ok(Post::Many(leads.into_iter().map(read_listed).collect())),
        (_, None) => invalid("leads is a list of leads.".to_owned()),
        (first, second) => {
            let mut names = first.into_iter().chain(second).map(|(name, _)| name);
            match names.find(|name| name != "leads") {
                Some(other) => invalid(format!("{} stands beside leads; put it into each lead.", shown_name(&other))),
                None => invalid("leads is sent twice; send it once.".to_owned()),
            }
        }
    }
}

/// Reads a form-encoded body: one lead.
///
/// # Errors
/// 400 when it is not UTF-8; 415 when it is JSON, which some programs call a form unless they are told otherwise.
pub(crate) fn from_form(body: &str) -> Result<Post, Problem> {
    let body = body.trim_start_matches(BYTE_ORDER_MARK);
    if body.trim_start().starts_with(['{', '[']) {
        return Err(Problem::unsupported_media_type("The body is JSON; send it with Content-Type: application/json."));
    }
    let members: Vec<_> = url::form_urlencoded::parse(body.as_bytes())
        .map(|(name, value)| (name.into_owned(), Json::Plain(value.into_owned())))
        .collect();
    // The decoder puts this sign where bytes are no text; nobody writes it himself.
    let is_broken = |text: &str| text.contains(char::REPLACEMENT_CHARACTER);
    let broken =
        members.iter().any(|(name, value)| is_broken(name) || matches!(value, Json::Plain(value) if is_broken(value)));
    if broken { Err(not_utf8()) } else { Ok(Post::One(Box::new(read(members)))) }
}

/// 400: the bytes are no text.
pub(crate) fn not_utf8() -> Problem {
    Problem::bad_request("invalid_encoding", "The body is not UTF-8; send it in that encoding.")
}

fn not_json(error: &serde_json::Error) -> Problem {
    let reason = error.to_string();
    let detail = if error.is_eof() && (error.line(), error.column()) <= (1, 0) {
        "The body is empty; send a lead as a JSON object.".to_owned()
    } else if reason.starts_with("recursion limit") {
        "The body nests too deeply; a lead is one flat object.".to_owned()
    } else {
        // Its reasons tell places and kinds, never what stands there.
        format!("The body is not JSON: {reason}.")
    };
    Problem::bad_request("invalid_json", detail)
}

fn read_listed(value: Json) -> ReadLead {
    match value {
        Json::Object(members) => read(members),
        Json::Null | Json::Plain(_) | Json::List(_) => {
            Err(vec![FieldError::new("", "not_an_object", "A lead is a JSON object: {\"campid\": \"…\", …}.")])
        }
    }
}

fn read(members: Vec<(String, Json)>) -> ReadLead {
    if members.len() > MAX_FIELDS {
        let detail = format!("A lead has at most {MAX_FIELDS} fields.");
        return Err(vec![FieldError::new("", "too_many_fields", detail)]);
    }
    let mut errors = Vec::new();
    let mut seen = BTreeSet::new();
    let mut fields = BTreeMap::new();
    for (name, value) in members {
        if !seen.insert(name.clone()) {
            errors.push(FieldError::new(shown_name(&name), "repeated_field", "Send this field once."));
        }
        match plain(value) {
            // Nobody knows whether that was to be a test, and a lead is not sold on a guess.
            Ok(None) if name == TEST => errors.push(not_a_boolean()),
            Ok(None) => {}
            Ok(Some(value)) => drop(fields.insert(name, value)),
            Err((code, detail)) => errors.push(FieldError::new(shown_name(&name), code, detail)),
        }
    }
    if !fields.contains_key("campid") && !errors.iter().any(|error| error.field == "campid") {
        errors.push(FieldError::new("campid", "required", "Name the campaign the lead is for."));
    }
    let campid = reference::<CampaignRef>(&mut fields, "campid", &mut errors);
    let sid = reference(&mut fields, "sid", &mut errors);
    let test = fields.remove(TEST).map_or(Some(false), |text| boolean(&text));
    if test.is_none() {
        errors.push(not_a_boolean());
    }
    let (upstream, via) = came_from(&mut fields, &mut errors);
    let (ssid, source) = (fields.remove("ssid"), fields.remove("source"));
    match (campid, test) {
        (Some(campid), Some(test)) if errors.is_empty() => {
            Ok(LeadForm { campid, sid, ssid, source, test, upstream, via, fields })
        }
        _ => Err(errors),
    }
}

/// Takes out of the fields what another installation says of the way that the lead has come.
fn came_from(
    fields: &mut BTreeMap<String, String>,
    errors: &mut Vec<FieldError>,
) -> (Option<Upstream>, Vec<InstallationId>) {
    let (url, lead_ref) = (fields.remove(FEEDBACK_URL), fields.remove(FEEDBACK_REF));
    let upstream = Upstream::read(url.as_deref(), lead_ref.as_deref());
    let via = fields.remove(FEEDBACK_VIA).map_or(Ok(Vec::new()), |via| hops(&via));
    let mut or_error = |problem| errors.push(field_error(problem));
    (upstream.map_err(&mut or_error).unwrap_or_default(), via.map_err(&mut or_error).unwrap_or_default())
}

fn plain(value: Json) -> Result<Option<String>, (&'static str, &'static str)> {
    match value {
        Json::Null => Ok(None),
        Json::Plain(text) => Ok(Some(text)),
        Json::List(_) | Json::Object(_) => {
            Err(("not_a_value", "Send a text, a number or a boolean; fields do not nest."))
        }
    }
}

fn not_a_boolean() -> FieldError {
    FieldError::new(TEST, "not_a_boolean", "Use true or false, or leave it out.")
}

/// Takes a reference out of the fields.
fn reference<R>(fields: &mut BTreeMap<String, String>, name: &str, errors: &mut Vec<FieldError>) -> Option<R>
where
    R: std::str::FromStr<Err = domain::id::InvalidReference>,
{
    let read = fields.remove(name)?.trim().parse::<R>();
    read.map_err(|error| errors.push(FieldError::new(name, error.code(), format!("Here, {error}.")))).ok()
}

fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
