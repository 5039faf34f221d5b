//! Days as suppliers write them, and ages.

use jiff::civil::Date;

use super::{FieldContext, Refusal};
use crate::contact::Country;

/// Countries where 03/04/1980 is customarily the fourth of March, or may be either (Unicode CLDR, short date formats).
const MONTH_FIRST: &[&str] = &["AS", "CA", "FM", "GU", "MH", "MP", "PH", "PR", "PW", "UM", "US", "VI"];
/// Nobody is older; a year such as 1080 is a slip.
const OLDEST_AGE: i16 = 130;

/// Reads `yyyy-mm-dd`, and `dd/mm/yyyy` where that is not two different days.
pub(super) fn parse_day(value: &str, country: Country) -> Result<Date, Refusal> {
    let month_first = writes_month_first(country);
    let day = match (split_numbers(value, '-', [4, 2, 2]), split_numbers(value, '/', [2, 2, 4])) {
        (Some([year, month, day]), None) => civil(year, month, day),
        (None, Some([day, month, year])) if !month_first => civil(year, month, day),
        (_, _) => None,
    };
    let expected = if month_first { "yyyy-mm-dd" } else { "yyyy-mm-dd or dd/mm/yyyy" };
    day.ok_or_else(|| Refusal::new("not_a_date", format!("Give a day of the calendar, written {expected}.")))
}

/// Whether 03/04/1980 is customarily the fourth of March there, or may be either.
pub(crate) fn writes_month_first(country: Country) -> bool {
    MONTH_FIRST.contains(&country.as_str())
}

/// Reads a day of birth; ages are full years on the day of the judging.
pub(super) fn parse_birthday(
    value: &str,
    min_age: Option<u8>,
    max_age: Option<u8>,
    ctx: &FieldContext,
) -> Result<Date, Refusal> {
    let born = parse_day(value, ctx.country)?;
    if born > ctx.today {
        return Err(Refusal::new("in_future", "Give a date of birth that is not in the future."));
    }
    let age = age_on(ctx.today, born);
    if let Some(min) = min_age.filter(|min| age < i16::from(*min)) {
        return Err(Refusal::new("too_young", format!("The person must be at least {min} years old.")));
    }
    let oldest = max_age.map_or(OLDEST_AGE, i16::from);
    if age > oldest {
        return Err(Refusal::new("too_old", format!("The person must be at most {oldest} years old.")));
    }
    Ok(born)
}

/// Full years; who was born on 29 February grows older on 1 March of common years.
pub(crate) fn age_on(today: Date, born: Date) -> i16 {
    let birthday_ahead = (today.month(), today.day()) < (born.month(), born.day());
    today.year() - born.year() - i16::from(birthday_ahead)
}

fn split_numbers(value: &str, separator: char, widths: [usize; 3]) -> Option<[i16; 3]> {
    let mut parts = value.split(separator);
    let mut numbers = [0; 3];
    for (number, width) in numbers.iter_mut().zip(widths) {
        let part = parts.next().filter(|part| part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

fn civil(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}
