//! The order of a bulk job, as it is sent.

use std::collections::HashSet;

use domain::{
    bulk::{Action, Erase},
    consent::Contact,
    id::LeadId,
};
use lambda::{Problem, problem::FieldError, search_form::SearchForm};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::named::of_params;

/// Most leads that may be named.
const MAX_IDS: usize = 1_000;

/// What is to be done to which leads.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BulkForm {
    pub(crate) action: BulkAction,
    /// What the action takes. `redeliver`: `deliveries`, those that get it once more; without it those that failed or turned the lead down.
    /// `return`: `reason`, a code; `comment`; `reverse_payout`, without it as the terms of each sale say; `bid`, `did`. `update_payout`:
    /// `payout` and `reason`. `update_revenue`: `revenue`, `reason`; `bid`, `did`. `reject`: `reason`. `release` takes nothing. `unsubscribe`: `from`, and
    /// `resubscribe`: `to`, which are `all`, `email` or `sms`, and all without it, and both `told`, what the person was told. `delete` takes nothing.
    /// `join_responder`: `rid`. `send_message`: `campid`, `channel`, and `subject`, `text` and `html` as in a step of a responder; `from_name`, `quiet`; of a
    /// text message `gateway`, the responder whose gateway carries it. `export` takes nothing.
    /// `erase`: `email`, `phone` with its country's code, or both; neither is kept, and no leads are named. A lead that is sold more than once is left as it is, unless `bid` or `did` says which sale is meant.
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    params: Map<String, Value>,
    /// These leads, up to 1,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_items = 1, max_items = 1_000)]
    lead_ids: Option<Vec<LeadId>>,
    /// All that this finds of those that have come in by now: the filters of `GET /v1/leads`. At least one has to be named,
    /// if only `from`; a dry run without any is of a year. Instead of `lead_ids`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    search: Option<SearchForm>,
    /// Only look at what would be done: no lead is changed.
    #[serde(default)]
    #[schema(required = false)]
    pub(crate) dry_run: bool,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BulkAction {
    /// Deliveries that came to nothing get it once more.
    Redeliver,
    /// A sale is taken back, at once.
    Return,
    /// What the supplier earns is put right.
    UpdatePayout,
    /// What a buyer pays is put right.
    UpdateRevenue,
    /// It is let out of quarantine.
    Release,
    /// It is turned away out of quarantine.
    Reject,
    /// Its person is not to be written to any more.
    Unsubscribe,
    /// Its person may be written to again.
    Resubscribe,
    /// Everything that was said of a person goes, for good; ids, times and amounts stay.
    Delete,
    /// The same for all leads of a person.
    Erase,
    /// It joins a responder of its campaign, from now on.
    JoinResponder,
    /// Its person gets a message, once, by whichever of its leads comes first.
    SendMessage,
    /// It is written into a file.
    Export,
}

/// Which leads are meant.
#[derive(Debug)]
pub(crate) enum Meant {
    /// These, each once.
    Ids(Vec<LeadId>),
    /// All that this finds.
    Search(Box<SearchForm>),
    /// All of the person that is known by these.
    Person(Vec<Contact>),
}

impl BulkForm {
    /// What is to be done, and to which leads. `reasons` are the account's codes of returns.
    ///
    /// # Errors
    /// 422 with everything that is wrong, but with the search.
    pub(crate) fn read(&self, reasons: &[String]) -> Result<(Action, Meant), Problem> {
        let mut found = Vec::new();
        let action = match serde_json::from_value::<Action>(json!({ "action": self.action, "params": self.params })) {
            Ok(action) => {
                found.extend(action.check(reasons).into_iter().map(FieldError::from).map(of_params));
                Some(action)
            }
            Err(error) => {
                found.push(FieldError::new(
                    "params",
                    "invalid_params",
                    format!("Mend what the action takes: {error}."),
                ));
                None
            }
        };
        let meant = match &action {
            Some(Action::Erase(erase)) => self.meant_person(erase),
            Some(_) | None => self.meant(),
        };
        let meant = meant.map_err(|error| found.push(error)).ok();
        match (action, meant) {
            (Some(action), Some(meant)) if found.is_empty() => Ok((action, meant)),
            _ => Err(Problem::invalid(found)),
        }
    }

    fn meant_person(&self, erase: &Erase) -> Result<Meant, FieldError> {
        if self.lead_ids.is_some() || self.search.is_some() {
            let detail = "All leads of the person are erased: name none, and leave the search out.";
            return Err(FieldError::new("lead_ids", "which", detail));
        }
        Ok(Meant::Person(erase.contacts()))
    }

    fn meant(&self) -> Result<Meant, FieldError> {
        match (&self.lead_ids, &self.search) {
            (Some(ids), None) if (1..=MAX_IDS).contains(&ids.len()) => {
                let mut seen = HashSet::new();
                Ok(Meant::Ids(ids.iter().copied().filter(|id| seen.insert(*id)).collect()))
            }
            (Some(_), None) => {
                let detail = format!("Name 1 to {MAX_IDS} leads; or search for them.");
                Err(FieldError::new("lead_ids", "count", detail))
            }
            // What was left out by mistake would be done to everybody.
            (None, Some(search)) if !self.dry_run && *search == SearchForm::default() => {
                let detail = "Name a filter; or the days, with from, if all of their leads are meant.";
                Err(FieldError::new("search", "no_filter", detail))
            }
            (None, Some(search)) => Ok(Meant::Search(Box::new(search.clone()))),
            (Some(_), Some(_)) | (None, None) => {
                Err(FieldError::new("lead_ids", "which", "Name leads in lead_ids, or search for them: one of both."))
            }
        }
    }
}
