//! What templates can do, what they cannot, and that no template harms the function it runs in.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use serde_json::json;

use super::*;

mod bodies;
mod bounds;

fn render(source: &str) -> Result<String, TemplateError> {
    let values = json!({
        "lead": {
            "id": "lead_1", "received": "2025-01-02T03:04:05.000Z", "email": "Jo@Example.com", "firstname": "jo",
            "lastname": "O'Brien <&>", "street2": null,
        },
        "attempt": {"id": "att_1", "number": 2, "at": "2026-06-30T23:30:00.000Z"},
        "campaign": "solar", "supplier": "acme", "source": "",
    });
    ValueTemplate::from(source).render(&values)
}

fn code(source: &str) -> &'static str {
    ValueTemplate::from(source).check().unwrap_err().code()
}

#[test]
fn names_filters_and_conditions_make_a_value() {
    for (source, value) in [
        ("plain text\n", "plain text\n"),
        ("{{ lead.firstname | title }} {{ lead.lastname }}", "Jo O'Brien <&>"),
        ("{{ campaign }}-{{ attempt.number + 1 }}", "solar-3"),
        ("{% if lead.email == 'x' %}a{% elif lead.phone1 %}b{% else %}c{% endif %}", "c"),
        ("{{ 'yes' if lead.email else 'no' }}", "yes"),
        ("{{ lead.email | split('@') | last | lower }}", "example.com"),
        ("{{ lead.firstname | replace('o', '0') ~ '!' }}", "j0!"),
        ("{{ 'a b' | urlencode }}", "a%20b"),
        ("{{ 'abc' | sha256 }}", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("{{ 'abc' | md5 }}", "900150983cd24fb0d6963f7d28e17f72"),
        ("{{ attempt.at | time('%d/%m/%Y %H:%M', 'Europe/London') }}", "01/07/2026 00:30"),
        ("{{ attempt.at|time('%Y%m%d') }}", "20260630"),
        ("{{ '1980-02-29' | time(\"%d.%m.%y %H:%M\", 'America/New_York') }}", "29.02.80 00:00"),
        ("{{ lead.dob | time('%d.%m.%Y') | default('unknown', true) }}", "unknown"),
        ("{# a note #}{{ '{% set %}' }}", "{% set %}"),
    ] {
        assert_eq!(ValueTemplate::from(source).check(), Ok(()), "{source}");
        assert_eq!(render(source).unwrap(), value, "{source}");
    }
}

#[test]
fn an_absent_or_null_field_is_the_empty_string() {
    assert_eq!(render("[{{ lead.phone1 }}{{ lead.street2 }}{{ source }}]").unwrap(), "[]");
    assert_eq!(
        render("{{ lead.street2 | title }}{{ lead.phone1 | split(' ') | first }}{{ lead.phone1[0:3] }}").unwrap(),
        ""
    );
    assert_eq!(render("{{ lead.phone1 | default('none given') }}").unwrap(), "none given");
    assert_eq!(render("{{ lead.phone1 | upper }}{{ lead.phone1 | sha256 | length }}").unwrap(), "64");
}

#[test]
fn an_unknown_name_is_refused_when_saved_with_a_hint() {
    let own: FieldName = "roof_type".parse().unwrap();
    let known = known_names([&own]);
    let check = |source: &str| ValueTemplate::from(source).check_against(&known);
    assert_eq!(check("{{ lead.roof_type }}{{ lead.email }}{{ attempt.id }}"), Ok(()));
    let error = check("{% if false %}{{ lead.emial }}{% endif %}").unwrap_err();
    assert_eq!(error.code(), "template_unknown_name");
    assert_eq!(error.to_string(), "There is no lead.emial; did you mean lead.email?");
}

#[test]
fn names_outside_the_lead_and_the_whole_lead_are_refused() {
    for source in [
        "{{ lead }}",
        "{{ lead['em' ~ 'ail'] }}",
        "{{ env.PATH }}",
        "{{ lead.a.b }}",
        "{{ lead.Email }}",
        "{{ range(3) }}",
        "{{ lead.email.upper() }}",
        "{{ debug() }}",
    ] {
        assert!(matches!(ValueTemplate::from(source).check(), Err(TemplateError::UnknownName { .. })), "{source}");
    }
}

#[test]
fn loops_assignments_includes_and_repetition_are_not_available() {
    for source in [
        "{% for x in lead %}{% endfor %}",
        "{% set a = 1 %}",
        "{%- include 'x' %}",
        "{% macro a() %}{% endmacro %}",
        "{% extends 'x' %}",
        "{% raw %}{{{% endraw %}",
        "{% %}",
        "{{ 'x' * 1000000 }}",
        "{{ lead.email | tojson }}",
        "{{ lead.email|join(',') }}",
        "{{ lead.email is defined }}",
        "{{ self }}",
        "{{ {\"a\":{\"b\":1}} and \"x\" * 5 }}",
        "{{ {'a': {'b': 1}} and self }}",
        "{% if {'a': {'b': 1%} } } %}{% endif %}",
        "{{ 1is odd }}",
        "{% with a = 1 %}{% endwith %}",
    ] {
        assert_eq!(code(source), "template_not_available", "{source}");
        assert_eq!(render(source).unwrap_err().code(), "template_not_available", "{source}");
    }
}

#[test]
fn a_time_has_a_format_and_a_zone_that_there_are() {
    for source in [
        "{{ attempt.at | time }}",
        "{{ attempt.at | time() }}",
        "{{ attempt.at | time(lead.c1) }}",
        "{{ attempt.at | time(format='%Y') }}",
        "{{ attempt.at | time('%Y', lead.c1) }}",
        "{{ attempt.at | time('%Y', 'Europe/Atlantis') }}",
        "{{ attempt.at | time('%Y', 'Europe/Lon' ~ 'don') }}",
        "{{ attempt.at | time('%!') }}",
        "{{ attempt.at | time('\\n') }}",
        "{% if attempt.at | time %}{% endif %}",
    ] {
        assert_eq!(code(source), "template_not_available", "{source}");
    }
    assert_eq!(code(&format!("{{{{ attempt.at | time('{}') }}}}", "%c".repeat(20))), "template_not_available");
    assert_eq!(render("{{ lead.email | time('%Y') }}").unwrap_err().code(), "template_unfit");
}

#[test]
fn a_broken_template_is_refused_with_its_line() {
    let error = ValueTemplate::from("one\n{{ lead.email").check().unwrap_err();
    assert!(matches!(error, TemplateError::Syntax { line: 2, .. }), "{error:?}");
    assert_eq!(code("{% if lead.email %}x"), "template_syntax");
    assert_eq!(code(&"x".repeat(MAX_TEMPLATE_BYTES + 1)), "template_too_long");
    assert!(ValueTemplate::from(format!("{}{}", "{{ ".to_owned() + &"(".repeat(4_000), "1").as_str()).check().is_err());
}

#[test]
fn a_value_beyond_the_limit_is_refused() {
    let long = "x".repeat(1_000);
    let values = json!({"lead": {"c1": long}});
    let source = "{{ lead.c1 }}".repeat(66);
    assert_eq!(ValueTemplate::from(source.as_str()).render(&values), Err(TemplateError::OutputTooLarge));
    let chained = format!("{{{{ 'x'{} }}}}", "|replace('x', 'xxxxxxxxxx')".repeat(20));
    assert_eq!(render(&chained).unwrap_err().code(), "template_unfit");
}

#[test]
fn an_operation_that_does_not_fit_is_told_without_the_value() {
    let error = render("{{ lead.email + 1 }}").unwrap_err();
    assert_eq!(error.code(), "template_unfit");
    assert!(!error.to_string().contains("Jo@"), "{error}");
}

#[test]
fn a_template_is_a_plain_string_in_json() {
    let template: ValueTemplate = serde_json::from_str("\"{{ lead.id }}\"").unwrap();
    assert_eq!(template.as_str(), "{{ lead.id }}");
    assert_eq!(serde_json::to_string(&template).unwrap(), "\"{{ lead.id }}\"");
}

proptest! {
    #[test]
    fn any_source_is_judged_and_rendered_without_failing(
        source in "([{}%#|*'\"\\\\()\\[\\]:,~ a-z.0-9]|lead\\.email|\\{\\{|\\}\\}){0,60}",
    ) {
        let _ = ValueTemplate::from(source.as_str()).check();
        if let Ok(value) = render(&source) {
            prop_assert!(value.len() <= MAX_OUTPUT_BYTES);
        }
    }

    #[test]
    fn text_without_tags_is_rendered_as_it_stands(source in "[^{}]{0,100}") {
        prop_assert_eq!(render(&source), Ok(source));
    }
}
