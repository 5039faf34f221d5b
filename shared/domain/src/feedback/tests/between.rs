//! What holds between two installations, whatever happens at either and on the way between them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use proptest::{prelude::*, sample::Index};

use super::{properties::tell_of, *};
use crate::{
    buyer::ReturnTerms,
    lead::{
        Agreed, Clearing, Decision, EditOrder,
        properties::{Event as Happened, History, on_any_terms, told},
    },
    returned::{self, Claim, Claimant, Judgement, View},
};

/// How long a signature holds.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);
/// How long a word is waited for.
const PATIENCE: SignedDuration = SignedDuration::from_hours(72);
/// What is said of an event after which both sides book the same.
const AGREED: [&str; 4] = ["applied", "already", "returned", "already_returned"];
/// More steps than it takes to tell whatever there is.
const ROUNDS: usize = 60;

/// Something that happens somewhere.
#[derive(Clone, Debug)]
enum Happens {
    /// The lead that was sent on gets so many steps further there.
    There(usize),
    /// Who got it tells what is to be told; the request may get lost, or its answer.
    Tell { arrives: bool, is_answered: bool },
    /// Who got it is told that nobody listens.
    Gone,
    /// The network brings something once more, in any order.
    Again(Index),
    /// Who sent it does something by itself.
    Here(Here),
}

/// What who sent a lead does by itself.
#[derive(Clone, Copy, Debug)]
enum Here {
    /// It notes what its request was answered.
    Note { is_lost: bool },
    /// Nobody has said anything in time.
    Deadline,
    /// Its seller decides what nobody knows.
    Decide(bool),
    /// Its seller takes the sale back.
    TakeBack,
    /// Its seller approves of a return, or does not.
    Approve(bool),
    /// Its seller thinks again.
    Undo,
    /// Its seller puts the price right.
    Edit(i64),
}

/// A request on its way.
#[derive(Clone)]
struct Copied {
    id: AttemptId,
    event: Event,
    at: Timestamp,
}

/// A lead here, and as what it was sent on there.
struct Between {
    here: Lead,
    said: BTreeMap<AttemptId, (Event, String)>,
    /// What came of what was told last.
    last: String,
    /// The seller here has done something since it was told anything.
    by_hand: bool,
    there: Vec<Lead>,
    is_at: usize,
    telling: Telling,
    sent: Vec<Copied>,
    now: Timestamp,
    fresh: u128,
}

fn terms() -> impl Strategy<Value = Option<ReturnTerms>> {
    let terms = (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(approval, reverse_payout, only_dupes)| {
        let reasons: &[&str] = if only_dupes { &["DUPE"] } else { &[] };
        let terms = json!({
            "window_days": 30, "approval": approval, "reverse_payout": reverse_payout, "reasons": reasons,
        });
        serde_json::from_value(terms).unwrap()
    });
    prop::option::weighted(0.8, terms)
}

fn schedule() -> impl Strategy<Value = Vec<Happens>> {
    let here = prop_oneof![
        6 => prop::bool::weighted(0.2).prop_map(|is_lost| Here::Note { is_lost }),
        2 => Just(Here::Deadline),
        1 => any::<bool>().prop_map(Here::Decide),
        1 => Just(Here::TakeBack),
        3 => any::<bool>().prop_map(Here::Approve),
        1 => Just(Here::Undo),
        1 => (0i64..5).prop_map(|amount| Here::Edit(amount * 300)),
    ];
    let often = || prop::bool::weighted(0.7);
    let happens = prop_oneof![
        6 => (1usize..10).prop_map(Happens::There),
        6 => (often(), often()).prop_map(|(arrives, is_answered)| Happens::Tell { arrives, is_answered }),
        1 => Just(Happens::Gone),
        3 => any::<Index>().prop_map(Happens::Again),
        3 => here.prop_map(Happens::Here),
    ];
    prop::collection::vec(happens, 0..60)
}

/// What happens there: whole turns, at amounts that come again and again.
fn turns() -> impl Strategy<Value = History> {
    let amount = || (0i64..5).prop_map(|amount| amount * 300);
    let answered = |answer| vec![Happened::Queue, Happened::Redeliver, Happened::Intent, answer];
    let turn = prop_oneof![
        4 => amount().prop_map(move |price| answered(Happened::Answer(0, false, price))),
        2 => Just(answered(Happened::Answer(2, false, 0))),
        1 => (4u8..7).prop_map(move |kind| answered(Happened::Answer(kind, false, 0))),
        1 => (any::<bool>(), amount()).prop_map(|(yes, price)| vec![Happened::Decide(yes, price)]),
        4 => prop::bool::weighted(0.8).prop_map(|back| vec![Happened::AskReturn, Happened::ApproveReturn(back)]),
        2 => Just(vec![Happened::UndoReturn]),
        1 => Just(vec![Happened::Reoffer]),
        4 => amount().prop_map(|payout| vec![Happened::EditPayout(payout)]),
        1 => Just(vec![Happened::Quarantine, Happened::Release]),
        1 => Just(vec![Happened::Quarantine, Happened::TurnAway]),
        1 => prop::bool::weighted(0.2).prop_map(|deleted| if deleted { vec![Happened::Delete] } else { Vec::new() }),
    ];
    let turns = prop::collection::vec((0usize..3, turn), 0..10);
    turns.prop_map(|turns| {
        let events = |(which, turn): (usize, Vec<Happened>)| turn.into_iter().map(move |event| (which, 1, event));
        turns.into_iter().flat_map(events).collect()
    })
}

impl Between {
    fn new(there: &Lead, history: &History, returns: Option<ReturnTerms>) -> Self {
        let agreed = Agreed { price: Some(pounds(500)), least: Some(pounds(200)), returns, ..Agreed::default() };
        let queued = lead(1).on_queued(&did("d1"), Some("b1".parse().unwrap()), at(0)).unwrap();
        let here = queued.on_intent(&did("d1"), 1, attempt(1), at(0), at(40)).unwrap().agreeing(&did("d1"), agreed);
        Self {
            here,
            said: BTreeMap::new(),
            last: String::new(),
            by_hand: false,
            there: told(there, history),
            is_at: 0,
            telling: Telling::new(there.id, None, at(0)),
            sent: Vec::new(),
            now: at(0),
            fresh: 0,
        }
    }

    fn there(&self) -> &Lead {
        &self.there[self.is_at]
    }

    fn goes_on(&mut self, happens: &Happens) {
        self.now += SignedDuration::from_secs(1);
        match happens {
            Happens::There(steps) => {
                self.is_at = (self.is_at + steps).min(self.there.len() - 1);
                if self.there().is_deleted() {
                    self.telling = self.telling.without_words();
                }
            }
            Happens::Tell { arrives, is_answered } => drop(self.tell(*arrives, *is_answered, false)),
            Happens::Gone => drop(self.tell(true, true, true)),
            Happens::Again(which) if !self.sent.is_empty() => {
                let copied = which.get(&self.sent).clone();
                let is_open = self.telling.open().is_some_and(|open| open.id == copied.id);
                let is_over = self.said.get(&copied.id).is_some_and(|(_, result)| result != "too_early");
                if (is_open || is_over) && self.now.duration_since(copied.at) <= TOLERANCE {
                    self.hear(&copied);
                }
            }
            Happens::Again(_) => {}
            Happens::Here(own) => self.does(*own),
        }
    }

    /// Whether anything was told.
    fn tell(&mut self, arrives: bool, is_answered: bool, is_gone: bool) -> bool {
        self.fresh += 1;
        self.now = self.now.max(self.telling.due().unwrap_or(self.now));
        let lease = self.now + SignedDuration::from_secs(30);
        let step = self.telling.next_step(self.there(), attempt(self.fresh), self.now, lease).unwrap();
        let Step::Send(sending) = step else { return false };
        let open = sending.open().unwrap().clone();
        let copied = Copied { id: open.id, event: tell_of(&open, self.there()), at: self.now };
        self.telling = *sending;
        let answer = (arrives && !is_gone).then(|| self.hear(&copied));
        self.sent.push(copied);
        let (reason, retry_after_s) = (String::new(), None);
        let (heard, answer) = match answer.filter(|_| is_answered) {
            _ if is_gone => (Heard::Never { reason }, None),
            None => (Heard::Silence { reason }, None),
            Some(no) if no == "too_early" => (Heard::NotYet { reason, retry_after_s }, None),
            Some(answer) => (Heard::Taken, Some(answer)),
        };
        self.telling =
            self.telling.on_heard(open.id, &heard, Made { result: answer, detail: None }, 500, self.now).unwrap();
        true
    }

    /// As `POST /v1/feedback` hears it.
    fn hear(&mut self, Copied { id, event, .. }: &Copied) -> String {
        if let Some((before, result)) = self.said.get(id).filter(|(_, result)| result != "too_early") {
            assert_eq!((before.event, before.revenue), (event.event, event.revenue), "an id is good for one event");
            return result.clone();
        }
        let result = if event.event == EventKind::Returned && self.here.sale(&did("d1")).is_ok() {
            self.claim(id, event)
        } else {
            match judge(&self.here, &did("d1"), (&id.to_string(), event), &installation(), self.now) {
                Ok(after) if after == self.here => "already".to_owned(),
                Ok(after) => {
                    self.here = after;
                    "applied".to_owned()
                }
                Err(no) => no.code.to_owned(),
            }
        };
        self.by_hand = false;
        self.last.clone_from(&result);
        self.said.insert(*id, (event.clone(), result.clone()));
        result
    }

    fn claim(&mut self, id: &AttemptId, event: &Event) -> String {
        if let Err(no) = check_round(&self.here, &did("d1"), event) {
            return no.code.to_owned();
        }
        let (bid, order, d1) = ("b1".parse().unwrap(), id.to_string(), did("d1"));
        let reasons = ["DUPE".to_owned(), "OTHER".to_owned()];
        let view = View { zone: &TimeZone::UTC, reasons: &reasons, room: None, came: self.now, now: self.now };
        let reason = event.code.as_deref().filter(|code| *code == "DUPE").unwrap_or("OTHER");
        let claim = Claim {
            by: Claimant::Buyer(&bid),
            order: Some(&order),
            bid: None,
            did: Some(&d1),
            reason,
            comment: None,
            reverse_payout: None,
        };
        match returned::judge(&self.here, &claim, &view).unwrap() {
            Judgement::Change { after, outcome, .. } => {
                self.here = *after;
                outcome.word().to_owned()
            }
            Judgement::Unchanged { outcome, .. } => outcome.word().to_owned(),
            Judgement::NeedsRoom(_) => unreachable!("its terms name no share"),
        }
    }

    fn does(&mut self, own: Here) {
        let (d1, now, order) = (did("d1"), self.now, self.now.to_string());
        let after = match own {
            Here::Note { is_lost } => {
                let deadline = now + PATIENCE;
                let outcome = match (is_lost, self.there[0].payout.state) {
                    (true, _) => Outcome::Unknown { reason: "?".to_owned(), clearing: Clearing::ByAnswer(deadline) },
                    (false, PayoutState::Earned) => {
                        let reference = Some(self.there().id.to_string());
                        Outcome::Accepted { price: pounds(500), reference, redirect_url: None }
                    }
                    (false, _) => Outcome::Pending { reference: Some(self.there().id.to_string()), deadline },
                };
                let noted = self.here.on_outcome(&d1, &attempt(1), 1, outcome, now);
                self.here = noted.unwrap_or_else(|_| self.here.clone());
                return;
            }
            Here::Deadline => {
                self.now += PATIENCE;
                let over = self.here.on_deadline(&d1, self.now);
                self.here = over.unwrap_or_else(|_| self.here.clone());
                return;
            }
            Here::Decide(true) => {
                self.here.on_decided(&d1, Decision::Accepted { price: pounds(500), reference: None }, now)
            }
            Here::Decide(false) => self.here.on_decided(&d1, Decision::Rejected { reason: "by hand".to_owned() }, now),
            Here::TakeBack => {
                let asked = self.here.on_return_requested(&d1, crate::lead::ReturnRequest::because("DUPE"), now);
                asked.and_then(|asked| asked.on_return_approved(&d1, true, now))
            }
            Here::Approve(true) => self.here.on_return_approved(&d1, true, now),
            Here::Approve(false) => self.here.on_return_refused(&d1, "it is genuine", now),
            Here::Undo => self.here.on_return_undone(&d1, "a mistake", now),
            Here::Edit(price) => {
                let order = EditOrder { order: &order, by: "seller", reason: "agreed by phone" };
                self.here.on_revenue_edited(None, Some(&d1), pounds(price), order, now)
            }
        };
        if let Ok(after) = after {
            self.by_hand |= after != self.here;
            self.here = after;
        }
    }

    /// What who got the lead owes for it, by the books here.
    fn is_owed(&self) -> Money {
        let sale = self.here.sale(&did("d1")).ok().filter(|sale| sale.stands());
        sale.map_or(pounds(0), |sale| sale.price)
    }

    /// Why the books of both may differ: somebody knows of it.
    fn knows_why(&self) -> bool {
        let is_given_up = matches!(self.telling.state, TellingState::Failed { .. });
        // Where the lead is deleted, no words are kept of what others say; here they are.
        let kept = if self.there().is_deleted() { Some(self.last.as_str()) } else { self.telling.answer.as_deref() };
        let is_refused = kept.is_some_and(|answer| !AGREED.contains(&answer));
        let sale = self.here.sale(&did("d1"));
        let is_being_decided = sale.is_ok_and(|sale| sale.returned.as_ref().is_some_and(|back| back.is_requested()));
        let may_sell_again = self.there().sold_status() == SoldStatus::Open;
        is_given_up || is_refused || is_being_decided || may_sell_again || self.by_hand
    }
}

/// An answer that says that it is so now.
fn is_true(between: &Between, event: &Event, result: &str) -> bool {
    match (event.event, result) {
        (EventKind::Sold, "applied" | "already") => Some(between.is_owed()) == event.revenue,
        (EventKind::Unsold | EventKind::Returned, "applied" | "already" | "returned") => between.is_owed() == pounds(0),
        _ => true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_048))]

    #[test]
    fn two_installations_book_the_same_in_the_end_or_somebody_knows_that_they_do_not(
        there in on_any_terms(), history in turns(), returns in terms(), schedule in schedule(),
    ) {
        let mut between = Between::new(&there, &history, returns);
        for happens in &schedule {
            let before = between.said.clone();
            between.goes_on(happens);
            for (id, (event, result)) in between.said.iter().filter(|(id, said)| before.get(id) != Some(said)) {
                prop_assert!(is_true(&between, event, result), "{id} {event:?}: {result}, {:#?}", between.here);
                let was = before.get(id).map(|(_, result)| result.as_str());
                prop_assert!(matches!(was, None | Some("too_early")), "what came of it is what came of it");
            }
        }
        between.does(Here::Note { is_lost: false });
        let mut rounds = 0;
        while between.tell(true, true, false) {
            rounds += 1;
            prop_assert!(rounds < ROUNDS, "it is told for ever: {:?}", between.telling);
        }
        let owes = between.there().earned_payout().unwrap();
        prop_assert!(
            between.is_owed() == owes || between.knows_why(),
            "{:?} is owed and {owes:?} earned, {:#?} {:#?} {:#?}", between.is_owed(), between.telling, between.there(), between.here
        );
    }
}
