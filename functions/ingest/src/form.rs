//! What a supplier may post, as JSON or form-encoded: one lead, or up to 100.

use std::collections::BTreeMap;

use domain::id::{CampaignRef, SupplierRef};
use lambda::problem::{FieldError, Problem};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Leads in one request.
pub(crate) const MAX_LEADS: usize = 100;
/// Fields in one lead: far more than any form has, far fewer than an attack would send.
const MAX_FIELDS: usize = 300;

/// A lead as posted. Everything beside the named members is a field of the lead: `{"campid": "solar", "email": "…"}`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = Lead)]
pub(crate) struct LeadForm {
    /// The campaign.
    pub(crate) campid: CampaignRef,
    /// The supplier; only the seller names one, who enters leads for others.
    #[serde(default)]
    pub(crate) sid: Option<SupplierRef>,
    /// The sub-supplier.
    #[serde(default)]
    pub(crate) ssid: Option<String>,
    /// The source.
    #[serde(default)]
    pub(crate) source: Option<String>,
    /// The fields: texts, numbers or booleans.
    #[serde(flatten)]
    #[schema(value_type = BTreeMap<String, String>)]
    fields: Map<String, Value>,
}

/// One lead, or several.
#[derive(ToSchema)]
#[schema(as = LeadOrLeads)]
#[serde(untagged)]
#[expect(dead_code, reason = "it only describes the body; posts() tells the two apart")]
pub(crate) enum Body {
    /// One lead.
    One(LeadForm),
    /// Several.
    Many {
        /// The leads, 1 to 100.
        leads: Vec<LeadForm>,
    },
}

/// What was posted.
#[derive(Debug)]
pub(crate) enum Post {
    /// One lead; the answer is about it alone.
    One(Box<LeadForm>),
    /// Several; the answer lists them.
    Many(Vec<LeadForm>),
}

/// Reads a JSON body.
pub(crate) fn from_json(body: &str) -> Result<Post, Problem> {
    let value: Value = serde_json::from_str(body).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        Problem::bad_request("invalid_json", format!("The body is not JSON: there is an error at {place}."))
    })?;
    let Value::Object(mut object) = value else {
        return Err(Problem::bad_request("invalid_body", "Send one lead as a JSON object, or {\"leads\": [ … ]}."));
    };
    let Some(leads) = object.remove("leads") else {
        return lead(Value::Object(object), "").map(|form| Post::One(Box::new(form)));
    };
    if let Some(other) = object.keys().next() {
        let detail = format!("{other} stands beside leads; put it into each lead.");
        return Err(Problem::bad_request("invalid_body", detail));
    }
    let Value::Array(leads) = leads else {
        return Err(Problem::bad_request("invalid_body", "leads is a list of leads."));
    };
    if leads.is_empty() || leads.len() > MAX_LEADS {
        return Err(Problem::bad_request("batch_size", format!("Send 1 to {MAX_LEADS} leads at once.")));
    }
    let forms = leads.into_iter().enumerate().map(|(at, value)| lead(value, &format!("leads.{at}.")));
    forms.collect::<Result<_, _>>().map(Post::Many)
}

/// Reads a form-encoded body: one lead.
pub(crate) fn from_form(body: &str) -> Result<Post, Problem> {
    let mut object = Map::new();
    for (name, value) in url::form_urlencoded::parse(body.as_bytes()) {
        if object.insert(name.to_string(), Value::String(value.into_owned())).is_some() {
            return Err(Problem::bad_request("repeated_field", format!("{name} is sent twice; send it once.")));
        }
    }
    lead(Value::Object(object), "").map(|form| Post::One(Box::new(form)))
}

fn lead(value: Value, place: &str) -> Result<LeadForm, Problem> {
    let Value::Object(object) = &value else {
        return Err(Problem::bad_request("invalid_body", format!("{place}: a lead is a JSON object.")));
    };
    if object.len() > MAX_FIELDS {
        return Err(Problem::bad_request("too_many_fields", format!("A lead has at most {MAX_FIELDS} fields.")));
    }
    let nested = object.iter().filter(|(_, value)| value.is_array() || value.is_object());
    let errors: Vec<_> = nested
        .map(|(name, _)| {
            FieldError::new(
                format!("{place}{name}"),
                "not_a_value",
                "Send a text, a number or a boolean; fields do not nest.",
            )
        })
        .collect();
    if !errors.is_empty() {
        return Err(Problem::unprocessable("invalid_body", "Some fields are not plain values.").with_errors(errors));
    }
    if !object.contains_key("campid") {
        let error = FieldError::new(format!("{place}campid"), "required", "Name the campaign the lead is for.");
        return Err(Problem::unprocessable("invalid_body", "The campaign is missing.").with_errors(vec![error]));
    }
    serde_json::from_value(value).map_err(|error| {
        let error = FieldError::new(place.trim_end_matches('.'), "invalid", error.to_string());
        Problem::unprocessable("invalid_body", "The lead cannot be read.").with_errors(vec![error])
    })
}

impl LeadForm {
    /// The fields as text; absent ones are left out.
    pub(crate) fn fields(&self) -> BTreeMap<String, String> {
        self.fields.iter().filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect()
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
