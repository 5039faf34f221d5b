//! The refusal of markup and script in lead values, whatever page or mail a buyer may show them on.

mod entities;

use entities::decode_entities;
use percent_encoding::percent_decode_str;

use crate::words::TURNS_ROUND;

/// Elements that act even when their tag is never closed, because a page closes it later.
const ACTIVE_ELEMENTS: &[&str] = &[
    "script", "iframe", "frame", "object", "embed", "applet", "svg", "math", "style", "link", "meta", "base", "form",
    "img", "image", "video", "audio", "input", "button", "template", "noscript", "body", "html",
];
/// Schemes that run what follows them.
const SCRIPT_SCHEMES: &[&str] =
    &["javascript:", "vbscript:", "data:text/html", "data:image/svg+xml", "data:application/xhtml"];
/// How long the name of an event attribute is at least, after its `on`: that of `oncut` is the shortest.
const EVENT_MIN_CHARS: usize = 3;
/// Words that start like an event attribute and are none: `online=yes` is text. Everything else is taken for one, as browsers
/// learn new events faster than any list does.
const WORDS: &[&str] = &[
    "onboard",
    "onboarding",
    "oncology",
    "oncoming",
    "onerous",
    "oneself",
    "onetime",
    "ongoing",
    "onion",
    "onions",
    "online",
    "onlooker",
    "onlookers",
    "onrush",
    "onsale",
    "onscreen",
    "onset",
    "onshore",
    "onside",
    "onsite",
    "onslaught",
    "onstage",
    "onstreet",
    "ontario",
    "ontology",
    "onward",
    "onwards",
];

/// What makes a value unsafe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsafe {
    /// A control character other than tab and line ends, or one that turns the text round.
    ControlCharacter,
    /// A tag, comment or declaration of HTML or XML.
    HtmlTag,
    /// A URL whose scheme runs what follows it.
    ScriptUrl,
    /// An attribute that runs its value, such as `onerror=`.
    EventHandler,
}

impl Unsafe {
    /// Stable code for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::ControlCharacter => "control_character",
            Self::HtmlTag => "html_tag",
            Self::ScriptUrl => "script_url",
            Self::EventHandler => "event_handler",
        }
    }

    /// A sentence that says what to leave out; it never repeats the value.
    pub fn detail(self) -> &'static str {
        match self {
            Self::ControlCharacter => "Leave out control characters; only tabs and line ends are taken.",
            Self::HtmlTag => "Leave out HTML: no tags, comments or scripts.",
            Self::ScriptUrl => "Leave out URLs that run script, such as javascript: or data:text/html.",
            Self::EventHandler => "Leave out script: no event attributes such as onerror=.",
        }
    }
}

/// What is unsafe in a value, or none. Judged as it stands and after one round of percent and of entity decoding,
/// singly and in either order, for what buyers' systems decode on the way to a page. Unsafe are, in any case of
/// letters:
///
/// - control characters, but for tab, line feed and carriage return, and the one that turns what follows it round;
/// - `<name`, `</name`, `<!` or `<?` with a `>` anywhere after it, and the start of an active element such as `<script`
///   or `<img` even without one. The sign must touch the name: `3 < 5`, `a<b` and `<3` are text;
/// - `javascript:`, `vbscript:` and `data:` with HTML or SVG, as the value's start, or inside it when the scheme stands
///   alone and touches what follows (`see JavaScript: the good parts` is text);
/// - `on` and three letters or more before an `=`, as event attributes have it, at the start or after a blank, quote or slash;
///   but for ordinary words such as `online`.
pub fn find_unsafe(value: &str) -> Option<Unsafe> {
    if let Some(found) = find_in(value) {
        return Some(found);
    }
    let by_percent = percent_decode_str(value).decode_utf8_lossy();
    let by_entity = decode_entities(value);
    [
        decode_entities(&by_percent),
        percent_decode_str(&by_entity).decode_utf8_lossy(),
        by_percent.clone(),
        by_entity.clone(),
    ]
    .iter()
    .find_map(|decoded| find_in(decoded))
}

fn find_in(text: &str) -> Option<Unsafe> {
    if text.chars().any(|sign| sign == TURNS_ROUND || sign.is_control() && !matches!(sign, '\t' | '\n' | '\r')) {
        return Some(Unsafe::ControlCharacter);
    }
    let lower = text.to_ascii_lowercase();
    if lower.match_indices('<').any(|(at, _)| is_markup(&lower[at + 1..])) {
        Some(Unsafe::HtmlTag)
    } else if has_script_url(&lower) {
        Some(Unsafe::ScriptUrl)
    } else if has_event(&lower) {
        Some(Unsafe::EventHandler)
    } else {
        None
    }
}

/// Whether what follows a `<` makes it the start of markup.
fn is_markup(after: &str) -> bool {
    let closed = after.contains('>');
    if after.starts_with(['!', '?']) {
        return closed;
    }
    let name = after.strip_prefix('/').unwrap_or(after);
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return false;
    }
    let end = name.find(|sign: char| !sign.is_ascii_alphanumeric()).unwrap_or(name.len());
    closed || ACTIVE_ELEMENTS.contains(&&name[..end])
}

fn has_script_url(lower: &str) -> bool {
    // Browsers skip tabs and line ends within a scheme.
    let joined: String = lower.trim().chars().filter(|sign| !matches!(sign, '\t' | '\n' | '\r')).collect();
    SCRIPT_SCHEMES.iter().any(|scheme| {
        joined.match_indices(scheme).any(|(at, _)| {
            let stands_alone = !joined[..at].ends_with(|before: char| before.is_alphanumeric());
            let touches = joined[at + scheme.len()..].starts_with(|after: char| !after.is_whitespace());
            at == 0 || (stands_alone && touches)
        })
    })
}

fn has_event(lower: &str) -> bool {
    lower.match_indices("on").any(|(at, _)| {
        let before = lower[..at].chars().next_back();
        let starts = before.is_none_or(|sign| sign.is_whitespace() || matches!(sign, '"' | '\'' | '`' | '/'));
        starts && is_event(&lower[at..])
    })
}

/// Whether a text that starts with `on` starts with an event attribute.
fn is_event(text: &str) -> bool {
    let end = text.find(|sign: char| !sign.is_ascii_alphanumeric()).unwrap_or(text.len());
    let (name, after) = text.split_at(end);
    let letters = name["on".len()..].bytes().take_while(u8::is_ascii_lowercase).count();
    letters >= EVENT_MIN_CHARS && !WORDS.contains(&name) && after.trim_start().starts_with('=')
}

#[cfg(test)]
mod tests;
