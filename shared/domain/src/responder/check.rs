//! What a responder must pass before it is saved.

use std::collections::BTreeSet;

use super::{MAX_AFTER_MIN, MAX_STEPS, Responder, Step, gateway, letter};
use crate::{
    campaign::Campaign,
    id::BulkJobId,
    lead::Channel,
    setup::{Invalid, check_name},
    template::{FIXED_NAMES, known_names},
    words::one_line,
};

/// What templates of all steps may come to, in bytes: the record has to fit into its row.
const MAX_TEMPLATES_BYTES: usize = 200 * 1024;
const MAX_FROM_NAME_CHARS: usize = 60;

const NO_WAY_OUT: &str = "Say how to get no more of these: use {{ unsubscribe_url }}, or a sentence with STOP, if your gateway takes replies.";

/// What is wrong with it by itself.
pub(super) fn alone(responder: &Responder) -> Vec<Invalid> {
    let mut found = Vec::new();
    check_name(&responder.name, &mut found);
    if responder.rid.as_str().parse::<BulkJobId>().is_ok() {
        found.push(Invalid::new("rid", "reserved", "This is what bulk jobs are called; choose another reference."));
    }
    from_name(responder.from_name.as_deref(), &mut found);
    responder.quiet.check("quiet", &mut found);
    steps(&responder.steps, &mut found);
    let writes_sms = responder.steps.iter().any(|step| step.channel == Channel::Sms);
    match &responder.sms {
        Some(sms) => gateway::check(sms, &mut found),
        None if writes_sms => {
            found.push(Invalid::new("sms", "required", "Text messages need a gateway: give its request and answer."));
        }
        None => {}
    }
    found
}

/// What is wrong with what a sender is called.
pub(crate) fn from_name(name: Option<&str>, found: &mut Vec<Invalid>) {
    found.extend(name.and_then(|name| one_line("from_name", name, MAX_FROM_NAME_CHARS).err()));
}

fn steps(steps: &[Step], found: &mut Vec<Invalid>) {
    if !(1..=MAX_STEPS).contains(&steps.len()) {
        found.push(Invalid::new("steps", "length", format!("Use 1 to {MAX_STEPS} steps.")));
    }
    let templates = steps.iter().flat_map(Step::templates);
    if templates.map(|(_, template)| template.as_str().len()).sum::<usize>() > MAX_TEMPLATES_BYTES {
        let detail = format!("Use at most {MAX_TEMPLATES_BYTES} bytes for the templates of all steps together.");
        found.push(Invalid::new("steps", "too_long", detail));
    }
    for (at, step) in steps.iter().enumerate() {
        self::step(&format!("steps.{at}."), step, found);
        if at > 0 && steps[at - 1].after_min > step.after_min {
            let detail = "A step comes no earlier than the one before it; minutes count from joining.";
            found.push(Invalid::new(format!("steps.{at}.after_min"), "order", detail));
        }
    }
}

/// What is wrong with a step by itself, whose members stand at this place: `steps.0.`.
pub(crate) fn step(place: &str, step: &Step, found: &mut Vec<Invalid>) {
    let mut say = |name: &str, code, detail: &str| {
        found.push(Invalid::new(format!("{place}{name}"), code, detail));
    };
    if step.after_min > MAX_AFTER_MIN {
        say("after_min", "range", &format!("Use at most {MAX_AFTER_MIN} minutes, which is a year."));
    }
    match step.channel {
        Channel::Email => {
            if step.subject.is_none() {
                say("subject", "required", "An e-mail has a subject.");
            }
            if step.text.is_none() && step.html.is_none() {
                say("text", "required", "Give the message a text, HTML, or both.");
            }
        }
        Channel::Sms => {
            if step.text.is_none() {
                say("text", "required", "A text message has a text.");
            }
            if step.subject.is_some() {
                say("subject", "not_sent", "A text message has no subject.");
            }
            if step.html.is_some() {
                say("html", "not_sent", "A text message has no HTML.");
            }
            if step.text.as_ref().is_some_and(|text| !letter::names_way_out(text.as_str())) {
                say("text", "no_way_out", NO_WAY_OUT);
            }
        }
    }
    for (name, template) in step.templates() {
        if let Err(error) = template.check_with(&step_names()) {
            say(name, error.code(), &error.to_string());
        }
    }
}

/// What templates of steps know besides the fields of the lead. No step is an attempt of a delivery.
fn step_names() -> Vec<&'static str> {
    let of_lead = FIXED_NAMES.iter().copied().filter(|name| !name.starts_with("attempt."));
    of_lead.chain([letter::UNSUBSCRIBE_URL]).collect()
}

/// What its templates name that leads of its campaign do not have.
pub(super) fn names(responder: &Responder, campaign: &Campaign) -> Vec<Invalid> {
    let mut found = Vec::new();
    for (at, step) in responder.steps.iter().enumerate() {
        names_of_step(&format!("steps.{at}."), step, campaign, &mut found);
    }
    if let Some(sms) = &responder.sms {
        found.extend(gateway::check_names(sms, &known_names(campaign.fields.iter().map(|field| &field.name))));
    }
    found
}

/// The same of one step, whose members stand at this place.
pub(crate) fn names_of_step(place: &str, step: &Step, campaign: &Campaign, found: &mut Vec<Invalid>) {
    let of_lead = known_names(campaign.fields.iter().map(|field| &field.name));
    let of_lead = of_lead.into_iter().filter(|name| !name.starts_with("attempt."));
    let known: BTreeSet<String> = of_lead.chain([letter::UNSUBSCRIBE_URL.to_owned()]).collect();
    for (name, template) in step.templates() {
        if let Err(error) = template.check_against(&known) {
            found.push(Invalid::new(format!("{place}{name}"), error.code(), error.to_string()));
        }
    }
}
