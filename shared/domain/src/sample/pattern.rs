//! Texts that match a regular expression, read off its syntax.

use regex_syntax::hir::{Class, Hir, HirKind};

/// The longest text that is tried, in bytes; values are not longer.
const MAX_BYTES: usize = 1_000;
/// Parts of the expression that are walked through for one text.
const MAX_STEPS: usize = 10_000;
/// How much more often than it must a part is repeated, in the last text that is tried.
const MOST_REPEATS: u32 = 40;

/// Some texts that match, short ones first. What `\b` and the like ask for is not looked after, so not all of them must.
pub(super) fn matching(pattern: &str) -> Vec<String> {
    let Ok(hir) = regex_syntax::parse(pattern) else { return Vec::new() };
    let text = |repeats| {
        let mut text = Text { bytes: Vec::new(), steps: 0, repeats };
        text.write(&hir)?;
        String::from_utf8(text.bytes).ok()
    };
    (0..=MOST_REPEATS).filter_map(text).collect()
}

struct Text {
    bytes: Vec<u8>,
    steps: usize,
    repeats: u32,
}

impl Text {
    /// None when it would take too long or become too long, or when nothing matches.
    fn write(&mut self, hir: &Hir) -> Option<()> {
        self.steps += 1;
        if self.steps > MAX_STEPS || self.bytes.len() > MAX_BYTES {
            return None;
        }
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => self.bytes.extend_from_slice(&literal.0),
            HirKind::Class(class) => {
                let mut buffer = [0; 4];
                self.bytes.extend_from_slice(member(class)?.encode_utf8(&mut buffer).as_bytes());
            }
            HirKind::Repetition(repetition) => {
                let wanted = repetition.min.max(self.repeats);
                for _ in 0..repetition.max.map_or(wanted, |max| wanted.min(max)) {
                    self.write(&repetition.sub)?;
                }
            }
            HirKind::Capture(capture) => self.write(&capture.sub)?,
            HirKind::Concat(parts) => parts.iter().try_for_each(|part| self.write(part))?,
            HirKind::Alternation(choices) => self.write(choices.first()?)?,
        }
        Some(())
    }
}

/// A character of the class: a plain one where it has any.
fn member(class: &Class) -> Option<char> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class.ranges().iter().map(|range| (range.start(), range.end())).collect(),
        Class::Bytes(class) => class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect(),
    };
    let has = |sign: &char| ranges.iter().any(|(start, end)| (*start..=*end).contains(sign));
    ['a', 'A', '1', ' '].into_iter().find(has).or(ranges.first().map(|(start, _)| *start))
}
