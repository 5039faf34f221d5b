//! What a person reads: the sentences of a notice, and its e-mail.

use jiff::tz::TimeZone;

use super::{MAX_DETAILS, Notice, NoticeItem, NoticeKind, Summary};
use crate::access::Principal;

/// A notice as an e-mail: plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// The message.
    pub text: String,
}

/// What a group comes to, for a person.
pub(super) fn sentences(kind: NoticeKind, to: &Principal, summary: &Summary) -> String {
    let count = summary.count;
    let (one, many) = headline(kind, to);
    let head = if count == 1 { format!("1 {one}") } else { format!("{count} {many}") };
    let reasons = summary.reasons();
    let money = summary.sums().map(|sums| money(kind, to, summary, &sums)).unwrap_or_default();
    format!("{head}: {reasons}.{money}")
}

/// What happened to one lead, and to several.
fn headline(kind: NoticeKind, to: &Principal) -> (&'static str, &'static str) {
    let is_buyer = matches!(to, Principal::Buyer { .. });
    match kind {
        NoticeKind::ReturnRequested => ("return waits for your decision", "returns wait for your decision"),
        NoticeKind::Returned => ("lead was returned", "leads were returned"),
        NoticeKind::ReturnRefused => ("return was refused", "returns were refused"),
        NoticeKind::ReturnUndone if is_buyer => {
            ("return was undone, and its sale stands again", "returns were undone, and their sales stand again")
        }
        NoticeKind::ReturnUndone => ("return was undone", "returns were undone"),
        NoticeKind::DeliveryPaused => ("delivery is paused", "deliveries are paused"),
        NoticeKind::DecisionNeeded => ("delivery needs your decision", "deliveries need your decision"),
        NoticeKind::LowCredit => ("buyer has little credit left", "buyers have little credit left"),
        NoticeKind::ReturnCapReached => ("buyer may return no more", "buyers may return no more"),
        NoticeKind::FeedbackNotTaken => ("word on a lead needs your decision", "words on leads need your decision"),
        NoticeKind::ReturnFileFinished => ("file of returns is finished", "files of returns are finished"),
        NoticeKind::LeadImportFinished => ("file of leads is finished", "files of leads are finished"),
    }
}

/// What that means in money.
fn money(kind: NoticeKind, to: &Principal, summary: &Summary, sums: &str) -> String {
    let is_supplier = matches!(to, Principal::Supplier { .. });
    let of_them = if summary.count == 1 { String::new() } else { format!(", for {} of them", summary.with_amount) };
    match kind {
        NoticeKind::Returned => format!(" Payout of {sums} was taken back{of_them}."),
        NoticeKind::ReturnUndone if is_supplier => format!(" Payout of {sums} was given again{of_them}."),
        NoticeKind::ReturnUndone => format!(" {sums} is owed again."),
        NoticeKind::ReturnRequested | NoticeKind::ReturnRefused => format!(" Sold for {sums}."),
        NoticeKind::DeliveryPaused
        | NoticeKind::DecisionNeeded
        | NoticeKind::LowCredit
        | NoticeKind::ReturnCapReached
        | NoticeKind::ReturnFileFinished
        | NoticeKind::FeedbackNotTaken
        | NoticeKind::LeadImportFinished => String::new(),
    }
}

impl Notice {
    /// It as an e-mail from the account of this name, in the reader's zone, with its first items.
    pub fn letter(&self, account: &str, zone: &TimeZone, items: &[NoticeItem]) -> Letter {
        let (one, many) = headline(self.kind, &self.to);
        let subject = match self.count() {
            1 => format!("{account}: 1 {one}"),
            count => format!("{account}: {count} {many}"),
        };
        let at = self.at.to_zoned(zone.clone()).strftime("%-d %B %Y, %H:%M");
        let place = zone.iana_name().unwrap_or("UTC");
        let upto = if self.summary.is_some() { "Up to " } else { "" };
        let mut text = format!("{}\n\n{upto}{at} ({place})\n", self.text);
        if self.summary.is_some() {
            text.push('\n');
            for item in items.iter().take(MAX_DETAILS) {
                text.push_str(&line(item));
            }
            let shown = u64::try_from(items.len().min(MAX_DETAILS)).unwrap_or(u64::MAX);
            if let Some(more @ 1..) = self.count().checked_sub(shown) {
                text.push_str(&format!("and {more} more.\n"));
            }
            text.push_str(&format!("\nAll of them: GET {}\n", self.list()));
        }
        if self.is_of_a_file() {
            text.push_str(&format!("\nWhat became of it: GET {}\n", self.list()));
        }
        Letter { subject, text: format!("{text}\n{}\n", self.id) }
    }
}

fn line(item: &NoticeItem) -> String {
    let amount = item.amount.map(|amount| format!("  {amount}")).unwrap_or_default();
    let why = item.why.as_ref().map(|why| format!("  \"{why}\"")).unwrap_or_default();
    format!("{}  {}{amount}{why}\n", item.lead, item.reason)
}
