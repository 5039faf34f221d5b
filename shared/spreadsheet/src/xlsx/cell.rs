//! What is in a cell of a sheet, as text.

use std::borrow::Cow;

use calamine::{DataRef, ExcelDateTime};

pub(super) fn text<'a>(cell: &'a DataRef<'_>) -> Cow<'a, str> {
    match cell {
        DataRef::Empty => Cow::Borrowed(""),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cow::Borrowed(text),
        DataRef::SharedString(text) => Cow::Borrowed(text),
        DataRef::Bool(true) => Cow::Borrowed("TRUE"),
        DataRef::Bool(false) => Cow::Borrowed("FALSE"),
        DataRef::Int(number) => Cow::Owned(digits(*number as f64)),
        DataRef::Float(number) => Cow::Owned(digits(*number)),
        DataRef::DateTime(instant) if instant.is_datetime() => Cow::Owned(date_time(instant)),
        DataRef::DateTime(duration) => Cow::Owned(digits(duration.as_f64())),
        DataRef::Error(error) => Cow::Owned(error.to_string()),
    }
}

/// More than 15 digits from here on.
const TOO_LONG: f64 = 1e15;

/// All digits, without an exponent and without `.0`: telephones and ids are numbers to Excel. It keeps 15 of them, so of longer
/// ones nobody knows the rest, and they are written as it shows them.
fn digits(number: f64) -> String {
    if number.abs() >= TOO_LONG {
        let rounded = format!("{number:.14e}");
        let (mantissa, exponent) = rounded.split_once('e').unwrap_or((&rounded, "0"));
        return format!("{}E+{exponent}", mantissa.trim_end_matches('0').trim_end_matches('.'));
    }
    // There is a zero below zero.
    if number == 0.0 { "0".to_owned() } else { number.to_string() }
}

/// A date, a date with a time, or, before the first date that there is, a time.
fn date_time(instant: &ExcelDateTime) -> String {
    let serial = instant.as_f64();
    let (year, month, day, hour, minute, second, milli) = instant.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    match serial {
        _ if !(0.0..2_958_466.0).contains(&serial) => digits(serial),
        _ if serial < 1.0 => time,
        _ if (hour, minute, second, milli) == (0, 0, 0, 0) => date,
        _ => format!("{date}T{time}"),
    }
}
