//! Where a lead comes from that another installation, or any system that speaks its protocol, wants to hear of again.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::{field::FieldProblem, id::InstallationId, lead::Lead, words::one_line};

/// The member of a posted lead that says where it is to be told what became of it.
pub const FEEDBACK_URL: &str = "feedback_url";
/// What who posts it calls it.
pub const FEEDBACK_REF: &str = "feedback_ref";
/// The installations that had it before, the first one first, with commas between them.
pub const FEEDBACK_VIA: &str = "feedback_via";
/// Installations that a lead goes through at most: each of them takes its share of the price, and nobody means more.
pub const MAX_HOPS: usize = 8;

const MAX_URL: usize = 500;
const MAX_REF: usize = 100;

/// Who is to be told what becomes of a lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    /// Where.
    #[serde(rename = "u")]
    pub url: Url,
    /// What the lead is called there.
    #[serde(rename = "r")]
    pub lead_ref: String,
}

impl Upstream {
    /// What a posted lead says of it; none where it says nothing.
    ///
    /// # Errors
    /// What is missing or wrong.
    pub fn read(url: Option<&str>, lead_ref: Option<&str>) -> Result<Option<Self>, FieldProblem> {
        let problem = |field: &str, code, detail: String| FieldProblem { field: field.to_owned(), code, detail };
        let (url, lead_ref) = match (url, lead_ref) {
            (None, None) => return Ok(None),
            (Some(url), Some(lead_ref)) => (url.trim(), lead_ref),
            (None, Some(_)) => {
                let detail = format!("Say where to send feedback, or leave {FEEDBACK_REF} out.");
                return Err(problem(FEEDBACK_URL, "required", detail));
            }
            (Some(_), None) => {
                let detail = format!("Say what you call the lead, or leave {FEEDBACK_URL} out.");
                return Err(problem(FEEDBACK_REF, "required", detail));
            }
        };
        let lead_ref =
            one_line(FEEDBACK_REF, lead_ref, MAX_REF).map_err(|no| problem(FEEDBACK_REF, no.code, no.detail))?;
        let fits = |url: &Url| {
            matches!(url.scheme(), "https" | "http")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
                && url.as_str().len() <= MAX_URL
        };
        match Url::parse(url).ok().filter(fits) {
            Some(url) => Ok(Some(Self { url, lead_ref })),
            None => {
                let detail = format!("Use an https URL of at most {MAX_URL} characters, without a user name.");
                Err(problem(FEEDBACK_URL, "url", detail))
            }
        }
    }
}

/// The installations that a posted lead says it has been at.
///
/// # Errors
/// They cannot be read, or are too many.
pub fn hops(text: &str) -> Result<Vec<InstallationId>, FieldProblem> {
    let problem = |code, detail: String| FieldProblem { field: FEEDBACK_VIA.to_owned(), code, detail };
    let hops: Result<Vec<InstallationId>, _> =
        text.split(',').map(str::trim).filter(|hop| !hop.is_empty()).map(str::parse).collect();
    match hops {
        Ok(hops) if hops.len() < MAX_HOPS => Ok(hops),
        Ok(_) => {
            let detail = format!("The lead has been at {MAX_HOPS} installations, and goes no further.");
            Err(problem("too_many_hops", detail))
        }
        Err(_) => Err(problem("installations", "Send it on as it came, with your own id at its end.".to_owned())),
    }
}

impl Lead {
    /// What its next installation is told of those that had it; none: it has come far enough.
    pub fn hops_onward(&self, own: &InstallationId) -> Option<String> {
        let all: Vec<&str> = self.via.iter().chain([own]).map(InstallationId::as_str).collect();
        (all.len() < MAX_HOPS).then(|| all.join(","))
    }
}
