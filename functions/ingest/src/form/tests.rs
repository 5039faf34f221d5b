//! How single values and names are read.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use super::*;

fn one(post: Post) -> ReadLead {
    match post {
        Post::One(lead) => *lead,
        Post::Many(leads) => panic!("{leads:?}"),
    }
}

#[test]
fn texts_numbers_and_booleans_become_text_and_null_is_absent() {
    let body = r#"{"campid": "solar", "ssid": 42, "a": "x", "b": 12.5, "c": true, "d": null, "e": "", "sid": null}"#;
    let form = one(from_json(body).unwrap()).unwrap();
    let fields: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(fields, [("a", "x"), ("b", "12.5"), ("c", "true"), ("e", "")]);
    assert_eq!((form.ssid.as_deref(), form.sid, form.source, form.test), (Some("42"), None, None, false));
}

#[test]
fn numbers_keep_every_digit_that_was_sent() {
    for number in ["1.50", "0.12345678901234567890", "123456789012345678901", "1e2", "-0"] {
        let form = one(from_json(&format!("{{\"campid\": \"solar\", \"c1\": {number}}}")).unwrap()).unwrap();
        assert_eq!(form.fields["c1"], number);
    }
}

#[test]
fn a_form_reads_like_its_json() {
    let from = one(from_form("campid=solar&email=ann%40example.com&c1=a+b&test=TRUE").unwrap()).unwrap();
    let json = r#"{"campid": "solar", "email": "ann@example.com", "c1": "a b", "test": true}"#;
    assert_eq!(from, one(from_json(json).unwrap()).unwrap());
}

#[test]
fn json_that_is_called_a_form_is_told_its_content_type() {
    for body in [r#"{"campid": "solar"}"#, " \n{}", "[1]"] {
        let problem = from_form(body).unwrap_err();
        assert_eq!((problem.status.as_u16(), problem.detail.contains("application/json")), (415, true), "{body}");
    }
}

#[test]
fn all_mistakes_of_a_lead_are_named_at_once() {
    let body = r#"{"sid": "a b", "test": 2, "x": [], "x": {}, "y": [1]}"#;
    let errors = one(from_json(body).unwrap()).unwrap_err();
    let named: Vec<_> = errors.iter().map(|error| (error.field.as_str(), error.code)).collect();
    let wanted = [
        ("x", "not_a_value"),
        ("x", "repeated_field"),
        ("x", "not_a_value"),
        ("y", "not_a_value"),
        ("campid", "required"),
        ("sid", "invalid_reference"),
        ("test", "not_a_boolean"),
    ];
    assert_eq!(named, wanted);
}

#[test]
fn a_test_is_never_taken_for_a_real_lead_by_a_slip() {
    for (value, test) in
        [("true", true), ("\" Yes \"", true), ("1", true), ("\"no\"", false), ("0", false), ("false", false)]
    {
        let form = one(from_json(&format!("{{\"campid\":\"solar\",\"test\":{value}}}")).unwrap()).unwrap();
        assert_eq!(form.test, test, "{value}");
    }
    for value in ["\"\"", "\"y\"", "2", "[true]", "\"on\"", "1.0", "null"] {
        let read = one(from_json(&format!("{{\"campid\":\"solar\",\"test\":{value}}}")).unwrap());
        assert!(read.is_err(), "{value}");
    }
}
