//! One value judged by the kind of its field, and put in the form that is stored.

use std::net::IpAddr;

use url::Url;

use super::{FieldContext, FieldKind, MAX_VALUE_CHARS, Pattern, Refusal, date, postcode};
use crate::contact::{ContactError, Country, Email, Phone};

/// Choices named in a refusal, and the characters of them or of a pattern: refusals are kept with the answers that are given
/// again, and a campaign may have a hundred rules.
const NAMED_CHOICES: usize = 20;
const NAMED_CHARS: usize = 200;
/// Digits of a decimal before and after the dot: what fits a 64-bit number of millionths with room to spare.
const DECIMAL_WHOLE_DIGITS: usize = 15;
const DECIMAL_PLACES: usize = 6;

impl From<ContactError> for Refusal {
    fn from(error: ContactError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

/// Judges a value that is trimmed and not empty.
pub(super) fn normalise(kind: &FieldKind, value: &str, ctx: &FieldContext) -> Result<String, Refusal> {
    // What takes long to read is not read at all; what grows when it is put in form is measured again.
    fits(value)?;
    let stored = in_form(kind, value, ctx)?;
    fits(&stored)?;
    Ok(stored)
}

fn fits(value: &str) -> Result<(), Refusal> {
    if value.chars().count() > MAX_VALUE_CHARS {
        return Err(Refusal::new("too_long", format!("Use at most {MAX_VALUE_CHARS} characters.")));
    }
    Ok(())
}

fn in_form(kind: &FieldKind, value: &str, ctx: &FieldContext) -> Result<String, Refusal> {
    match kind {
        FieldKind::Text { min_len, max_len, pattern } => text(value, *min_len, *max_len, pattern.as_ref()),
        FieldKind::Email {} => Ok(Email::parse(value)?.to_string()),
        FieldKind::Phone {} => Ok(Phone::parse(value, ctx.country)?.to_string()),
        FieldKind::Postcode {} => postcode::normalise(value, ctx.country),
        FieldKind::Date {} => Ok(date::parse_day(value, ctx.country)?.to_string()),
        FieldKind::DateOfBirth { min_age, max_age } => {
            Ok(date::parse_birthday(value, *min_age, *max_age, ctx)?.to_string())
        }
        FieldKind::Integer { min, max } => integer(value, *min, *max),
        FieldKind::Decimal {} => decimal(value),
        FieldKind::Choice { of } => choice(value, of),
        FieldKind::Boolean {} => boolean(value),
        FieldKind::IpAddress {} => value
            .parse::<IpAddr>()
            .map(|address| address.to_string())
            .map_err(|_| Refusal::new("not_an_ip_address", "Give an IPv4 or IPv6 address, such as 192.0.2.1.")),
        FieldKind::Url {} => url(value),
        FieldKind::Country { allowed } => country(value, allowed),
    }
}

fn text(value: &str, min: Option<u16>, max: Option<u16>, pattern: Option<&Pattern>) -> Result<String, Refusal> {
    let chars = value.chars().count();
    if let Some(min) = min.filter(|min| chars < usize::from(*min)) {
        return Err(Refusal::new("too_short", format!("Use at least {min} characters.")));
    }
    if let Some(max) = max.filter(|max| chars > usize::from(*max)) {
        return Err(Refusal::new("too_long", format!("Use at most {max} characters.")));
    }
    if let Some(pattern) = pattern.filter(|pattern| !pattern.matches_whole(value)) {
        let shown = Some(pattern.as_str()).filter(|source| source.chars().count() <= NAMED_CHARS);
        let shown = shown.unwrap_or("the campaign's pattern, which is too long to be shown");
        return Err(Refusal::new("pattern_mismatch", format!("The whole value must match {shown}.")));
    }
    Ok(value.to_owned())
}

fn integer(value: &str, min: Option<i64>, max: Option<i64>) -> Result<String, Refusal> {
    let number: i64 = value
        .parse()
        .map_err(|_| Refusal::new("not_an_integer", "Give a whole number in digits, without separators."))?;
    if let Some(min) = min.filter(|min| number < *min) {
        return Err(Refusal::new("too_small", format!("Give a number of at least {min}.")));
    }
    if let Some(max) = max.filter(|max| number > *max) {
        return Err(Refusal::new("too_large", format!("Give a number of at most {max}.")));
    }
    Ok(number.to_string())
}

fn decimal(value: &str) -> Result<String, Refusal> {
    let (sign, digits) = value.strip_prefix('-').map_or(("", value), |rest| ("-", rest));
    let (whole, places) = digits.split_once('.').map_or((digits, None), |(whole, places)| (whole, Some(places)));
    let is_number =
        |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole, DECIMAL_WHOLE_DIGITS) || places.is_some_and(|places| !is_number(places, DECIMAL_PLACES)) {
        let detail = "Give a number such as 12 or 12.5: up to 15 digits, up to 6 decimals after a dot, no separators.";
        return Err(Refusal::new("not_a_decimal", detail));
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        significant => significant,
    };
    Ok(places.map_or_else(|| format!("{sign}{whole}"), |places| format!("{sign}{whole}.{places}")))
}

fn choice(value: &str, of: &[String]) -> Result<String, Refusal> {
    let folded = value.to_lowercase();
    of.iter().find(|choice| choice.to_lowercase() == folded).cloned().ok_or_else(|| {
        let all = of.iter().take(NAMED_CHOICES).map(String::as_str).collect::<Vec<_>>().join(", ");
        let named: String = all.chars().take(NAMED_CHARS).collect();
        let more = if named.len() < all.len() {
            "…"
        } else if of.len() > NAMED_CHOICES {
            ", …"
        } else {
            ""
        };
        Refusal::new("not_allowed", format!("Use one of: {named}{more}."))
    })
}

fn boolean(value: &str) -> Result<String, Refusal> {
    match value.to_ascii_lowercase().as_str() {
        "yes" | "true" | "1" => Ok("yes".to_owned()),
        "no" | "false" | "0" => Ok("no".to_owned()),
        _ => Err(Refusal::new("not_a_boolean", "Use yes or no.")),
    }
}

fn url(value: &str) -> Result<String, Refusal> {
    let url = Url::parse(value).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.map(String::from)
        .ok_or_else(|| Refusal::new("not_a_url", "Give a full URL that starts with http:// or https://."))
}

fn country(value: &str, allowed: &[Country]) -> Result<String, Refusal> {
    let country: Country = value.parse()?;
    if allowed.is_empty() || allowed.contains(&country) {
        return Ok(country.to_string());
    }
    let named = allowed.iter().map(Country::as_str).collect::<Vec<_>>().join(", ");
    Err(Refusal::new("not_allowed", format!("This campaign takes leads from: {named}.")))
}
