//! Whether what is said once more is news, so that what is said twice is written down once.

use super::{Word, Words};

impl Words {
    /// With what the person itself says by a message that it was sent, in answer to all that was said before. None: it has said just that
    /// already. That somebody else has said the same of it is no reason to leave it out.
    #[must_use]
    pub fn with_answer(&self, word: &Word) -> Option<Self> {
        self.with(self.placed_last(word))
    }

    /// With what a list says of the person, which is known by its time if it names one. None: it is known, or holds already.
    #[must_use]
    pub fn with_listed(&self, word: &Word, has_time: bool) -> Option<Self> {
        let is_it = |before: &Word| (before.at, before.yes, before.how) == (word.at, word.yes, word.how);
        let holds = |last: &Word| last.yes == word.yes && (!has_time || last.at <= word.at);
        if self.iter().any(is_it) || self.last().is_some_and(holds) {
            return None;
        }
        self.with(if has_time { word.clone() } else { self.placed_last(word) })
    }

    /// Whether somebody has said no that was not there in what was `seen`, wherever its time places it.
    pub fn has_no_beyond(&self, seen: &Self) -> bool {
        // What the person was told may be forgotten since.
        let is_it = |word: &Word, known: &Word| (known.at, &known.by, known.how) == (word.at, &word.by, word.how);
        self.iter().any(|word| !word.yes && !seen.iter().any(|known| is_it(word, known)))
    }

    /// The word as the last one: clocks differ by moments, and what is said now is said in answer to what is known.
    fn placed_last(&self, word: &Word) -> Word {
        let at = self.last().map_or(word.at, |last| last.at.max(word.at));
        Word { at, ..word.clone() }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]
mod tests {
    use super::*;
    use crate::{
        consent::{How, Speaker},
        lead::tests::at,
    };

    fn word(yes: bool, seconds: i64, by: &str, how: How) -> Word {
        Word { yes, at: at(seconds), by: by.parse().unwrap(), how, told: None }
    }

    fn answer(yes: bool, seconds: i64) -> Word {
        word(yes, seconds, "person", How::Page)
    }

    fn listed(yes: bool, seconds: i64) -> Word {
        word(yes, seconds, "seller key k1", How::List)
    }

    #[test]
    fn who_says_the_same_again_says_nothing_new_and_who_changes_its_mind_is_heard() {
        let no = Words::default().with_answer(&answer(false, 10)).unwrap();
        let again = word(false, 20, "person", How::OneClick);
        assert_eq!(no.with_answer(&again), None);
        let yes = no.with_answer(&answer(true, 20)).unwrap();
        assert_eq!(yes.with_answer(&answer(true, 30)), None);
        assert!(!yes.with_answer(&answer(false, 30)).unwrap().last().unwrap().yes);
    }

    #[test]
    fn what_the_person_says_is_written_down_also_where_the_seller_said_it_before() {
        let no = Words::default().with_listed(&listed(false, 10), false).unwrap();
        let own = no.with_answer(&answer(false, 20)).unwrap();
        assert_eq!(own.last().unwrap().by, Speaker::Person);
        assert_eq!(own.with_listed(&listed(false, 30), false), None, "the list has no news of it");
    }

    #[test]
    fn an_answer_holds_also_where_the_clock_is_behind() {
        let yes = Words::default().with_listed(&listed(true, 10), true).unwrap();
        let no = yes.with_answer(&answer(false, 9)).unwrap();
        assert_eq!((no.last().unwrap().yes, no.last().unwrap().at), (false, at(10)));
    }

    #[test]
    fn a_list_that_comes_again_changes_nothing_whatever_was_said_since() {
        let yes = Words::default().with_listed(&listed(true, 10), true).unwrap();
        let no = yes.with_answer(&answer(false, 20)).unwrap();
        assert_eq!(no.with_listed(&listed(true, 10), true), None);
        let old = no.with_listed(&listed(true, 5), true).unwrap();
        assert!(!old.last().unwrap().yes, "what was said before does not hold any more");
        assert_eq!(old.with_listed(&listed(true, 5), true), None);
        assert!(no.with_listed(&listed(true, 30), true).unwrap().last().unwrap().yes);
    }
}
