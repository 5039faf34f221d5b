//! The filters of templates: those whose result cannot grow out of hand, however they are chained.

use std::sync::Arc;

use jiff::{
    Timestamp, Zoned,
    civil::{Date, Time},
    fmt::strtime,
};
use md5::Md5;
use minijinja::{Environment, Error, ErrorKind, Value, filters, value::ValueKind};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::MAX_OUTPUT_BYTES;
use crate::zone::Zone;

/// Every filter there is; the scan refuses others, also in branches that no test render reaches.
pub(super) const NAMES: &[&str] = &[
    "abs",
    "capitalize",
    "d",
    "default",
    "first",
    "float",
    "int",
    "last",
    "length",
    "lower",
    "md5",
    "replace",
    "round",
    "sha256",
    "split",
    "time",
    "title",
    "trim",
    "upper",
    "urlencode",
];

/// `join`, `format`, `indent`, `tojson` and the like are left out: chained, each multiplies the length of its input.
pub(super) fn add(sandbox: &mut Environment<'static>) {
    sandbox.add_filter("abs", filters::abs);
    sandbox.add_filter("capitalize", of_text(capitalized));
    sandbox.add_filter("d", filters::default);
    sandbox.add_filter("default", filters::default);
    sandbox.add_filter("first", filters::first);
    sandbox.add_filter("float", filters::float);
    sandbox.add_filter("int", filters::int);
    sandbox.add_filter("last", filters::last);
    sandbox.add_filter("length", filters::length);
    sandbox.add_filter("lower", of_text(str::to_lowercase));
    sandbox.add_filter("md5", of_text(md5));
    sandbox.add_filter("replace", replace);
    sandbox.add_filter("round", filters::round);
    sandbox.add_filter("sha256", of_text(sha256));
    sandbox.add_filter("split", split);
    sandbox.add_filter("time", time);
    sandbox.add_filter("title", of_text(|text| filters::title(text.into())));
    sandbox.add_filter("trim", trim);
    sandbox.add_filter("upper", of_text(str::to_uppercase));
    sandbox.add_filter("urlencode", of_text(urlencode));
}

/// A filter of one text.
fn of_text(
    filter: impl Fn(&str) -> String + Send + Sync + 'static,
) -> impl Fn(&Value) -> Result<String, Error> + Send + Sync + 'static {
    move |value| text(value).map(|text| filter(&text))
}

/// The text that a filter works on: no longer than what may be sent. So what another filter, `~` or a list has made longer is
/// not made longer again.
fn text(value: &Value) -> Result<String, Error> {
    let text = shown(value);
    if text.len() > MAX_OUTPUT_BYTES {
        return Err(Error::new(ErrorKind::InvalidOperation, "the value is too large for a filter"));
    }
    Ok(text)
}

/// A value as text. What is absent is empty, and so is a part of it, which Jinja takes for an empty list.
pub(super) fn shown(value: &Value) -> String {
    let is_absent = value.is_none() || value.is_undefined() || value.kind() == ValueKind::Seq && value.len() == Some(0);
    if is_absent { String::new() } else { value.to_string() }
}

/// The first letter as a capital, all others small.
fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    first + &letters.as_str().to_lowercase()
}

/// More than anybody trims; each is looked for at every place.
const MAX_TRIMMED_BYTES: usize = 100;

/// Takes blanks, or these signs, from both ends.
fn trim(value: &Value, signs: Option<&str>) -> Result<String, Error> {
    let text = text(value)?;
    match signs {
        None => Ok(text.trim().to_owned()),
        Some(signs) if signs.len() <= MAX_TRIMMED_BYTES => {
            Ok(text.trim_matches(|sign| signs.contains(sign)).to_owned())
        }
        Some(_) => Err(Error::new(ErrorKind::InvalidOperation, "trim takes fewer signs")),
    }
}

/// The parts of a text between blanks or these separators.
fn split(value: &Value, separator: Option<&str>, most: Option<i64>) -> Result<Value, Error> {
    filters::split(&Value::from(text(value)?), separator.map(Arc::from), most)
}

/// Replaces every occurrence, as long as the result may be a value at all.
fn replace(value: &Value, from: &str, to: &str) -> Result<String, Error> {
    let text = text(value)?;
    if from.is_empty() {
        return Err(Error::new(ErrorKind::InvalidOperation, "replace needs something to look for"));
    }
    let length = text.len() + text.matches(from).count() * to.len();
    if length > MAX_OUTPUT_BYTES {
        return Err(Error::new(ErrorKind::InvalidOperation, "replace makes the value too large"));
    }
    Ok(text.replace(from, to))
}

/// Everything but letters, digits and `-._~` (RFC 3986, 2.3).
pub(super) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Percent-encodes what is reserved.
fn urlencode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// The MD5 of the text's UTF-8 bytes in lower-case hexadecimal. It protects nothing; buyers compare their lists by it.
fn md5(text: &str) -> String {
    hex::encode(Md5::digest(text))
}

/// An instant, or a day from its midnight, in a format of strftime and a zone; UTC without one. What is absent stays so.
fn time(value: &Value, format: &str, zone: Option<&str>) -> Result<String, Error> {
    let value = text(value)?;
    if value.is_empty() {
        return Ok(value);
    }
    let refuse = |what: &'static str| move || Error::new(ErrorKind::InvalidOperation, what);
    let zone: Zone = zone.unwrap_or("UTC").parse().ok().ok_or_else(refuse("there is no such time zone"))?;
    let zoned = instant(&value, &zone).ok_or_else(refuse("this is no time"))?;
    formatted(format, &zoned).ok_or_else(refuse("this is no format of times"))
}

fn instant(value: &str, zone: &Zone) -> Option<Zoned> {
    if let Ok(instant) = value.parse::<Timestamp>() {
        return Some(instant.to_zoned(zone.timezone().clone()));
    }
    value.parse::<Date>().ok()?.to_datetime(Time::midnight()).to_zoned(zone.timezone().clone()).ok()
}

/// The longest time that a format may make, in bytes.
const MAX_TIME_BYTES: usize = 200;

/// An instant in a format; none when it is no format, or makes more than any time has.
pub(super) fn formatted(format: &str, at: &Zoned) -> Option<String> {
    strtime::format(format, at).ok().filter(|text| text.len() <= MAX_TIME_BYTES)
}

/// The SHA-256 of the text's UTF-8 bytes in lower-case hexadecimal, as buyers ask for in suppression checks.
fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}
