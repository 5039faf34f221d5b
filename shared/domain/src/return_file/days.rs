//! The day that a cell means.

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, date},
};

use super::DateOrder;
use crate::{contact::Country, field::writes_month_first};

/// Spreadsheets count days from here, and call this one 0.
const DAY_ZERO: Date = date(1899, 12, 30);
/// Days of 1982 to 2064: other numbers are no days.
const SERIALS: std::ops::RangeInclusive<i32> = 30_000..=60_000;
/// Of a day alone: `2026-11-05`. No instant is as short.
const DAY_BYTES: usize = 10;
/// Leads are sold in this century.
const YEARS: std::ops::Range<i16> = 2000..2100;
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The instant that the text names, with its distance from Greenwich: `2026-11-05T23:30:00Z`.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    // To refuse a day alone, as most are, costs more than to read it.
    if text.len() <= DAY_BYTES { None } else { text.parse().ok() }
}

/// In which order the numbers of a day are read.
#[derive(Clone, Copy)]
pub(super) enum Order {
    /// The buyer has said it.
    Said(DateOrder),
    /// It is usual where the days are written, if that is known: it decides where several orders give a day.
    Usual(Option<DateOrder>),
}

impl Order {
    /// As all of these countries write days; where they differ, nobody knows.
    pub(super) fn usual_in(countries: &[Country]) -> Self {
        let mut month_first = countries.iter().map(|country| writes_month_first(*country));
        let Some(first) = month_first.next().filter(|first| month_first.all(|next| next == *first)) else {
            return Self::Usual(None);
        };
        Self::Usual(Some(if first { DateOrder::Mdy } else { DateOrder::Dmy }))
    }
}

/// Whether the text is a day, in whatever order.
pub(super) fn is_day(text: &str) -> bool {
    [DateOrder::Dmy, DateOrder::Mdy].iter().any(|order| !read(text, Order::Usual(Some(*order))).is_empty())
}

/// Whether a word of a text says, or is a part of what says, when something was: `2026-11-05`, `01.06.26-30.06.26`, `10:20`; beside the name of a
/// month also `5th` and `2026`.
pub(crate) fn is_of_a_day(word: &str, beside_a_month: bool) -> bool {
    let word = word.trim_matches(|sign: char| !sign.is_alphanumeric());
    let is_written_out = |part: &str| part.contains(['-', '.', '/']) && is_day(part);
    let is_range = || word.contains(['.', '/']) && word.split('-').all(is_written_out);
    let is_time = || word.contains(':') && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
    let number = word.trim_end_matches(|sign: char| sign.is_ascii_lowercase());
    let is_number = || number.bytes().all(|byte| byte.is_ascii_digit());
    let is_part = || is_number() && (number.len() <= 2 || number.parse().is_ok_and(|year| YEARS.contains(&year)));
    is_written_out(word) || is_range() || is_time() || moment(word).is_some() || beside_a_month && is_part()
}

/// Whether a text names a month: `June`, `15-Jan-26`.
pub(crate) fn names_a_month(text: &str) -> bool {
    let mut words = text.split(|sign: char| !sign.is_alphabetic()).filter(|word| !word.is_empty());
    words.any(|word| month(&word.to_lowercase()).is_some())
}

/// The day that the text means, if it is no [`moment`]; none where nobody can tell which of several. A time that names Greenwich
/// in some other way may be another day in the zone that days are counted in, so then the days around it are meant as well.
pub(super) fn read(text: &str, order: Order) -> Vec<Date> {
    if moment(text).is_some() {
        return Vec::new();
    }
    let (day, time) = parts(text);
    if let Some(day) = serial(text).or_else(|| compact(day)) {
        return vec![day];
    }
    let day = match numbers(day) {
        Some(numbers) => in_order(numbers, order),
        None => with_month_name(text),
    };
    if has_offset(time) { day.into_iter().flat_map(around).collect() } else { day.into_iter().collect() }
}

/// The day, and the time behind it.
fn parts(text: &str) -> (&str, &str) {
    let is_before_time = |at: usize| at.checked_sub(1).is_some_and(|at| text.as_bytes()[at].is_ascii_digit());
    let end = text.char_indices().find(|(at, sign)| *sign == ' ' || *sign == 'T' && is_before_time(*at));
    let (day, time) = end.map_or((text, ""), |(at, _)| (&text[..at], &text[at + 1..]));
    (day.trim_end_matches(['.', ',']), time)
}

/// `45678`, and `45678.5` at noon.
fn serial(text: &str) -> Option<Date> {
    let (day, part) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let is_number = day.len() == 5 && part.bytes().all(|byte| byte.is_ascii_digit());
    let day = day.parse().ok().filter(|day| is_number && SERIALS.contains(day))?;
    DAY_ZERO.checked_add(day.days()).ok()
}

/// `20260115`.
fn compact(text: &str) -> Option<Date> {
    let is_day = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i16>().ok();
    is_day.then(|| civil(number(0, 4)?, number(4, 6)?, number(6, 8)?)).flatten()
}

/// A number of a day, and with how many digits it is written.
type Number = (i16, usize);

fn numbers(day: &str) -> Option<[Number; 3]> {
    let separator = day.chars().find(|sign| matches!(sign, '/' | '.' | '-'))?;
    let mut parts = day.split(separator);
    let mut number = || {
        let part = parts.next()?;
        let is_number = matches!(part.len(), 1 | 2 | 4) && part.bytes().all(|byte| byte.is_ascii_digit());
        Some((part.parse().ok().filter(|_| is_number)?, part.len()))
    };
    let numbers = [number()?, number()?, number()?];
    parts.next().is_none().then_some(numbers)
}

fn in_order([first, second, third]: [Number; 3], order: Order) -> Option<Date> {
    let year = |(number, digits): Number| match digits {
        4 => Some(number),
        2 => Some(2000 + number),
        _ => None,
    };
    let of = |order| match order {
        DateOrder::Dmy => civil(year(third)?, second.0, first.0),
        DateOrder::Mdy => civil(year(third)?, first.0, second.0),
        DateOrder::Ymd if third.1 < 4 => civil(year(first)?, second.0, third.0),
        DateOrder::Ymd => None,
    };
    let is_year_last = third.1 == 4;
    let usual = match order {
        _ if first.1 == 4 => return of(DateOrder::Ymd),
        Order::Said(DateOrder::Ymd) if is_year_last => None,
        Order::Said(said) => return of(said),
        Order::Usual(usual) => usual,
    };
    let mut days = [DateOrder::Dmy, DateOrder::Mdy, DateOrder::Ymd].into_iter().filter_map(of);
    let one = days.next()?;
    if days.all(|day| day == one) { Some(one) } else { of(usual?) }
}

/// `15 Jan 2026`, `15-Jan-26`, `Thu, January 15th, 2026`.
fn with_month_name(text: &str) -> Option<Date> {
    let words = text.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty());
    let lower: Vec<String> = words.take(4).map(str::to_lowercase).collect();
    let is_weekday = |word: &String| WEEKDAYS.iter().any(|name| word.starts_with(name));
    let words = if lower.first().is_some_and(is_weekday) { &lower[1..] } else { &lower };
    let [first, second, third, ..] = words else { return None };
    let year = |word: &str| match word.len() {
        4 => word.parse::<i16>().ok(),
        2 => word.parse::<i16>().ok().map(|year| 2000 + year),
        _ => None,
    };
    let day = |word: &str| word.trim_end_matches(|sign: char| sign.is_ascii_lowercase()).parse::<i16>().ok();
    match (month(first), month(second)) {
        (Some(month), _) => civil(year(third)?, month, day(second)?),
        (None, Some(month)) if first.len() == 4 => civil(year(first)?, month, day(third)?),
        (None, Some(month)) => civil(year(third)?, month, day(first)?),
        (None, None) => None,
    }
}

fn month(word: &str) -> Option<i16> {
    let at = MONTHS.iter().position(|name| word.starts_with(name))?;
    i16::try_from(at + 1).ok()
}

fn civil(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok().filter(|_| YEARS.contains(&year))
}

fn has_offset(time: &str) -> bool {
    let lower = time.to_ascii_lowercase();
    lower.ends_with('z') || lower.contains(['+', '-']) || lower.contains("utc") || lower.contains("gmt")
}

fn around(day: Date) -> impl Iterator<Item = Date> {
    [day.yesterday().ok(), Some(day), day.tomorrow().ok()].into_iter().flatten()
}
