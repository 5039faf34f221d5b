//! Cursors of searches: where a page ended, sealed for who asked for it and for what.

use domain::{
    access::Principal,
    query::Span,
    time::{later, rfc3339},
};
use jiff::{SignedDuration, Timestamp};
use lambda::{
    Problem,
    list::{bad_cursor, cursor},
    search_form::SearchForm,
};
use serde::{Deserialize, Serialize};
use store::Identity;

/// Who comes later than this is not on the same screen any more.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Where a page ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// The last lead, as lists are sorted by.
    #[serde(rename = "p")]
    pub(super) position: String,
    /// The time that is searched: that of the first page, however late the next one is asked for.
    #[serde(rename = "r")]
    pub(super) received: Span,
    #[serde(rename = "t", with = "domain::time")]
    issued: Timestamp,
}

/// The cursors of one search.
pub(super) struct Cursors<'a> {
    pub(super) identity: &'a Identity,
    pub(super) principal: &'a Principal,
    pub(super) form: &'a SearchForm,
    pub(super) now: Timestamp,
}

impl Cursors<'_> {
    /// The cursor of a page that ended there.
    ///
    /// # Errors
    /// 500: the secret of the installation is unusable.
    pub(super) fn seal(&self, position: String, received: Span) -> Result<String, Problem> {
        let text = serde_json::to_string(&Cursor { position, received, issued: self.now });
        let text = text.map_err(|error| Problem::broken(&error))?;
        self.identity.seal(&self.bound_to(), &text).map(cursor).ok_or_else(Problem::internal)
    }

    /// What a cursor says.
    ///
    /// # Errors
    /// 400: it is none of this search's, or too old.
    pub(super) fn open(&self, sealed: &str) -> Result<Cursor, Problem> {
        let text = self.identity.unseal(&self.bound_to(), sealed).ok_or_else(bad_cursor)?;
        let cursor: Cursor = serde_json::from_str(&text).map_err(|_| bad_cursor())?;
        if later(cursor.issued, GOOD_FOR) < self.now {
            let since = rfc3339(cursor.issued);
            return Err(Problem::bad_request(
                "stale_cursor",
                format!("This cursor is of {since}, more than a day ago: leave it out to start again."),
            ));
        }
        Ok(cursor)
    }

    fn bound_to(&self) -> String {
        format!("leads {} {}", self.principal.tag(), serde_json::to_string(self.form).unwrap_or_default())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

    use super::*;

    #[test]
    fn a_cursor_is_good_for_a_day_and_keeps_the_time_that_is_searched() {
        let identity = Identity::new("a secret of tests".to_owned().into());
        let now: Timestamp = "2026-11-05T10:20:30Z".parse().unwrap();
        let received = Span { from: later(now, -GOOD_FOR), until: now };
        let form = SearchForm::default();
        let at = |now| Cursors { identity: &identity, principal: &Principal::Seller, form: &form, now };
        let given = at(now).seal("2026-11-05T10:00:00.000Z#lead_1".to_owned(), received).unwrap();
        // What reading a query makes of it.
        let sealed = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(given).unwrap()).unwrap();
        let opened = at(later(now, GOOD_FOR)).open(&sealed).unwrap();
        assert_eq!((opened.position.as_str(), opened.received), ("2026-11-05T10:00:00.000Z#lead_1", received));
        let late = at(later(now, GOOD_FOR + SignedDuration::from_millis(1))).open(&sealed).unwrap_err();
        assert_eq!((late.status.as_u16(), late.code), (400, "stale_cursor"));
        assert_eq!(at(now).open("00").unwrap_err(), bad_cursor());
        for place in [0, sealed.len() / 2, sealed.len() - 1] {
            let mut digits = sealed.clone().into_bytes();
            digits[place] = if digits[place] == b'0' { b'1' } else { b'0' };
            let changed = String::from_utf8(digits).unwrap();
            assert_eq!(at(now).open(&changed).unwrap_err(), bad_cursor(), "one digit is another, at {place}");
        }
    }
}
