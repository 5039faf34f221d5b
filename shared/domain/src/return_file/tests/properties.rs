//! What holds for every file.

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::{
    reasons, rows,
    seek::{bid, lead, named_in, nobody, sold},
};
use crate::{
    contact::Phone,
    lead::Lead,
    return_file::{Columns, Match, MatchedBy, ReadRow, Reading, Sought},
    words::breaks_line,
};

const HEADERS: [&str; 8] = ["lead_id", "email", "phone", "ref", "reason", "comment", "date", "did"];

/// Cells that look like something, and cells that look like nothing.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[a-z]{1,8}@[a-z]{1,8}\\.com",
        "[+0]?[0-9 ().-]{1,18}",
        "[0-9][.,][0-9]{0,12}[eE]\\+?[0-9]{0,4}",
        "[0-9]{1,4}[/.-][0-9]{1,4}[/.-][0-9]{1,4}[ T]?[0-9:Z+-]{0,9}",
        "(lead[_ -])?[0-9a-zA-Z]{26}",
        "[='\"“#\u{feff}\u{a0}\u{200b}a-z0-9+]{0,12}",
        "\\PC{0,24}",
        any::<String>(),
    ]
}

fn read(cells: &[String]) -> ReadRow {
    let (columns, _) = Columns::find(&rows(&[&HEADERS]), None, &reasons()).unwrap();
    let about = Reading { mapping: None, reasons: &reasons(), countries: &["GB".parse().unwrap()] };
    columns.read(|at| cells.get(at).map(String::as_str), &about)
}

/// Ways in which what is left of a phone still says all of it.
fn damaged(phone: &str, way: usize) -> String {
    let digits = phone.trim_start_matches('+');
    let national = digits.trim_start_matches("44");
    let spread = |text: &str, sign: &str| {
        let (head, tail) = text.split_at(5);
        format!("{head}{sign}{tail}")
    };
    match way {
        0 => digits.to_owned(),
        1 => national.to_owned(),
        2 => format!("0{national}"),
        3 => format!("{national}.0"),
        4 => format!("{}.{}E+{}", &digits[..1], &digits[1..], digits.len() - 1),
        5 => format!("{},{}E+{}", &national[..1], &national[1..], national.len() - 1),
        6 => format!("=\"{}\"", spread(&format!("0{national}"), " ")),
        7 => format!("'{}", spread(phone, "-")),
        8 => format!("+44 (0) {national}"),
        9 => format!("+44 0{national}"),
        10 => format!("00{digits}"),
        11 => format!("\u{a0}{}\u{feff}", spread(&format!("0{national}"), "/")),
        _ => spread(&format!("0{national}"), "\u{2011}"),
    }
}

/// Leads of the same person, some of them this buyer's.
fn leads() -> impl Strategy<Value = Vec<Lead>> {
    let one = (0_i64..3, prop_oneof![Just(None), Just(Some("b1")), Just(Some("b2"))], any::<bool>());
    proptest::collection::vec(one, 0..6).prop_map(|all| {
        let made = all.into_iter().zip(1_u128..).map(|((days, bid, with_phone), number)| {
            let fields = [("email", "jo@example.com"), ("phone1", "+447911123456")];
            let lead = lead(number, days, if with_phone { &fields } else { &fields[..1] });
            bid.map_or(lead.clone(), |bid| sold(&lead, bid, None))
        });
        made.collect()
    })
}

fn seeks(with_phone: bool, day: Option<i8>) -> Sought {
    let phones = if with_phone { vec!["+447911123456".parse().unwrap()] } else { Vec::new() };
    let dates = day.map(|day| jiff::civil::date(2027, 1, 15 + day)).into_iter().collect();
    Sought { emails: vec!["jo@example.com".parse().unwrap()], phones, dates, ..nobody() }
}

proptest! {
    #[test]
    fn every_row_can_be_read_and_what_is_said_of_it_never_repeats_it(
        cells in proptest::collection::vec(cell(), 0..10),
    ) {
        match read(&cells) {
            ReadRow::Ignored => {}
            ReadRow::Invalid { detail } => {
                let own = ["The row names no lead", "A spreadsheet has rounded", "What stands as "];
                prop_assert!(own.iter().any(|start| detail.starts_with(start)), "{detail}");
                let shown = cells.iter().filter(|cell| cell.chars().count() > 5).find(|cell| detail.contains(*cell));
                prop_assert_eq!(shown, None);
            }
            ReadRow::Sought(sought) => {
                prop_assert!(!sought.lookups().is_empty());
                let comment = sought.comment.clone().unwrap_or("x".to_owned());
                prop_assert!((1..=300).contains(&comment.chars().count()) && !comment.chars().any(breaks_line));
                let Match::NotFound { detail } = sought.unfound() else { panic!("it is not found") };
                let shown = cells.iter().filter(|cell| cell.chars().count() > 12).find(|cell| detail.contains(*cell));
                prop_assert_eq!(shown, None);
            }
        }
    }

    #[test]
    fn every_beginning_of_a_file_can_be_looked_at(
        first in proptest::collection::vec(proptest::collection::vec(cell(), 0..5), 0..6),
    ) {
        if let Ok((columns, above)) = Columns::find(&first, None, &reasons()) {
            prop_assert!(above <= first.len());
            let about = Reading { mapping: None, reasons: &reasons(), countries: &["GB".parse().unwrap()] };
            for row in &first {
                columns.read(|at| row.get(at).map(String::as_str), &about);
            }
        }
    }

    #[test]
    fn a_phone_that_is_damaged_and_still_whole_is_found(subscriber in 0_u32..1_000_000, way in 0_usize..13) {
        let phone = format!("+447400{subscriber:06}");
        let expected: Phone = phone.parse().unwrap();
        let cells = [String::new(), String::new(), damaged(&phone, way)];
        let ReadRow::Sought(sought) = read(&cells) else { return Err(TestCaseError::fail(damaged(&phone, way))) };
        prop_assert!(sought.phones.contains(&expected), "{}", damaged(&phone, way));
    }

    #[test]
    fn whom_a_row_means_does_not_depend_on_the_order_and_is_the_buyers_own(
        leads in leads(),
        turn in 0_usize..6,
        with_phone: bool,
        day in proptest::option::of(0_i8..4),
    ) {
        let sought = seeks(with_phone, day);
        let lookup = &sought.lookups()[0];
        let mut found: Vec<&Lead> = leads.iter().collect();
        let chosen = sought.choose(lookup, &found, &bid(), &TimeZone::UTC);
        found.rotate_left(turn.min(leads.len()));
        found.extend(leads.first());
        prop_assert_eq!(&sought.choose(lookup, &found, &bid(), &TimeZone::UTC), &chosen);
        let own = |id| leads.iter().any(|lead| lead.id == id && lead.revenue_from(&bid()).is_ok_and(|sum| sum.minor > 0));
        match chosen {
            None => prop_assert!(!leads.iter().any(|lead| own(lead.id))),
            Some(Match::Found { lead, by }) => prop_assert!(own(lead) && by == MatchedBy::Email),
            Some(Match::Ambiguous { detail }) => {
                let leads = named_in(&detail);
                prop_assert!(leads.len() > 1 && leads.iter().all(|lead| own(*lead)), "{detail}");
            }
            Some(Match::NotFound { .. }) => prop_assert!(false, "only of an id"),
        }
    }
}
