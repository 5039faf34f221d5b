//! What passes as text, and what is found however it is disguised.

use proptest::prelude::*;

use super::*;

#[test]
fn ordinary_text_passes() {
    for value in [
        "",
        "3 < 5",
        "Smith & Sons",
        "a<b",
        "<3",
        "x <y and z",
        "5 > 3",
        "R&D; 100%",
        "O'Brien \"Bob\"",
        "Müller-Lüdenscheidt",
        "line one\r\nline\ttwo",
        "online=yes",
        "I am on call=no",
        "see JavaScript: the good parts",
        "once = 1",
        "onboarding = done",
        "https://example.com/onsite=1",
        "Ontario=CA",
        "on1234=x",
        "50% < 60%",
        "https://example.com/?a=1&b=%20c&lt=2",
        "Tom &amp; Jerry",
        "jo@example.com",
        "data: text",
        "AT&T",
        "<- here",
        "1<2>1",
        "conversion onloading bay",
        "日本",
        "😀 <3 >",
        "script",
        "&#",
        "&#x;",
        "&#99999999999;",
        "%",
        "%zz",
    ] {
        assert_eq!(find_unsafe(value), None, "{value}");
    }
}

#[test]
fn tags_are_found_closed_or_active() {
    for value in [
        "<b>bold</b>",
        "</p>",
        "x<br/>y",
        "<!-- hidden -->",
        "<!DOCTYPE html>",
        "<?php echo 1 ?>",
        "<a href=x>",
        "<ScRiPt src=//evil",
        "<img src=x",
        "<svg/onload=alert(1)",
        "</script",
        "<x-y z>",
        "a<b>c",
    ] {
        assert_eq!(find_unsafe(value), Some(Unsafe::HtmlTag), "{value}");
    }
}

#[test]
fn urls_that_run_script_are_found() {
    for value in [
        "javascript:alert(1)",
        " JaVaScRiPt: alert(1)",
        "java\tscript:alert(1)",
        "href='javascript:x()'",
        "vbscript:x",
        "data:text/html,hello",
        "url(data:text/html;base64,PGI+)",
        "go to javascript:x",
    ] {
        assert_eq!(find_unsafe(value), Some(Unsafe::ScriptUrl), "{value}");
    }
}

#[test]
fn event_attributes_are_found() {
    for value in [
        "\" onerror=alert(1)",
        "onclick = go()",
        "x' ONMOUSEOVER=a",
        "a/onload=b",
        "\tontouchstart\n=1",
        "x oncontentvisibilityautostatechange=a",
        "x onsecuritypolicyviolation=a",
        "x oncommand=a",
        "x oncut=a",
        "x ononline=a",
        "x onlinex=a",
    ] {
        assert_eq!(find_unsafe(value), Some(Unsafe::EventHandler), "{value}");
    }
}

#[test]
fn control_characters_are_found_but_line_ends_and_tabs_are_not() {
    for value in ["a\0b", "\u{1b}[31m", "a\u{7f}", "a\u{85}b", "%00", "&#8;", "a\u{202e}b"] {
        assert_eq!(find_unsafe(value), Some(Unsafe::ControlCharacter), "{value:?}");
    }
}

#[test]
fn one_round_of_encoding_does_not_hide_anything() {
    for (value, found) in [
        ("%3Cscript%3E", Unsafe::HtmlTag),
        ("&lt;b&gt;x", Unsafe::HtmlTag),
        ("&#60;img src=x", Unsafe::HtmlTag),
        ("&#x3C;b&#x3e", Unsafe::HtmlTag),
        ("%26lt;script", Unsafe::HtmlTag),
        ("&#37;3Cscript", Unsafe::HtmlTag),
        ("javascript&colon;alert(1)", Unsafe::ScriptUrl),
        ("java&Tab;script:alert(1)", Unsafe::ScriptUrl),
        ("&quot; onerror&equals;x", Unsafe::EventHandler),
    ] {
        assert_eq!(find_unsafe(value), Some(found), "{value}");
    }
}

#[test]
fn the_details_are_sentences_and_the_codes_differ() {
    let all = [Unsafe::ControlCharacter, Unsafe::HtmlTag, Unsafe::ScriptUrl, Unsafe::EventHandler];
    let codes: std::collections::BTreeSet<_> = all.iter().map(|found| found.code()).collect();
    assert_eq!(codes.len(), all.len());
    assert!(all.iter().all(|found| found.detail().starts_with("Leave out") && found.detail().ends_with('.')));
}

proptest! {
    #[test]
    fn any_text_is_judged_without_failing(value in "(?s).*") {
        let _ = find_unsafe(&value);
    }

    #[test]
    fn an_event_attribute_is_found_whatever_browsers_will_call_it(
        before in "(.*[ \"'/])?", name in "[a-z]{3,30}", blank in "[ \t\n]{0,2}",
    ) {
        prop_assume!(!WORDS.contains(&format!("on{name}").as_str()));
        let value = format!("{before}on{name}{blank}=1");
        prop_assert!(find_unsafe(&value).is_some());
    }

    #[test]
    fn a_script_tag_is_found_wherever_it_stands(before in "[a-z &%;#<]{0,20}", after in "[a-z &%;#<]{0,20}") {
        let value = format!("{before}<script>{after}");
        prop_assert!(find_unsafe(&value).is_some());
    }
}
