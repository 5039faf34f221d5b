//! No template takes more time, memory or stack than its size and its lead's explain.

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::json;

use super::code;
use crate::template::{MAX_OUTPUT_BYTES, MAX_TEMPLATE_BYTES, TemplateError, ValueTemplate};

/// What a lead may bring: as long as a field may be, and full of signs that become longer when they are escaped.
fn render(source: &str) -> Result<String, TemplateError> {
    let long = "\"'\\\u{1}\u{df}".repeat(200);
    let values = json!({ "lead": { "c1": long, "c2": "a,b\"c", "email": "jo@example.com" } });
    ValueTemplate::from(source).render(&values)
}

#[test]
fn lists_are_there_to_look_something_up_and_for_nothing_else() {
    for source in [
        "{{ ['a'] }}",
        "{{ ('a', 'b') }}",
        "{{ ('a',) }}",
        "{{ (lead.c1,) ~ '' }}",
        "{{ [['\"'] ~ ''] ~ '' }}",
        "{{ lead.c1 in [['a'] ~ '', 'b'] }}",
        "{{ lead.c1 in ('a', 'b') }}",
        "{{ lead.c1 in ['a'] + ['b'] }}",
        "{{ lead.c1 | default(['a']) }}",
        "{{ lead.c1 | default(('a', 'b')) }}",
        "{{ lead.c1[0, 1] }}",
        "{% if ['a'] %}{% endif %}",
        "{{ lead.c1[0:2:-1] }}",
        "{{ lead.in[['a']] }}",
    ] {
        assert_eq!(code(source), "template_not_available", "{source}");
    }
    for (source, value) in [
        ("{{ 'yes' if lead.c2[0] in ['a', 'b'] else 'no' }}", "yes"),
        ("{{ 'yes' if lead.c2 not in ['a', lead.email | lower] else 'no' }}", "yes"),
        ("{{ lead.c2[1:3] }}{{ (lead.c2 | split(','))[0] }}{{ lead.in[0:1] }}", ",ba"),
        ("{% if lead.c2 in ['x', '{{'] %}a{% else %}{{ '}' }}{% endif %}", "}"),
        ("{{ lead.c2 | replace(',', '{') | default('x', true) }}", "a{b\"c"),
    ] {
        assert_eq!(ValueTemplate::from(source).check(), Ok(()), "{source}");
        assert_eq!(render(source).as_deref(), Ok(value), "{source}");
    }
}

#[test]
fn filters_that_make_longer_do_not_add_up() {
    for filter in [
        "|split('\"')|lower",
        "|split('\"')|d",
        "|urlencode",
        "|replace('%','%%%%')|urlencode",
        "|replace('a','aaaaaaaaaaaaaaaa')",
        "|split('')|trim('[')",
        "|upper|split('S')|d",
        "|title|capitalize",
    ] {
        let chained = format!("{{{{ lead.c1{} }}}}", filter.repeat(90));
        assert_eq!(ValueTemplate::from(chained.as_str()).check(), Ok(()), "{filter}");
        match render(&chained) {
            Ok(value) => assert!(value.len() <= MAX_OUTPUT_BYTES, "{filter}"),
            Err(error) => assert_eq!(error.code(), "template_unfit", "{filter}"),
        }
    }
    let long = "lead.c1|upper~".repeat(100) + "''";
    assert_eq!(render(&format!("{{{{ {long} }}}}")), Err(TemplateError::OutputTooLarge));
    assert_eq!(render(&format!("{{{{ ({long})|md5 }}}}")).map_err(|error| error.code()), Err("template_unfit"));
    let many = format!("{{{{ lead.c1|trim('{}') }}}}", "x".repeat(101));
    assert_eq!(render(&many).map_err(|error| error.code()), Err("template_unfit"));
}

#[test]
fn what_goes_too_deep_is_refused_before_it_is_read() {
    // With the number of words and signs in each part.
    let parts = [("|abs", 2), ("+1", 2), ("~1", 2), ("[0]", 3), (".a", 2), ("()", 2), (" if 0", 2), (" and 1", 2)];
    for (part, tokens) in parts {
        let chained = |times: usize| format!("{{{{ 1{} }}}}", part.repeat(times));
        assert_eq!(code(&chained(1_000 / tokens + 1)), "template_not_available", "{part}");
        // The longest that is taken does no harm.
        let longest = chained(999 / tokens);
        assert!(longest.len() < MAX_TEMPLATE_BYTES);
        let judged = ValueTemplate::from(longest.as_str()).check();
        assert!(!matches!(judged, Err(TemplateError::NotAvailable { .. })), "{part}: {judged:?}");
        let _ = render(&longest);
    }
    let chain = |times: usize| format!("{{% if 0 %}}{}{{% endif %}}", "{%elif 0%}".repeat(times));
    assert_eq!(code(&chain(399)), "template_not_available");
    assert_eq!(render(&chain(398)).as_deref(), Ok(""));
}

/// Pieces of which templates that do harm are made.
const PIECES: &[&str] = &[
    "{{ ",
    " }}",
    "{% if ",
    " %}",
    "{% endif %}",
    "lead.c1",
    "lead.email",
    "'\"'",
    "''",
    "1",
    "(",
    ")",
    "[",
    "]",
    ",",
    ":",
    "{\"a\":",
    "}",
    "~",
    "~''",
    " * 5",
    " + ",
    " in ",
    "|lower",
    "|d",
    "|urlencode",
    "|split('\"')",
    "|split('')",
    "|replace('\"','\"\"\"\"\"\"\"\"')",
    "|trim(",
    "|first",
    "|last",
    "]~''",
    ",)~''",
    " and ",
    " if ",
    " else ",
    "[1:]",
    "[0:2:-1]",
];

proptest! {
    #[test]
    fn no_template_that_is_taken_makes_more_than_may_be_sent(pieces in vec(select(PIECES), 0..60)) {
        let inside = pieces.concat();
        for source in [inside.clone(), format!("{{{{ lead.c1{inside} }}}}"), format!("{{{{ ({inside}) }}}}")] {
            let _ = ValueTemplate::from(source.as_str()).check();
            if let Ok(value) = render(&source) {
                prop_assert!(value.len() <= MAX_OUTPUT_BYTES);
            }
        }
    }

    #[test]
    fn lists_within_each_other_are_never_taken(depth in 1_usize..40, (open, close) in select(&[("[", "]~''"), ("(", ",)~''")][..])) {
        let source = format!("{{{{ {}'\"'{} }}}}", open.repeat(depth), close.repeat(depth));
        prop_assert_eq!(code(&source), "template_not_available");
    }
}
