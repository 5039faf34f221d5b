//! Texts as they are compared when somebody looks for them: case, accents, blanks and signs make no difference.

use deunicode::deunicode_char;

/// A text in which words are looked for.
pub(super) struct Folded {
    /// Its letters and digits alone, in lower case, and in ASCII where there is a way to write them so.
    squashed: String,
    /// Where in it each word begins.
    words: Vec<usize>,
}

impl Folded {
    pub(super) fn new(text: &str) -> Self {
        let mut folded = Self { squashed: String::with_capacity(text.len()), words: Vec::new() };
        let mut is_between = true;
        for letter in text.chars().flat_map(char::to_lowercase) {
            match folded_letter(letter) {
                Letter::Written(written) => written.chars().for_each(|sign| folded.push(sign, &mut is_between)),
                Letter::Itself => folded.push_as_it_is(letter, &mut is_between),
                Letter::Silent => {}
                Letter::Between => is_between = true,
            }
        }
        folded
    }

    /// Whether the text, from the beginning of any of its words on, begins with what is sought, which is [`squashed`].
    pub(super) fn has_word(&self, sought: &str) -> bool {
        self.words.iter().any(|at| self.squashed.get(*at..).is_some_and(|rest| rest.starts_with(sought)))
    }

    /// Syllables of some scripts are words of their own, with a blank behind them; other signs of a writing are not spoken.
    fn push(&mut self, sign: char, is_between: &mut bool) {
        if sign.is_ascii_alphanumeric() {
            self.push_as_it_is(sign.to_ascii_lowercase(), is_between);
        } else if sign == ' ' {
            *is_between = true;
        }
    }

    fn push_as_it_is(&mut self, letter: char, is_between: &mut bool) {
        if std::mem::take(is_between) {
            self.words.push(self.squashed.len());
        }
        self.squashed.push(letter);
    }
}

/// A text as it is sought: without anything between its words, and empty where it has no letter or digit.
pub(super) fn squashed(text: &str) -> String {
    Folded::new(text).squashed
}

enum Letter {
    /// So in ASCII.
    Written(&'static str),
    /// Of a script that nobody has written in ASCII.
    Itself,
    /// An accent, or a mark that no reader sees.
    Silent,
    /// A sign or a blank.
    Between,
}

fn folded_letter(letter: char) -> Letter {
    let written = deunicode_char(letter);
    if letter.is_alphanumeric() {
        written.map_or(Letter::Itself, Letter::Written)
    } else if written == Some("") && !letter.is_control() {
        Letter::Silent
    } else {
        Letter::Between
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn finds(sought: &str, text: &str) -> bool {
        Folded::new(text).has_word(&squashed(sought))
    }

    #[test]
    fn the_beginning_of_any_word_finds_a_text_whatever_its_blanks_case_and_accents() {
        let found = [
            ("high st", "12 High Street"),
            ("12 High Street", "12 High Street"),
            ("highstreet", "12 High Street"),
            ("sw1a1", "SW1A 1AA"),
            ("SW1A 1AA", "sw1a1aa"),
            ("1aa", "SW1A 1AA"),
            ("jose", "José"),
            ("JOSÉ", "jose"),
            ("jose", "Jose\u{301}"),
            ("Jos\u{e9}", "Jose\u{301}"),
            ("o'brien", "OBrien"),
            ("brien", "O’Brien"),
            ("obrien", "O’Brien"),
            ("strasse", "Große Straße"),
            ("STRASSE", "Straße"),
            ("müller", "Muller"),
            ("lodz", "Łódź"),
            ("istanbul", "İstanbul"),
            ("example.com", "jo@example.com"),
            ("100", "£100"),
            ("ivan", "Иван"),
            ("иван", "Ivan"),
            ("beijing", "北京"),
            ("京", "北京"),
            ("co op", "Co\u{ad}op"),
        ];
        for (sought, text) in found {
            assert!(finds(sought, text), "{sought} in {text}");
        }
    }

    #[test]
    fn the_middle_of_a_word_finds_nothing() {
        for (sought, text) in
            [("treet", "12 High Street"), ("ose", "José"), ("w1a", "SW1A 1AA"), ("high road", "High Ro")]
        {
            assert!(!finds(sought, text), "{sought} in {text}");
        }
    }

    #[test]
    fn a_script_that_has_no_ascii_is_found_as_it_is_written() {
        let text = "𖬖𖬲 jo";
        assert!(!squashed("𖬖").is_empty());
        assert!(finds("𖬖", text) && finds("jo", text));
    }

    #[test]
    fn signs_and_blanks_alone_are_nothing() {
        for text in ["", " ", "-", "…", "\u{301}", "£ €", "\t\r\n", "\u{0}", "Ъ ь"] {
            assert_eq!(squashed(text), "", "{text:?}");
        }
    }

    /// Words as people are called, of scripts whose letters have a case and of some whose have none. Some letters have no
    /// sound of their own, and nobody is called by these alone.
    fn words() -> impl Strategy<Value = String> {
        prop::collection::vec("[a-zA-Z0-9À-ÖØ-öø-ſа-яА-Яα-ωΑ-Ω\u{4e00}-\u{4e80}]{1,6}", 1..5)
            .prop_map(|words| words.join(" "))
            .prop_filter("a sound", |text| !squashed(text).is_empty())
    }

    proptest! {
        #[test]
        fn a_text_is_found_by_itself_in_any_case_and_with_any_blanks(text in words(), blanks in "[ ,.\t-]{0,3}") {
            let spaced = text.replace(' ', &format!(" {blanks}"));
            let squeezed = text.replace(' ', "");
            for sought in [text.to_uppercase(), text.to_lowercase(), format!("{blanks}{text}{blanks}"), spaced, squeezed] {
                prop_assert!(finds(&sought, &text), "{}", sought);
                prop_assert!(finds(&text, &sought), "{}", sought);
            }
        }

        #[test]
        fn it_is_found_by_the_beginning_of_each_of_its_words_and_by_it_with_accents(text in words(), accent in prop::char::range('\u{300}', '\u{30f}')) {
            for (at, _) in text.char_indices().filter(|(at, _)| *at == 0 || text[..*at].ends_with(' ')) {
                for end in text[at..].char_indices().map(|(end, _)| at + end).filter(|end| *end > at) {
                    prop_assert!(finds(&text[at..end], &text));
                }
            }
            let accented: String = text.chars().flat_map(|letter| [letter, accent]).collect();
            prop_assert_eq!(squashed(&accented), squashed(&text));
        }

        #[test]
        fn nothing_but_letters_and_digits_is_left_of_any_text_and_it_stays_as_it_is(text in "\\PC{0,40}") {
            let once = squashed(&text);
            prop_assert!(once.chars().all(char::is_alphanumeric), "{}", once);
            prop_assert_eq!(squashed(&once), once);
        }
    }
}
