//! Postbacks: one GET for each lead of a supplier that is returned, to an address with values of the lead in it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use url::Url;
use utoipa::ToSchema;

use super::{NoticeItem, NoticeKind};
use crate::{
    address::Reach,
    destination::check_url,
    lead::{Lead, ReturnState},
    setup::Invalid,
    template::{Escaping, TemplateError, ValueTemplate},
    time::rfc3339,
};

/// The names that a postback may use besides the fields of the lead.
const NAMES: [&str; 11] = [
    "lead.id",
    "lead.received",
    "campaign",
    "supplier",
    "source",
    "return.reason",
    "return.number",
    STATE,
    "return.payout_reversed",
    "return.amount",
    "return.currency",
];
/// Whether a return took effect or was undone.
const STATE: &str = "return.state";
/// Where findings are.
const PLACE: &str = "postback";

/// Where a supplier is told of each lead that is returned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, example = "https://supplier.example/postback?click={{ lead.c1 }}&reason={{ return.reason }}")]
pub struct Postback(ValueTemplate);

/// Why a postback cannot be made of a lead. No sentence repeats a value of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostbackError {
    /// The template does not fit this lead.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// What it makes is no URL.
    #[error("The template makes no URL of this lead.")]
    NoUrl,
}

impl PostbackError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Template(error) => error.code(),
            Self::NoUrl => "no_url",
        }
    }
}

impl Postback {
    /// Finds what is wrong with it by itself.
    pub(crate) fn check(&self, found: &mut Vec<Invalid>) {
        if let Err(error) = self.0.check_with(&NAMES) {
            found.push(Invalid::new(PLACE, error.code(), error.to_string()));
        } else if self.fixed_start().is_none() {
            let detail =
                "Write scheme and host out, up to the first / or ? behind them: a lead must not choose where it goes.";
            found.push(Invalid::new(PLACE, "fixed_host", detail));
        }
    }

    /// Finds an endpoint that this installation would never dial.
    pub fn check_here(&self, reach: Reach) -> Option<Invalid> {
        let problem = check_url(&self.fixed_start()?, reach).err()?;
        Some(Invalid::new(PLACE, problem.code(), problem.to_string()))
    }

    /// Whether it tells of this: of what is returned always; of what is undone only where it says which of the two it is, as it
    /// would be taken for another return.
    pub fn tells_of(&self, kind: NoticeKind) -> bool {
        match kind {
            NoticeKind::Returned => true,
            NoticeKind::ReturnUndone => self.0.as_str().contains(STATE),
            NoticeKind::DeliveryPaused
            | NoticeKind::DecisionNeeded
            | NoticeKind::LowCredit
            | NoticeKind::ReturnRequested
            | NoticeKind::ReturnCapReached
            | NoticeKind::ReturnRefused
            | NoticeKind::ReturnFileFinished
            | NoticeKind::FeedbackNotTaken
            | NoticeKind::LeadImportFinished => false,
        }
    }

    /// Where to, for one lead that was returned, or whose return was undone: its values are percent-encoded.
    ///
    /// # Errors
    /// [`PostbackError`]; trying again does not help.
    pub fn url(&self, kind: NoticeKind, lead: &Lead, item: &NoticeItem) -> Result<Url, PostbackError> {
        let text = self.0.render_body(&values(kind, lead, item), Escaping::Form)?;
        Url::parse(&text).map_err(|_| PostbackError::NoUrl)
    }

    /// What is before all values, if that has the host in it.
    fn fixed_start(&self) -> Option<Url> {
        let text = self.0.as_str();
        let tags = ["{{", "{%", "{#"].into_iter().filter_map(|tag| text.find(tag));
        let start = &text[..tags.min().unwrap_or(text.len())];
        let (_, rest) = start.split_once("://")?;
        rest.contains(['/', '?']).then(|| Url::parse(start).ok()).flatten()
    }
}

fn values(kind: NoticeKind, lead: &Lead, item: &NoticeItem) -> Value {
    let is_undone = kind == NoticeKind::ReturnUndone;
    let state = if is_undone { ReturnState::Undone } else { ReturnState::Approved };
    let mut own: Map<String, Value> =
        lead.fields.iter().map(|(name, value)| (name.to_string(), Value::from(value.as_str()))).collect();
    own.insert("id".to_owned(), lead.id.to_string().into());
    own.insert("received".to_owned(), rfc3339(lead.received).into());
    let source = lead.source.as_deref().unwrap_or_default();
    own.insert("source".to_owned(), source.into());
    json!({
        "lead": own,
        "campaign": lead.campid.as_str(),
        "supplier": lead.sid.as_str(),
        "source": source,
        "return": {
            "reason": item.reason,
            "number": item.number,
            "state": state.word(),
            // Undone, the amount is what is given again.
            "payout_reversed": if item.amount.is_some() && !is_undone { "yes" } else { "no" },
            "amount": item.amount.map(|amount| amount.amount()),
            "currency": item.amount.map(|amount| amount.currency.to_string()),
        },
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

    use jiff::Timestamp;

    use super::*;
    use crate::{
        lead::test_lead,
        money::{Currency, Money},
    };

    fn postback(text: &str) -> Postback {
        Postback(text.into())
    }

    fn findings(text: &str) -> Vec<&'static str> {
        let mut found = Vec::new();
        postback(text).check(&mut found);
        found.into_iter().map(|found| found.code).collect()
    }

    #[test]
    fn a_lead_chooses_nothing_of_where_it_is_told() {
        for text in [
            "https://s1.example/p?c={{ lead.c1 }}&r={{ return.reason }}",
            "https://s1.example?c={{ lead.c1 }}",
            "https://s1.example/{{ lead.id }}/{% if return.amount %}back{% endif %}",
            "https://s1.example/fixed",
        ] {
            assert_eq!(findings(text), [""; 0], "{text}");
        }
        for text in ["{{ lead.c1 }}", "https://{{ lead.c1 }}/", "https://s1.example{{ lead.c1 }}/", "s1.example/p"] {
            assert_eq!(findings(text), ["fixed_host"], "{text}");
        }
        assert_eq!(findings("https://s1.example/?a={{ attempt.id }}"), ["template_unknown_name"]);
        assert_eq!(
            postback("https://10.0.0.1/?a={{ lead.id }}").check_here(Reach::PublicOnly).unwrap().code,
            "address_blocked"
        );
    }

    #[test]
    fn what_is_undone_is_told_only_where_it_is_not_taken_for_a_return() {
        let by_state =
            postback("https://s1.example/p?c={{ lead.c1 }}&s={{ return.state }}&p={{ return.payout_reversed }}");
        let plain = postback("https://s1.example/p?c={{ lead.c1 }}");
        let told = |postback: &Postback| NoticeKind::ALL.map(|kind| postback.tells_of(kind));
        let kinds = |told: [bool; 11]| -> Vec<NoticeKind> {
            NoticeKind::ALL.into_iter().zip(told).filter(|(_, told)| *told).map(|(kind, _)| kind).collect()
        };
        assert_eq!(kinds(told(&by_state)), [NoticeKind::Returned, NoticeKind::ReturnUndone]);
        assert_eq!(kinds(told(&plain)), [NoticeKind::Returned]);
        assert_eq!(findings(by_state.0.as_str()), [""; 0]);

        let (lead, item) = returned();
        let query = |kind| by_state.url(kind, &lead, &item).unwrap().query().unwrap_or_default().to_owned();
        assert!(query(NoticeKind::Returned).ends_with("&s=approved&p=yes"));
        assert!(query(NoticeKind::ReturnUndone).ends_with("&s=undone&p=no"));
    }

    fn returned() -> (Lead, NoticeItem) {
        let mut lead = test_lead(Timestamp::UNIX_EPOCH);
        lead.fields.insert("c1".parse().unwrap(), "a b&r=x#/../é".to_owned());
        let (did, reason) = ("d1".parse().unwrap(), "DUPE".to_owned());
        let amount = Some(Money { minor: 500, currency: Currency::GBP });
        let at = Timestamp::UNIX_EPOCH;
        let item =
            NoticeItem { lead: lead.id, did, number: 1, bid: None, at, asked_at: None, reason, why: None, amount };
        (lead, item)
    }

    #[test]
    fn values_stay_values_whatever_stands_in_them() {
        let (lead, item) = returned();
        let text = "https://s1.example/p?c={{ lead.c1 }}&r={{ return.reason }}&p={{ return.payout_reversed }}&a={{ return.amount }}";
        let url = postback(text).url(NoticeKind::Returned, &lead, &item).unwrap();
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let wanted = [("c", "a b&r=x#/../é"), ("r", "DUPE"), ("p", "yes"), ("a", "5.00")];
        assert_eq!(pairs, wanted.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(url.host_str(), Some("s1.example"));
    }
}
