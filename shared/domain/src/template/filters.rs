//! The filters of templates: those whose result cannot grow out of hand, however they are chained.

use jiff::{
    Timestamp, Zoned,
    civil::{Date, Time},
    fmt::strtime,
};
use md5::Md5;
use minijinja::{Environment, Error, ErrorKind, filters};
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
    sandbox.add_filter("capitalize", filters::capitalize);
    sandbox.add_filter("d", filters::default);
    sandbox.add_filter("default", filters::default);
    sandbox.add_filter("first", filters::first);
    sandbox.add_filter("float", filters::float);
    sandbox.add_filter("int", filters::int);
    sandbox.add_filter("last", filters::last);
    sandbox.add_filter("length", filters::length);
    sandbox.add_filter("lower", filters::lower);
    sandbox.add_filter("md5", md5);
    sandbox.add_filter("replace", replace);
    sandbox.add_filter("round", filters::round);
    sandbox.add_filter("sha256", sha256);
    sandbox.add_filter("split", filters::split);
    sandbox.add_filter("time", time);
    sandbox.add_filter("title", filters::title);
    sandbox.add_filter("trim", filters::trim);
    sandbox.add_filter("upper", filters::upper);
    sandbox.add_filter("urlencode", urlencode);
}

/// Replaces every occurrence, as long as the result may be a value at all.
fn replace(value: String, from: &str, to: &str) -> Result<String, Error> {
    if from.is_empty() {
        return Err(Error::new(ErrorKind::InvalidOperation, "replace needs something to look for"));
    }
    let length = value.len() + value.matches(from).count() * to.len();
    if length > MAX_OUTPUT_BYTES {
        return Err(Error::new(ErrorKind::InvalidOperation, "replace makes the value too large"));
    }
    Ok(value.replace(from, to))
}

/// Everything but letters, digits and `-._~` (RFC 3986, 2.3).
pub(super) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Percent-encodes what is reserved.
fn urlencode(value: String) -> String {
    utf8_percent_encode(&value, RESERVED).to_string()
}

/// The MD5 of the text's UTF-8 bytes in lower-case hexadecimal. It protects nothing; buyers compare their lists by it.
fn md5(value: String) -> String {
    hex::encode(Md5::digest(value))
}

/// An instant, or a day from its midnight, in a format of strftime and a zone; UTC without one. What is absent stays so.
fn time(value: String, format: &str, zone: Option<&str>) -> Result<String, Error> {
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
fn sha256(value: String) -> String {
    hex::encode(Sha256::digest(value))
}
