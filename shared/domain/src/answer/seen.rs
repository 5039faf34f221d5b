//! An answer as rules and picks see it: its parts, read once.

use std::{cell::OnceCell, collections::BTreeMap};

use roxmltree::Document;
use serde_json::Value;

use super::{Answer, AnswerRules, xml};

/// An answer with its body read in each way that the delivery asks for.
pub(super) struct Seen<'a> {
    pub(super) status: u16,
    pub(super) text: &'a str,
    pub(super) json: Option<Value>,
    pub(super) xml: Option<Document<'a>>,
    headers: &'a BTreeMap<String, String>,
    lower: OnceCell<String>,
}

impl<'a> Seen<'a> {
    pub(super) fn new(rules: &AnswerRules, answer: &Answer<'a>, text: &'a str) -> Self {
        let json = rules.reads_json().then(|| serde_json::from_str(text).ok()).flatten();
        let xml = rules.reads_xml().then(|| xml::parse(text)).flatten();
        Self { status: answer.status, text, json, xml, headers: answer.headers, lower: OnceCell::new() }
    }

    /// The value of a header, whatever the case of its name.
    pub(super) fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.get(&name.to_ascii_lowercase()).map(|value| value.trim())
    }

    /// The body in lower case.
    pub(super) fn lower(&self) -> &str {
        self.lower.get_or_init(|| self.text.to_lowercase())
    }
}
