//! The filters of templates: those whose result cannot grow out of hand, however they are chained.

use minijinja::{Environment, Error, ErrorKind, filters};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::MAX_OUTPUT_BYTES;

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
    "replace",
    "round",
    "sha256",
    "split",
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
    sandbox.add_filter("replace", replace);
    sandbox.add_filter("round", filters::round);
    sandbox.add_filter("sha256", sha256);
    sandbox.add_filter("split", filters::split);
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

/// Percent-encodes everything but letters, digits and `-._~` (RFC 3986, 2.3).
fn urlencode(value: String) -> String {
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(&value, RESERVED).to_string()
}

/// The SHA-256 of the text's UTF-8 bytes in lower-case hexadecimal, as buyers ask for in suppression checks.
fn sha256(value: String) -> String {
    hex::encode(Sha256::digest(value))
}
