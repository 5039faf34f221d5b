//! What a query asks for: each parameter is read by its name, and what nobody has read is unknown.

use std::{collections::BTreeSet, fmt::Display, str::FromStr};

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use domain::report::{InvalidPeriod, Period};
use jiff::civil::Date;

use crate::{Problem, problem::FieldError, sheet::Format};

/// Most values of a parameter that may be repeated.
const MAX_VALUES: usize = 50;

/// The parameters of a query, with what was found to be wrong so far. What is wrong is left out when it is read, and told by
/// [`Asked::finish`].
#[derive(Clone, Debug)]
pub struct Asked {
    open: Vec<(String, String)>,
    accepted: Format,
    found: Vec<FieldError>,
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let Query(open) = query.map_err(|_| Problem::bad_request("invalid_query", "The query cannot be read."))?;
        Ok(Self { open, accepted: Format::accepted(&parts.headers), found: Vec::new() })
    }
}

impl Asked {
    /// Whether a parameter is there that nobody has read.
    pub fn has(&self, name: &str) -> bool {
        self.open.iter().any(|(asked, _)| asked == name)
    }

    /// A parameter that may be there once.
    pub fn one(&mut self, name: &str) -> Option<String> {
        let mut values = self.all(name).into_iter();
        let value = values.next()?;
        if values.next().is_some() {
            self.finding(name, "repeated", "Name it once.");
        }
        Some(value)
    }

    /// A parameter that may be there once, and is one of a few words.
    pub fn word<T: Copy>(&mut self, name: &str, words: &[(&'static str, T)]) -> Option<T> {
        let asked = self.one(name)?;
        let meant = words.iter().find(|(word, _)| *word == asked).map(|(_, meant)| *meant);
        if meant.is_none() {
            self.finding(name, "unknown_word", one_of(words));
        }
        meant
    }

    /// A parameter that may be there more than once, each time as one of a few words.
    pub fn words<T: Copy + Ord>(&mut self, name: &str, words: &[(&'static str, T)]) -> BTreeSet<T> {
        let mut meant = BTreeSet::new();
        for asked in self.all(name) {
            match words.iter().find(|(word, _)| *word == asked) {
                Some((_, word)) => {
                    meant.insert(*word);
                }
                None => self.finding(name, "unknown_word", one_of(words)),
            }
        }
        meant
    }

    /// Parameters whose names begin so, by the rest of their names.
    pub fn beginning_with(&mut self, prefix: &str) -> Vec<(String, String)> {
        let (taken, open) = std::mem::take(&mut self.open).into_iter().partition(|(name, _)| name.starts_with(prefix));
        self.open = open;
        let taken: Vec<(String, String)> = taken;
        taken.into_iter().map(|(name, value)| (name[prefix.len()..].to_owned(), value)).collect()
    }

    /// A reference that may be there once.
    pub fn reference<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        match self.one(name)?.parse() {
            Ok(reference) => Some(reference),
            Err(error) => {
                self.finding(name, "invalid", format!("It cannot be that: {error}."));
                None
            }
        }
    }

    /// A day that may be there, as `yyyy-mm-dd`.
    pub fn day(&mut self, name: &str) -> Option<Date> {
        let asked = self.one(name)?;
        let day = read_day(&asked);
        if day.is_none() {
            self.finding(name, "invalid_day", "Use a day of the calendar, as yyyy-mm-dd.");
        }
        day
    }

    /// The period from `from` to `to`, made of its days by `period`. None is left out without a finding.
    pub fn period(&mut self, period: impl Fn(Date, Date) -> Result<Period, InvalidPeriod>) -> Option<Period> {
        for name in ["from", "to"] {
            if !self.has(name) {
                self.finding(
                    name,
                    "required",
                    "Name the first day as from and the last one as to, each as yyyy-mm-dd.",
                );
            }
        }
        let (from, to) = (self.day("from"), self.day("to"));
        let made = period(from?, to?);
        made.map_err(|error| self.finding("to", error.code(), error.to_string())).ok()
    }

    /// The values of a parameter that may be there more than once.
    pub fn many<T: FromStr<Err: Display> + Ord>(&mut self, name: &str) -> BTreeSet<T> {
        let asked = self.all(name);
        if asked.len() > MAX_VALUES {
            self.finding(name, "too_many", format!("Name it {MAX_VALUES} times at most."));
            return BTreeSet::new();
        }
        let mut values = BTreeSet::new();
        for text in asked {
            match text.parse() {
                Ok(value) => {
                    values.insert(value);
                }
                Err(error) => self.finding(name, "invalid", format!("It cannot be that: {error}.")),
            }
        }
        values
    }

    /// Whether something is wanted: `true`, or `false` like nothing.
    pub fn flag(&mut self, name: &str) -> bool {
        self.word(name, &[("true", true), ("false", false)]).unwrap_or_default()
    }

    /// JSON or CSV: as `format` says, or else as the headers do.
    pub fn format(&mut self) -> Format {
        self.word("format", &[("json", Format::Json), ("csv", Format::Csv)]).unwrap_or(self.accepted)
    }

    /// Notes what is wrong with a parameter.
    pub fn finding(&mut self, name: &str, code: &'static str, detail: impl Into<String>) {
        self.found.push(FieldError::new(name, code, detail));
    }

    /// What was read, if that is all that was asked, and nothing was wrong with it.
    ///
    /// # Errors
    /// 400 with everything that is; 500 if something is missing without a finding.
    pub fn finish<T>(mut self, read: Option<T>) -> Result<T, Problem> {
        let unread: BTreeSet<String> = self.open.drain(..).map(|(name, _)| name).collect();
        for name in unread {
            self.finding(&name, "unknown_parameter", "This path does not take it.");
        }
        match read.filter(|_| self.found.is_empty()) {
            Some(read) => Ok(read),
            None if self.found.is_empty() => Err(Problem::internal()),
            None => Err(Problem::invalid_query(self.found)),
        }
    }

    fn all(&mut self, name: &str) -> Vec<String> {
        let (taken, open) = std::mem::take(&mut self.open).into_iter().partition(|(asked, _)| asked == name);
        self.open = open;
        let taken: Vec<(String, String)> = taken;
        taken.into_iter().map(|(_, value)| value).collect()
    }
}

fn one_of<T>(words: &[(&'static str, T)]) -> String {
    let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    format!("Use one of {}.", words.join(", "))
}

/// A day, as `yyyy-mm-dd` and nothing else.
pub(crate) fn read_day(text: &str) -> Option<Date> {
    // The parser takes times too, and cuts them.
    text.parse().ok().filter(|day: &Date| day.to_string() == text)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use axum::http::{Request, header};
    use domain::id::CampaignRef;

    use super::*;

    async fn asked(query: &str) -> Asked {
        accepting("*/*", query).await
    }

    async fn accepting(kinds: &str, query: &str) -> Asked {
        let request = Request::builder().uri(format!("/x?{query}")).header(header::ACCEPT, kinds);
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        Asked::from_request_parts(&mut parts, &()).await.unwrap()
    }

    fn findings(asked: Asked) -> Vec<String> {
        let problem = asked.finish(Some(())).err();
        let errors = problem.map(|problem| problem.errors).unwrap_or_default();
        errors.into_iter().map(|error| format!("{}:{}", error.field, error.code)).collect()
    }

    #[tokio::test]
    async fn what_nobody_reads_is_unknown() {
        let mut query = asked("campid=a&campid=b&offset=2&campid=a").await;
        let campaigns: BTreeSet<CampaignRef> = query.many("campid");
        assert_eq!(campaigns.iter().map(CampaignRef::as_str).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(findings(query), ["offset:unknown_parameter"]);
    }

    #[tokio::test]
    async fn a_day_is_a_day_of_the_calendar_and_nothing_else() {
        for (text, right) in [
            ("2026-11-05", true),
            ("2028-02-29", true),
            ("2026-02-29", false),
            ("2026-11-5", false),
            ("20261105", false),
            ("2026-11-05T10:00", false),
            ("", false),
            ("today", false),
        ] {
            let mut query = asked(&format!("day={text}")).await;
            assert_eq!(query.day("day").is_some(), right, "{text}");
            assert_eq!(findings(query).is_empty(), right, "{text}");
        }
    }

    #[tokio::test]
    async fn a_period_needs_both_its_ends_and_each_once() {
        let period = async |query: &str| {
            let mut query = asked(query).await;
            let period = query.period(|from, to| Period::new(from, to, 366));
            (period.is_some(), findings(query).join(" "))
        };
        assert_eq!(period("from=2026-11-01&to=2026-11-30").await, (true, String::new()));
        assert_eq!(period("").await, (false, "from:required to:required".to_owned()));
        assert_eq!(period("from=2026-11-01&to=x").await, (false, "to:invalid_day".to_owned()));
        assert_eq!(period("from=2026-11-02&to=2026-11-01").await, (false, "to:backwards".to_owned()));
        assert_eq!(period("from=2026-11-02&to=2027-11-03").await, (false, "to:too_long".to_owned()));
        assert_eq!(period("from=2026-11-01&from=2026-11-01&to=2026-11-30").await, (true, "from:repeated".to_owned()));
    }

    #[tokio::test]
    async fn csv_is_for_those_who_ask_for_it() {
        let format = async |query: &str, accept: &str| {
            let mut query = accepting(accept, query).await;
            (query.format(), findings(query).join(" "))
        };
        for (query, accept, expected) in [
            ("", "*/*", Format::Json),
            ("", "text/html,application/xhtml+xml,*/*;q=0.8", Format::Json),
            ("", "Text/CSV; charset=utf-8", Format::Csv),
            ("", "text/csv, application/json;q=0.5", Format::Csv),
            ("", "application/json, text/csv", Format::Json),
            ("", "text/csv;q=0.1, application/json", Format::Json),
            ("", "application/json;q=0.5, text/csv; q=0.9", Format::Csv),
            ("format=csv", "application/json", Format::Csv),
            ("format=json", "text/csv", Format::Json),
        ] {
            assert_eq!(format(query, accept).await, (expected, String::new()), "{query} {accept}");
        }
        assert_eq!(format("format=xml", "*/*").await, (Format::Json, "format:unknown_word".to_owned()));
    }

    #[tokio::test]
    async fn a_reference_that_cannot_be_one_and_too_many_of_them_are_findings() {
        let mut query = asked("campid=a%20b&sid=ok").await;
        assert!(query.many::<CampaignRef>("campid").is_empty());
        assert_eq!(query.many::<CampaignRef>("sid").len(), 1);
        assert_eq!(findings(query), ["campid:invalid"]);
        let mut query = asked(&"campid=a&".repeat(51)).await;
        query.many::<CampaignRef>("campid");
        assert_eq!(findings(query), ["campid:too_many"]);
    }
}
