//! What of a delivery's answer rules could never work, found when it is saved.

use std::collections::BTreeSet;

use super::{AnswerRule, AnswerRules, Pick, Then, rule::is_status_pattern, xml};
use crate::{destination::is_header_name, setup::Invalid, words::MAX_REASON};

/// Rules of one delivery.
const MAX_RULES: usize = 50;
/// Entries of the map of reasons.
const MAX_REASONS: usize = 200;
/// Different headers that one delivery looks at: they are kept with every answer.
const MAX_HEADERS: usize = 8;

impl AnswerRules {
    pub(crate) fn check(&self, place: &str, found: &mut Vec<Invalid>) {
        if !self.rules.iter().any(|rule| matches!(rule.then, Then::Accepted | Then::AwaitingFeedback)) {
            let detail =
                "Say how an accepted lead is recognised; a 2xx status alone is not acceptance unless a rule says so.";
            found.push(Invalid::new(format!("{place}.rules"), "required", detail));
        }
        if self.rules.len() > MAX_RULES {
            found.push(Invalid::new(format!("{place}.rules"), "length", format!("Use at most {MAX_RULES} rules.")));
        }
        for (at, rule) in self.rules.iter().enumerate() {
            rule.check(&format!("{place}.rules.{at}"), found);
        }
        for (name, pick) in self.picks() {
            pick.check(&format!("{place}.{name}"), found);
        }
        if self.header_names().len() > MAX_HEADERS {
            let detail = format!("Look at no more than {MAX_HEADERS} different headers.");
            found.push(Invalid::new(place, "headers", detail));
        }
        self.check_reasons(&format!("{place}.reasons"), found);
    }

    fn check_reasons(&self, place: &str, found: &mut Vec<Invalid>) {
        if self.reasons.len() > MAX_REASONS {
            found.push(Invalid::new(place, "length", format!("Use at most {MAX_REASONS}.")));
        }
        if !self.reasons.is_empty() && self.reason.is_none() {
            found.push(Invalid::new(place, "no_reason", "Say with reason where the code is in the answer."));
        }
        for (code, meaning) in &self.reasons {
            let fits =
                |text: &str| !text.trim().is_empty() && text.trim() == text && text.chars().count() <= MAX_REASON;
            if !fits(code) || !fits(meaning) {
                let detail =
                    format!("Use 1 to {MAX_REASON} characters without blanks around them, for code and meaning.");
                found.push(Invalid::new(format!("{place}.{code}"), "length", detail));
            }
        }
    }

    fn picks(&self) -> impl Iterator<Item = (&'static str, &Pick)> {
        let Self { rules: _, reasons: _, reference, price, redirect_url, reason } = self;
        let all = [("reference", reference), ("price", price), ("redirect_url", redirect_url), ("reason", reason)];
        all.into_iter().filter_map(|(name, pick)| Some((name, pick.as_ref()?)))
    }

    /// The headers that rules and picks look at, in lower case.
    pub(super) fn header_names(&self) -> BTreeSet<String> {
        let matched = self.rules.iter().filter_map(|rule| rule.header.as_ref()).map(|header| &header.name);
        let picked = self.picks().filter_map(|(_, pick)| match pick {
            Pick::Header(name) => Some(name),
            Pick::Json(_) | Pick::Xml(_) | Pick::Pattern(_) => None,
        });
        matched.chain(picked).map(|name| name.to_ascii_lowercase()).collect()
    }

    pub(super) fn reads_json(&self) -> bool {
        self.rules.iter().any(|rule| rule.json.is_some()) || self.picks().any(|(_, pick)| matches!(pick, Pick::Json(_)))
    }

    pub(super) fn reads_xml(&self) -> bool {
        self.rules.iter().any(|rule| rule.xml.is_some()) || self.picks().any(|(_, pick)| matches!(pick, Pick::Xml(_)))
    }
}

impl AnswerRule {
    fn check(&self, place: &str, found: &mut Vec<Invalid>) {
        if self.is_empty() {
            let detail = "A rule names a status, header, json, xml, text, keyword or pattern; this one matches all.";
            found.push(Invalid::new(place, "empty", detail));
        }
        for pattern in self.status.iter().filter(|pattern| !is_status_pattern(pattern)) {
            let detail = format!("{pattern} is not a status; use three digits such as 200, or 4xx.");
            found.push(Invalid::new(format!("{place}.status"), "status", detail));
        }
        for (name, text) in [("text", &self.text), ("keyword", &self.keyword)] {
            if text.as_ref().is_some_and(|text| text.trim().is_empty() || text.len() > 1_000) {
                found.push(Invalid::new(format!("{place}.{name}"), "length", "Use 1 to 1,000 characters."));
            }
        }
        if let Some(header) = &self.header {
            check_header(&format!("{place}.header.name"), &header.name, found);
        }
        if let Some(json) = &self.json {
            check_pointer(&format!("{place}.json.pointer"), &json.pointer, found);
        }
        if let Some(xml) = &self.xml {
            check_path(&format!("{place}.xml.path"), &xml.path, found);
        }
        if let Some(flaw) = self.pattern.as_ref().and_then(|pattern| pattern.flaw()) {
            found.push(Invalid::new(format!("{place}.pattern"), "bad_pattern", flaw));
        }
    }
}

impl Pick {
    fn check(&self, place: &str, found: &mut Vec<Invalid>) {
        match self {
            Self::Json(pointer) => check_pointer(&format!("{place}.json"), pointer, found),
            Self::Xml(path) => check_path(&format!("{place}.xml"), path, found),
            Self::Header(name) => check_header(&format!("{place}.header"), name, found),
            Self::Pattern(pattern) => {
                found.extend(pattern.flaw().map(|flaw| Invalid::new(format!("{place}.pattern"), "bad_pattern", flaw)))
            }
        }
    }
}

fn check_pointer(place: &str, pointer: &str, found: &mut Vec<Invalid>) {
    if !pointer.starts_with('/') || pointer.len() > 200 {
        found.push(Invalid::new(place, "pointer", "Use a JSON pointer such as /result/status."));
    }
}

fn check_path(place: &str, path: &str, found: &mut Vec<Invalid>) {
    if !xml::is_path(path) {
        let detail = "Use a path from the root such as /response/status, or /response/@code for an attribute.";
        found.push(Invalid::new(place, "path", detail));
    }
}

fn check_header(place: &str, name: &str, found: &mut Vec<Invalid>) {
    if !is_header_name(name) {
        found.push(Invalid::new(place, "header", "Use the name of a header, such as X-Result."));
    }
}
