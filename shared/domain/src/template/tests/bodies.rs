//! Whole bodies by template: each value stays one value, and what could never be read is found when it is saved.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::template::{Escaping, TemplateError, ValueTemplate};

const NASTY: &[&str] = &[
    "\", \"admin\": \"yes",
    "\\",
    "\\\"",
    "a\"b\nc\td\r\0",
    "</a><b admin=\"yes\">",
    "]]><!-- &lt; ' -->",
    "{{ lead.id }}\u{1}\u{2}",
    "é 😀 \u{2028}",
    "",
];

fn body(source: &str, escaping: Escaping, value: &str) -> Result<String, TemplateError> {
    let values = json!({ "lead": { "c1": value, "c2": "x" }, "attempt": { "number": 2 } });
    ValueTemplate::from(source).render_body(&values, escaping)
}

fn check(source: &str, content_type: &str) -> Result<(), &'static str> {
    ValueTemplate::from(source).check_body(&[], Escaping::of(content_type)).map_err(|error| error.code())
}

/// A value in quotes with other text, one without quotes, one in a name, a number, a truth, and what is absent.
const JSON: &str = r#"{"in": "<{{ lead.c1 }}> {{ lead.c2 }}", "out": {{ lead.c1 }}, "{{ lead.c2 }}": "\"{{ lead.c1 }}\"",
    "n": {{ attempt.number }}, "yes": {{ lead.c2 == 'x' }}, "none": {{ lead.c3 }}, "nil": "{{ lead.c3 }}"}"#;

fn is_one_value_in_json(value: &str) -> bool {
    let body = body(JSON, Escaping::Json, value).unwrap();
    let wanted = json!({
        "in": format!("<{value}> x"), "out": value, "x": format!("\"{value}\""), "n": 2, "yes": true, "none": "", "nil": "",
    });
    serde_json::from_str::<Value>(&body).unwrap() == wanted
}

/// As text and as an attribute; or not at all, if XML cannot carry it.
fn is_one_value_in_xml(value: &str) -> bool {
    let body = body(r#"<r a="{{ lead.c1 }}" b='{{ lead.c1 }}'><t>{{ lead.c1 }}</t></r>"#, Escaping::Xml, value);
    let unfit = |sign: char| sign < ' ' && !"\t\n\r".contains(sign) || matches!(sign, '\u{fffe}' | '\u{ffff}');
    let Ok(body) = body else { return value.contains(unfit) };
    let document = roxmltree::Document::parse(&body).unwrap();
    let root = document.root_element();
    let text: String = root.descendants().filter(|node| node.is_text()).filter_map(|node| node.text()).collect();
    text == value && root.attribute("a") == Some(value) && root.attribute("b") == Some(value)
}

fn is_one_value_in_a_form(value: &str) -> bool {
    let body = body("a={{ lead.c1 }}&b=2", Escaping::Form, value).unwrap();
    let pairs: Vec<_> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    pairs == [("a".to_owned(), value.to_owned()), ("b".to_owned(), "2".to_owned())]
}

#[test]
fn a_value_stays_one_value_in_a_body_of_each_kind() {
    for value in NASTY {
        assert!(is_one_value_in_json(value), "{value:?}");
        assert!(is_one_value_in_xml(value), "{value:?}");
        assert!(is_one_value_in_a_form(value), "{value:?}");
    }
    assert_eq!(body("a,{{ lead.c1 }}", Escaping::Plain, "<\"&").unwrap(), "a,<\"&");
}

#[test]
fn the_content_type_says_how_values_are_escaped() {
    for (content_type, escaping) in [
        ("application/json", Escaping::Json),
        ("Application/Vnd.Api+JSON; charset=utf-8", Escaping::Json),
        ("text/xml", Escaping::Xml),
        ("application/soap+xml;charset=utf-8", Escaping::Xml),
        ("text/html", Escaping::Html),
        ("application/x-www-form-urlencoded", Escaping::Form),
        ("text/plain; charset=utf-8", Escaping::Plain),
        ("application/x-ndjson", Escaping::JsonLines),
        ("Application/JSONL", Escaping::JsonLines),
        ("application/json-seq", Escaping::JsonLines),
        ("application/json-patch+json", Escaping::Json),
        ("text/csv", Escaping::Unknown),
        ("text/plain+x", Escaping::Unknown),
        ("application/javascript", Escaping::Unknown),
        ("multipart/form-data; boundary=x", Escaping::Unknown),
        ("json", Escaping::Unknown),
    ] {
        assert_eq!(Escaping::of(content_type), escaping, "{content_type}");
    }
}

#[test]
fn a_value_stays_one_value_in_each_of_several_json_texts() {
    let source = "{\"n\":\"{{ lead.c1 }}\"}\n{\"n\":{{ lead.c1 }}}\n";
    assert_eq!(check(source, "application/x-ndjson"), Ok(()));
    assert_eq!(check("\u{1e}{\"n\":{{ lead.c1 }}}\n", "application/json-seq"), Ok(()));
    for value in ["x\",\"price\":\"0", "x\"}\n{\"n\":\"y"].iter().chain(NASTY) {
        let body = body(source, Escaping::of("application/x-ndjson"), value).unwrap();
        let texts: Vec<Value> = body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(texts, [json!({ "n": value }), json!({ "n": value })]);
    }
    assert_eq!(check("{\"n\":\"{{ lead.c1 }}}", "application/x-ndjson"), Err("template_not_well_formed"));
    assert_eq!(check("{}\n{}", "application/json"), Err("template_not_well_formed"));
}

#[test]
fn a_body_of_a_type_that_nobody_knows_how_to_escape_takes_no_values() {
    for content_type in ["text/csv", "application/javascript", "application/yaml", "multipart/form-data; boundary=x"] {
        assert_eq!(check("a,{{ lead.c1 }}", content_type), Err("template_not_available"), "{content_type}");
        assert_eq!(check("{% if lead.c1 %}a{% endif %}", content_type), Ok(()), "{content_type}");
        let rendered = body("{{ lead.c1 }}", Escaping::of(content_type), "x").map_err(|error| error.code());
        assert_eq!(rendered, Err("template_not_available"));
    }
}

#[test]
fn a_body_that_could_never_be_read_is_refused_when_it_is_saved() {
    for (source, content_type) in [
        (r#"{"a": "{{ lead.email }}",}"#, "application/json"),
        (r#"{"a": {{ lead.email }} {{ lead.c1 }}}"#, "application/json"),
        (r#"{"a": "\{{ lead.email }}"}"#, "application/json"),
        (r#"{"a": "{% if lead.c1 %}"{% endif %}}"#, "application/json"),
        ("<r>{{ lead.email }}", "text/xml"),
        ("<r a={{ lead.email }}/>", "text/xml"),
        ("<{{ lead.c1 }}>x</{{ lead.c1 }}>", "text/xml"),
        ("", "application/json"),
    ] {
        assert_eq!(check(source, content_type), Err("template_not_well_formed"), "{source}");
    }
    assert_eq!(check("{\"a\": \"\u{1}\"}", "application/json"), Err("template_not_available"));
    assert_eq!(check("{{ lead }}", "text/plain"), Err("template_unknown_name"));
}

#[test]
fn bodies_that_can_be_read_are_taken() {
    for (source, content_type) in [
        (JSON, "application/json"),
        (r#"[{% if lead.c1 %}"{{ lead.c1 }}"{% endif %}]"#, "application/json"),
        (r#"{"at": "{{ attempt.at | time('%d/%m/%Y %H:%M', 'Europe/London') }}"}"#, "application/json"),
        (r#"{"dob": "{{ lead.dob | time('%d/%m/%Y') }}"}"#, "application/json"),
        ("<?xml version=\"1.0\"?>\n<r a=\"{{ lead.c1 }}\"><![CDATA[{{ lead.c2 }}]]></r>", "text/xml"),
        ("<!DOCTYPE cXML SYSTEM \"cXML.dtd\"><cXML>{{ lead.c1 }}</cXML>", "text/xml"),
        ("<!doctype html><p>{{ lead.c1 }}<br>", "text/html"),
        ("LEAD|{{ lead.id }}|{{ lead.email | md5 }}", "text/plain"),
    ] {
        assert_eq!(check(source, content_type), Ok(()), "{source}");
    }
}

proptest! {
    #[test]
    fn any_text_stays_one_value(value in "(?s).{0,100}") {
        prop_assert!(is_one_value_in_json(&value));
        prop_assert!(is_one_value_in_xml(&value));
        prop_assert!(is_one_value_in_a_form(&value));
    }

    #[test]
    fn text_full_of_separators_stays_one_value(value in "[\\r\\n\\t\\x00\\x01\\x02\"'&=;:,<>/{}\\[\\]%+\\\\ a!-]{0,60}") {
        prop_assert!(is_one_value_in_json(&value));
        prop_assert!(is_one_value_in_xml(&value));
        prop_assert!(is_one_value_in_a_form(&value));
    }
}
