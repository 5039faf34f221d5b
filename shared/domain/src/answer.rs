//! What a buyer's answer means: ordered rules over all parts of it, and what is picked out of it.

mod check;
mod pick;
mod rule;
mod seen;
#[cfg(test)]
mod tests;
mod xml;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

pub use self::{
    pick::Pick,
    rule::{AnswerRule, HeaderMatch, JsonMatch, Then, XmlMatch},
};
use self::{pick::Picked, seen::Seen};
use crate::{
    money::{Currency, Money},
    words::{MAX_REASON, bounded},
};

/// The longest redirect URL that is kept, in characters; longer ones are left out.
pub const MAX_REDIRECT_URL: usize = 500;
/// The reason where no rule, or no entry of the reasons, recognises what the buyer answered.
pub const UNRECOGNISED: &str = "unrecognised";
/// The status of a gateway that has given up waiting for the buyer, which may have taken the lead.
pub const GATEWAY_TIMED_OUT: u16 = 504;
/// The reason of a lead that the buyer had before.
pub const DUPLICATE: &str = "duplicate";

/// How the answers of one delivery read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AnswerRules {
    /// Tried in their order; the first that matches decides. Where none does, 504 is unknown, as somebody on the way has given
    /// up waiting; 408, 425, 429 and other 5xx are tried again; and everything else is rejected as `unrecognised`: a 2xx
    /// alone is not acceptance. `unrecognised` rings an alarm of the seller's, so give the buyer's refusals rules. When a request is made again because nobody knows whether it was taken, only a rule that says
    /// `rejected` ends that doubt with a refusal: it stays unknown as a `duplicate`, and what is `unrecognised` is asked again.
    pub rules: Vec<AnswerRule>,
    /// The buyer's own reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<Pick>,
    /// The price it pays, in the campaign's currency. An acceptance at a price that cannot be read, or is below the campaign's
    /// least revenue, is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Pick>,
    /// Where the person is to be sent on to: `http` or `https`, at most 500 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<Pick>,
    /// Its reason, or the code of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Pick>,
    /// The buyer's reason codes and what they mean. Where there are any, other reasons read `unrecognised (code)`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reasons: BTreeMap<String, String>,
}

/// An answer as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// HTTP status.
    pub status: u16,
    /// Headers by lower-case name.
    pub headers: &'a BTreeMap<String, String>,
    /// The body, up to its cap.
    pub body: &'a [u8],
}

/// What an answer means, and which rule says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The place of the rule that decided, from 0; none where no rule matched.
    pub rule: Option<usize>,
    /// The meaning.
    pub verdict: Verdict,
}

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Taken, at the price named in the answer, if it named one.
    Accepted {
        /// The price in the answer; none: the agreed one.
        price: Option<Money>,
        /// The buyer's own reference.
        reference: Option<String>,
        /// Where the person may be sent on to.
        redirect_url: Option<String>,
    },
    /// Not wanted.
    Rejected {
        /// Why, in the buyer's words where it gave any.
        reason: String,
    },
    /// Not wanted, as the buyer had it before; by this very request, perhaps, if that was made before.
    Duplicate {
        /// The same, after `duplicate`.
        reason: String,
    },
    /// Nothing that a rule reads; no acceptance, at any rate.
    Unrecognised {
        /// `unrecognised`.
        reason: String,
    },
    /// Taken, decided later.
    Pending {
        /// The buyer's own reference.
        reference: Option<String>,
    },
    /// To be tried again.
    Retry {
        /// Why.
        reason: String,
    },
    /// Accepted in a way that nobody can book.
    Unclear {
        /// What was odd.
        reason: String,
    },
    /// No answer of the buyer's: somebody on the way to it has given up waiting.
    NoAnswer {
        /// What came instead.
        reason: String,
    },
}

impl AnswerRules {
    /// What an answer means: what the first rule says that matches it, or else its status. A price without a currency is in `currency`.
    pub fn read(&self, answer: &Answer<'_>, currency: Currency) -> Reading {
        let text = String::from_utf8_lossy(answer.body);
        let seen = Seen::new(self, answer, &text);
        let rule = self.rules.iter().position(|rule| rule.matches(&seen));
        let verdict = match rule.and_then(|at| self.rules.get(at)).map(|rule| rule.then) {
            Some(Then::Accepted) => self.accepted(&seen, currency),
            Some(Then::Rejected) => Verdict::Rejected { reason: self.reason(&seen) },
            Some(Then::Duplicate) => Verdict::Duplicate { reason: self.duplicate(&seen) },
            Some(Then::AwaitingFeedback) => Verdict::Pending { reference: self.text(&self.reference, &seen) },
            Some(Then::Retry) => Verdict::Retry { reason: self.reason(&seen) },
            None => match answer.status {
                GATEWAY_TIMED_OUT => Verdict::NoAnswer { reason: self.reason(&seen) },
                408 | 425 | 429 | 500..=599 => Verdict::Retry { reason: self.reason(&seen) },
                _ => Verdict::Unrecognised { reason: UNRECOGNISED.to_owned() },
            },
        };
        Reading { rule, verdict }
    }

    /// Of an answer's headers, those that its reading depends on.
    pub fn headers_of(&self, all: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let named = self.header_names().into_iter();
        named.filter_map(|name| all.get(&name).map(|value| (name, value.clone()))).collect()
    }

    fn accepted(&self, seen: &Seen<'_>, currency: Currency) -> Verdict {
        let price = match pick(&self.price, seen, MAX_REASON) {
            Picked::Nothing => None,
            Picked::Text(amount) => match Money::parse(&amount, currency) {
                Ok(price) if price.is_price() => Some(price),
                Ok(_) | Err(_) => return odd_price(),
            },
            Picked::NoText => return odd_price(),
        };
        let (reference, redirect_url) = (self.text(&self.reference, seen), self.redirect_url(seen));
        Verdict::Accepted { price, reference, redirect_url }
    }

    /// A URL that a browser may be sent to, or none: it comes from outside.
    fn redirect_url(&self, seen: &Seen<'_>) -> Option<String> {
        let Picked::Text(text) = pick(&self.redirect_url, seen, MAX_REDIRECT_URL + 1) else { return None };
        let url = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        let plain = url.has_host() && url.username().is_empty() && url.password().is_none();
        (plain && text.chars().count() <= MAX_REDIRECT_URL && url.as_str().len() <= MAX_REDIRECT_URL)
            .then(|| url.to_string())
    }

    fn reason(&self, seen: &Seen<'_>) -> String {
        self.words(seen).unwrap_or_else(|| format!("the buyer answered {}", seen.status))
    }

    fn duplicate(&self, seen: &Seen<'_>) -> String {
        self.words(seen).map_or_else(|| DUPLICATE.to_owned(), |words| bounded(&format!("{DUPLICATE}: {words}")))
    }

    /// The buyer's words, or what its code means.
    fn words(&self, seen: &Seen<'_>) -> Option<String> {
        let code = self.text(&self.reason, seen)?;
        Some(match self.reasons.get(&code) {
            Some(meaning) => meaning.clone(),
            None if self.reasons.is_empty() => code,
            None => bounded(&format!("{UNRECOGNISED} ({code})")),
        })
    }

    fn text(&self, picked: &Option<Pick>, seen: &Seen<'_>) -> Option<String> {
        match pick(picked, seen, MAX_REASON) {
            Picked::Text(text) => Some(text),
            Picked::Nothing | Picked::NoText => None,
        }
    }
}

fn pick(from: &Option<Pick>, seen: &Seen<'_>, max_chars: usize) -> Picked {
    from.as_ref().map_or(Picked::Nothing, |pick| pick.of(seen, max_chars))
}

/// Booking the agreed price instead would be a guess about money.
fn odd_price() -> Verdict {
    Verdict::Unclear { reason: "the buyer accepted at a price that cannot be read".to_owned() }
}
