//! A notice on its ways: each attempt is written down before it is made, so that a worker that dies leaves behind what it may
//! have done.

use domain::{
    id::AttemptId,
    lead::Lead,
    notice::{Heard, Notice, NoticeItem, Turn, Way},
    time::later,
};
use jiff::{SignedDuration, Timestamp};
use lambda::Clock;
use store::{Error, NotifyJob, Recipient, WebhookSecret};

use crate::{App, mail, postback, tally, webhook};

/// An attempt has ended by then: it takes 20 seconds at most.
const LEASE: SignedDuration = SignedDuration::from_secs(40);
/// How often it is tried to write down what was heard.
const TRIES: usize = 4;

/// What is sent, and to whom.
pub(crate) struct Parcel<'a> {
    pub(crate) notice: &'a Notice,
    pub(crate) items: &'a [NoticeItem],
    pub(crate) recipient: &'a Recipient,
    pub(crate) secrets: &'a [WebhookSecret],
    /// The lead that a postback is about; none: it is gone.
    pub(crate) lead: Option<&'a Lead>,
    pub(crate) now: Timestamp,
}

/// What is read beside a notice before it is sent.
struct Beside {
    recipient: Recipient,
    secrets: Vec<WebhookSecret>,
    items: Vec<NoticeItem>,
    lead: Option<Lead>,
}

/// Sends a notice on the ways whose time has come, and puts right where it stands on the list.
pub(crate) async fn send_listed(
    app: &App,
    job: &NotifyJob,
    (at, id): (Timestamp, &str),
    now: Timestamp,
) -> Result<(), Error> {
    let notice = app.store.notice(at, id).await?;
    let due = notice.as_ref().and_then(Notice::due);
    let Some(notice) = notice.filter(|notice| has_a_turn(notice, now)) else {
        return app.store.relist(job, due).await;
    };
    // Read before the entry is moved: where that fails for good, the entry that the job names is the one that is put off.
    let beside = beside(app, &notice, now).await?;
    app.store.relist(job, due).await?;
    send_all(app, notice, &beside, now).await
}

/// Whether there is anything to be done about it now.
fn has_a_turn(notice: &Notice, now: Timestamp) -> bool {
    notice.sent.keys().any(|way| match notice.next_step(*way, now) {
        Turn::Send | Turn::GiveUp => true,
        Turn::Wait | Turn::Done => false,
    })
}

async fn beside(app: &App, notice: &Notice, now: Timestamp) -> Result<Beside, Error> {
    let recipient = app.store.recipient(&notice.to).await?;
    let secrets = match notice.next_step(Way::Webhook, now) {
        // Its time may come while the other ways are gone.
        Turn::Send | Turn::Wait => app.store.webhook_secrets(&notice.to, now).await?,
        Turn::GiveUp | Turn::Done => Vec::new(),
    };
    let items = if notice.summary.is_some() { app.store.first_items(&notice.id).await? } else { Vec::new() };
    let lead = match notice.item.as_ref().map(|item| item.lead) {
        Some(lead) => app.store.lead(lead).await?,
        None => None,
    };
    Ok(Beside { recipient, secrets, items, lead })
}

async fn send_all(app: &App, mut notice: Notice, beside: &Beside, now: Timestamp) -> Result<(), Error> {
    let clock = Clock::starting(now);
    let ways: Vec<Way> = notice.sent.keys().copied().collect();
    for way in ways {
        notice = match notice.next_step(way, clock.now()) {
            Turn::Wait | Turn::Done => notice,
            Turn::GiveUp => {
                let after = notice.on_given_up(way, clock.now());
                tally::stands(&after, way);
                saved(app, &notice, after).await?
            }
            Turn::Send => {
                let (attempt, now) = (lambda::new_attempt_id(), clock.now());
                let sending = notice.on_sending(way, attempt, later(now, LEASE), now);
                let Some(sending) = app.store.save_notice(&notice, sending).await? else {
                    // Somebody else is at it, and will see to the other ways too.
                    return Ok(());
                };
                let Beside { recipient, secrets, items, lead } = beside;
                let parcel = Parcel { notice: &sending, items, recipient, secrets, lead: lead.as_ref(), now };
                let heard = try_way(app, way, &parcel).await;
                note(app, sending, way, attempt, &heard, clock).await?
            }
        };
    }
    Ok(())
}

async fn try_way(app: &App, way: Way, parcel: &Parcel<'_>) -> Heard {
    let ways = parcel.recipient.ways.as_ref();
    let gone = || Heard::Never { reason: "its recipient does not want to be told this way any more".to_owned() };
    match way {
        Way::Webhook => match ways.and_then(|ways| ways.webhook.as_ref()) {
            Some(to) => Box::pin(webhook::post(&app.client, &to.url, parcel)).await,
            None => gone(),
        },
        Way::Email => match ways.map(|ways| ways.emails.as_slice()) {
            Some(to @ [_, ..]) => Box::pin(mail::send_letter(&app.mail, to, parcel)).await,
            Some([]) | None => gone(),
        },
        Way::Postback => match &parcel.recipient.postback {
            Some(to) => Box::pin(postback::get(&app.client, to, parcel)).await,
            None => gone(),
        },
    }
}

/// Writes down what was heard, whoever has written the notice meanwhile, and also where that fails at first: it is not to be lost.
async fn note(
    app: &App,
    sending: Notice,
    way: Way,
    attempt: AttemptId,
    heard: &Heard,
    clock: Clock,
) -> Result<Notice, Error> {
    let jitter_permille = lambda::jitter_permille();
    let (mut known, mut failed) = (sending, None);
    for _ in 0..TRIES {
        let Some(after) = known.on_heard(way, attempt, heard, jitter_permille, clock.now()) else { return Ok(known) };
        match app.store.save_notice(&known, after).await {
            Ok(Some(noted)) => {
                tally::stands(&noted, way);
                return Ok(noted);
            }
            Ok(None) => {}
            Err(error) => failed = Some(error),
        }
        match app.store.notice(known.at, &known.id).await {
            Ok(Some(there)) => known = there,
            Ok(None) => return Ok(known),
            Err(error) => failed = Some(error),
        }
    }
    Err(failed.unwrap_or(Error::Contended { what: "a notice" }))
}

/// The notice after a step, or as somebody else has written it meanwhile.
async fn saved(app: &App, before: &Notice, after: Notice) -> Result<Notice, Error> {
    if let Some(saved) = app.store.save_notice(before, after).await? {
        return Ok(saved);
    }
    Ok(app.store.notice(before.at, &before.id).await?.unwrap_or_else(|| before.clone()))
}
