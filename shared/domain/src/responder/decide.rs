//! What is to be done about an enrolment at an instant.

use std::collections::BTreeSet;

use jiff::{Timestamp, tz::TimeZone};

use super::{Enrolment, EnrolmentState, Responder, SkippedFor, StopOn, StoppedFor, enrolment::looked_at, zones_of};
use crate::{
    contact::Country,
    lead::{Approval, Channel, Lead},
};

/// In which ways a person may be written to at this moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MayWrite {
    /// By e-mail.
    pub email: bool,
    /// By text message.
    pub sms: bool,
}

impl MayWrite {
    /// Whether in this way.
    pub fn by(self, channel: Channel) -> bool {
        match channel {
            Channel::Email => self.email,
            Channel::Sms => self.sms,
        }
    }
}

/// What an enrolment is judged by, as it is at that moment.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The lead; none: it is gone.
    pub lead: Option<&'a Lead>,
    /// The responder; none: it is gone.
    pub responder: Option<&'a Responder>,
    /// What its person has agreed to.
    pub may: MayWrite,
    /// The account's zone, for countries whose zones nobody knows.
    pub zone: &'a TimeZone,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Its next step is to be sent now.
    Send,
    /// Not before then.
    Wait(Timestamp),
    /// Its next step is passed over.
    Skip(SkippedFor),
    /// It ends.
    Stop(StoppedFor),
    /// There is no further step.
    Finish,
    /// A worker died with its next step.
    Lost,
    /// A worker is at it, until then at the latest.
    Busy(Timestamp),
    /// Nothing any more.
    Over,
}

/// What is to be done about an enrolment now.
pub fn decide(enrolment: &Enrolment, seen: &Seen<'_>, now: Timestamp) -> Turn {
    match enrolment.state {
        EnrolmentState::Finished { .. } | EnrolmentState::Stopped { .. } => return Turn::Over,
        EnrolmentState::Sending { lease_until, .. } if lease_until > now => return Turn::Busy(lease_until),
        EnrolmentState::Sending { .. } => return Turn::Lost,
        EnrolmentState::Waiting { .. } => {}
    }
    let Some(lead) = seen.lead else { return Turn::Stop(StoppedFor::Deleted) };
    let Some(responder) = seen.responder.filter(|responder| responder.active) else {
        return Turn::Stop(StoppedFor::Inactive);
    };
    if let Some(reason) = stopped_by_lead(lead, responder, enrolment) {
        return Turn::Stop(reason);
    }
    let (Some(step), Some(by_minutes)) =
        (responder.steps.get(enrolment.steps_done()), enrolment.due_of_next(responder))
    else {
        return Turn::Finish;
    };
    // After a try in vain it is the retry's own time that counts.
    let due = enrolment.put_back_to().unwrap_or(by_minutes);
    if due > now {
        // An earlier look stays: who waits is not written anew by each message that comes too early.
        let look = enrolment.due().filter(|look| *look > now && *look < due);
        return Turn::Wait(look.unwrap_or_else(|| looked_at(due, now)));
    }
    if !seen.may.by(step.channel) {
        return not_by(step.channel, lead, responder, enrolment, seen.may);
    }
    match responder.quiet.first_open(&zones(lead, step.channel, seen.zone), now) {
        None => Turn::Skip(SkippedFor::AlwaysQuiet),
        Some(open) if open > now => Turn::Wait(open),
        Some(_) => Turn::Send,
    }
}

/// What of the lead itself ends it.
fn stopped_by_lead(lead: &Lead, responder: &Responder, enrolment: &Enrolment) -> Option<StoppedFor> {
    if lead.is_deleted() {
        return Some(StoppedFor::Deleted);
    }
    if lead.test {
        return Some(StoppedFor::Test);
    }
    if lead.approval != Approval::Approved {
        return Some(StoppedFor::NotApproved);
    }
    let stops = responder.stop_on.contains(&StopOn::Return);
    // Whoever puts a returned lead into a responder wants to write to it.
    let taken_back = |at: Timestamp| at >= enrolment.joined_at;
    let mut returns = lead.sales().flat_map(|(.., sale)| sale.returns());
    let is_returned =
        returns.any(|back| back.is_approved() && back.taken.as_ref().is_some_and(|taken| taken_back(taken.at)));
    if stops && is_returned {
        return Some(StoppedFor::Returned);
    }
    (responder.stop_on.contains(&StopOn::Conversion) && lead.is_converted()).then_some(StoppedFor::Converted)
}

/// A step that may not be sent: passed over if another may follow, and otherwise the end.
fn not_by(channel: Channel, lead: &Lead, responder: &Responder, enrolment: &Enrolment, may: MayWrite) -> Turn {
    let has_contact = |channel| lead.contact(channel).is_some();
    let reason = if has_contact(channel) { SkippedFor::NoConsent } else { SkippedFor::NoContact };
    if responder.channels_from(enrolment.steps_done()).any(|channel| may.by(channel)) {
        return Turn::Skip(reason);
    }
    let is_unsubscribed = responder.channels_from(enrolment.steps_done()).any(has_contact);
    Turn::Stop(if is_unsubscribed { StoppedFor::Unsubscribed } else { StoppedFor::NoContact })
}

/// The zones of the lead's country, the one that it names itself, or else its campaign's; of a text message those of the phone's country, too, as
/// nobody knows which of them its person is in.
fn zones(lead: &Lead, channel: Channel, account: &TimeZone) -> Vec<TimeZone> {
    let named = lead.fields.iter().find(|(name, _)| name.as_str() == "country");
    let country = named.and_then(|(_, value)| value.parse::<Country>().ok()).unwrap_or(lead.country);
    let phone = lead.phone().filter(|_| channel == Channel::Sms);
    let of_phone = phone.map(|phone| phone.countries()).unwrap_or_default();
    let countries: BTreeSet<Country> = of_phone.into_iter().chain([country]).collect();
    let zones: Vec<TimeZone> = countries.into_iter().flat_map(zones_of).cloned().collect();
    if zones.is_empty() { vec![account.clone()] } else { zones }
}
