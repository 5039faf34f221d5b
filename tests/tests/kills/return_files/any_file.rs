//! Any file, of rows that name the leads of an installation in any way, with its worker killed anywhere: each row has one outcome,
//! and the money moved is what the rows say.

use std::collections::BTreeSet;

use domain::{lead::Lead, returned::ReturnOutcome};
use serde_json::json;
use store::ReturnFileState;
use tests::{Fault, Faults};

use super::{Ground, Pace, ground::Line, step_by_step};

/// Installations that are worked in.
const INSTALLATIONS: u64 = 6;
/// Files for each.
const FILES: usize = 5;

/// A generator of numbers, the same for the same seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, usize::try_from(self.below(at as u64 + 1)).unwrap());
        }
    }

    /// A row about one of these leads, or about nobody, as people and spreadsheets would have it.
    fn row(&mut self, leads: &[Lead]) -> String {
        let lead = self.pick(leads);
        let field = |name: &str| lead.fields.get(name).cloned().unwrap_or_default();
        let (id, email, phone) = (lead.id.to_string(), field("email"), field("phone1"));
        let reference = format!("R-{}", email.trim_start_matches("person").trim_end_matches("@example.com"));
        let whom = match self.below(9) {
            0 | 1 => format!("{id},,,"),
            2 => format!("\"=\"\"{}\"\"\",,,", id.to_lowercase()),
            3 => format!(",{},,", email.to_uppercase()),
            4 => format!(",mailto:{email},{},", phone.trim_start_matches("+44")),
            5 => format!(",,{},", phone.trim_start_matches('+')),
            6 => format!(",,4.479E+11,{reference}"),
            7 => format!(",,,{reference}"),
            _ => self
                .pick(&[",nobody@example.com,,", "no id,,,", ",,,", "lead_01JD3QZ8000000000000000003,,,", ",,12,"])
                .to_string(),
        };
        let reason = self.pick(&["DUPE", "invalid phone", "", "what?", "Duplicate"]);
        format!("{whom},{reason}")
    }

    /// A death somewhere, or none.
    fn faults(&mut self) -> Faults {
        let at = usize::try_from(self.below(60)).unwrap();
        Faults::at(
            (self.below(3) > 0).then_some((at, *self.pick(&[Fault::KillAfter, Fault::KillBefore, Fault::LostAnswer]))),
        )
    }

    fn pace(&mut self) -> Pace {
        if self.below(2) == 0 { Pace::default() } else { step_by_step() }
    }
}

fn text(rows: &[String], end: &str) -> String {
    let lines: Vec<String> = rows.iter().map(|row| format!("{row}{end}")).collect();
    format!("Lead ID,E-mail,Telephone,Your reference,Reason{end}{}", lines.concat())
}

/// Has a file read, and checks what became of it; its rows that returned something.
async fn read(ground: &mut Ground, dice: &mut Dice, name: &str, text: &str) -> Vec<Line> {
    let (faults, pace) = (dice.faults(), dice.pace());
    let owed = ground.owed().await;
    let event = ground.drop_file(name, text).await;
    ground.work(&faults, vec![event.clone()], pace).await;
    let file = ground.files().await.into_iter().find(|file| file.name == name).unwrap();
    assert_eq!(file.state, ReturnFileState::Done, "{text}");
    let lines = ground.result(&file).await;
    assert_eq!(file.tally.rows, text.lines().count() as u64 - 1, "each row is told of or ignored: {file:#?}");
    let returned: Vec<Line> = lines.into_iter().filter(|line| line.outcome == ReturnOutcome::Returned).collect();
    let moved: i64 = returned.iter().map(|line| line.amount).sum();
    assert_eq!(ground.owed().await, owed - moved, "{text}");
    let distinct: BTreeSet<_> = returned.iter().map(|line| &line.return_id).collect();
    assert_eq!(distinct.len(), returned.len(), "each return is one row's: {returned:#?}");
    ground.add_up().await;

    // The same event, and the same bytes at the same place and elsewhere, are nothing new.
    let before = ground.now().await;
    let same = ground.drop_file(name, text).await;
    let copy = ground.drop_file(&format!("copy-{name}"), text).await;
    ground.work(&Faults::default(), vec![event, same, copy], Pace::default()).await;
    assert_eq!(ground.now().await, before);
    let repeated = ground.files().await;
    let of_it = repeated.iter().filter(|other| other.state == ReturnFileState::Repeated { of: file.id });
    assert_eq!(of_it.count(), 2, "{repeated:#?}");
    returned
}

/// Files one after the other, and each again with its rows in another order.
async fn installation(seed: u64) {
    let mut dice = Dice(seed);
    let share = *dice.pick(&[50, 75, 100]);
    let terms = match dice.below(3) {
        0 => json!({ "window_days": 30 }),
        1 => json!({ "window_days": 30, "max_share_percent": share }),
        _ => json!({ "window_days": 30, "reasons": ["DUPE"], "max_share_percent": share }),
    };
    let mut ground = Ground::new(&terms).await;
    let mut ever = BTreeSet::new();
    for number in 0..FILES {
        let leads = ground.leads.clone();
        let mut rows: Vec<String> = (0..1 + dice.below(8)).map(|_| dice.row(&leads)).collect();
        // One that says whose file it is, so that it is one.
        rows.push(format!("{},,,,WRONG_PERSON{number}", dice.pick(&leads).id));
        let end = *dice.pick(&["\n", "\r\n"]);
        for name in [format!("{number}.csv"), format!("{number}-shuffled.csv")] {
            let returned = read(&mut ground, &mut dice, &name, &text(&rows, end)).await;
            assert!(returned.into_iter().all(|line| ever.insert(line.return_id)), "nothing is returned again");
            dice.shuffle(&mut rows);
            rows.push(format!(",,,,{name}"));
        }
    }
}

#[tokio::test]
async fn whatever_files_come_each_row_has_one_outcome_and_the_money_moved_is_what_they_say() {
    for seed in 0..INSTALLATIONS {
        let seed_is = Seed(seed);
        installation(seed).await;
        std::mem::forget(seed_is);
    }
}

/// Names the seed when its installation panics.
struct Seed(u64);

impl Drop for Seed {
    #[expect(clippy::print_stderr, reason = "a failing test says with which seed it failed")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("with seed {}", self.0);
        }
    }
}
