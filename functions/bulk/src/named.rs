//! What an action names has to be there.

use domain::{
    bulk::{Action, SendMessage},
    campaign::Campaign,
    id::ResponderRef,
    lead::Channel,
    responder::Responder,
};
use lambda::{Problem, problem::FieldError};
use store::Store;

/// Whether all of it is there, and fits.
///
/// # Errors
/// 422 with everything that is wrong.
pub(crate) async fn check(store: &Store, action: &Action) -> Result<(), Problem> {
    let found = match action {
        Action::JoinResponder(join) => match store.cached::<Responder>(join.rid.as_str()).await? {
            Some(_) => Vec::new(),
            None => vec![missing("rid", "responder", join.rid.as_str())],
        },
        Action::SendMessage(message) => check_message(store, message).await?,
        Action::Redeliver(_)
        | Action::Return(_)
        | Action::UpdatePayout(_)
        | Action::UpdateRevenue(_)
        | Action::Release(_)
        | Action::Reject(_)
        | Action::Unsubscribe(_)
        | Action::Resubscribe(_)
        | Action::Delete(_)
        | Action::Erase(_)
        | Action::Export(_) => Vec::new(),
    };
    if found.is_empty() { Ok(()) } else { Err(Problem::invalid(found)) }
}

async fn check_message(store: &Store, message: &SendMessage) -> Result<Vec<FieldError>, Problem> {
    let Some(campaign) = store.cached::<Campaign>(message.campid.as_str()).await? else {
        return Ok(vec![missing("campid", "campaign", message.campid.as_str())]);
    };
    let mut found: Vec<_> = message.check_names(&campaign).into_iter().map(FieldError::from).map(of_params).collect();
    if let (Channel::Sms, Some(rid)) = (message.channel, &message.gateway) {
        found.extend(check_gateway(store, message, rid).await?);
    }
    Ok(found)
}

/// The gateway's own templates name fields of its responder's campaign.
async fn check_gateway(
    store: &Store,
    message: &SendMessage,
    rid: &ResponderRef,
) -> Result<Option<FieldError>, Problem> {
    let Some(responder) = store.cached::<Responder>(rid.as_str()).await? else {
        return Ok(Some(missing("gateway", "responder", rid.as_str())));
    };
    let wrong = |code, detail: String| Some(of_params(FieldError::new("gateway", code, detail)));
    if responder.campid != message.campid {
        return Ok(wrong("other_campaign", format!("Responder {rid} is of campaign {}.", responder.campid)));
    }
    let detail = || format!("Responder {rid} has no gateway of text messages.");
    Ok(if responder.sms.is_none() { wrong("no_gateway", detail()) } else { None })
}

fn missing(field: &str, what: &str, reference: &str) -> FieldError {
    let detail = format!("There is no {what} {reference}; make it first.");
    of_params(FieldError::new(field, "unknown_reference", detail))
}

/// The same, where the caller wrote it.
pub(crate) fn of_params(error: FieldError) -> FieldError {
    FieldError { field: format!("params.{}", error.field), ..error }
}
