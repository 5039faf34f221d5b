//! Finding traces of a text in log lines, also where it was encoded on the way.

use base64::{Engine, engine::general_purpose::STANDARD};

/// The lines that hold any of these texts: plain in any case, in hexadecimal, in base64, or, for numbers, with whatever stands
/// between the digits.
pub(super) fn lines_with<'l>(log: &'l str, texts: &[String]) -> Vec<&'l str> {
    let forms: Vec<Form> = texts.iter().map(|text| Form::of(text)).collect();
    log.lines().filter(|line| forms.iter().any(|form| form.is_in(line))).collect()
}

struct Form {
    /// In lower case.
    plain: Vec<String>,
    base64: Vec<String>,
    /// Digits that are to be found with anything between them.
    digits: Option<String>,
}

impl Form {
    fn of(text: &str) -> Self {
        let plain = text.to_lowercase();
        let url_encoded: String = url::form_urlencoded::byte_serialize(plain.as_bytes()).collect();
        let base64 = [text, &plain, &text.to_uppercase()].into_iter().flat_map(base64_anywhere).collect();
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        let hexadecimal = hex::encode(text);
        Self {
            plain: vec![plain, url_encoded.to_lowercase(), hexadecimal],
            base64,
            digits: is_number.then(|| text.to_owned()),
        }
    }

    fn is_in(&self, line: &str) -> bool {
        let folded = line.to_lowercase();
        self.plain.iter().any(|text| folded.contains(text))
            || self.base64.iter().any(|text| line.contains(text))
            || self.digits.as_ref().is_some_and(|digits| spelt_out(&folded).contains(digits))
    }
}

/// A number as people space it, `%20` and `+` included, run together.
fn spelt_out(line: &str) -> String {
    line.replace("%20", "").replace([' ', '+', '-', '(', ')', '.'], "")
}

/// What stands in the base64 of a longer text that holds this one, wherever it begins in it.
fn base64_anywhere(text: &str) -> Vec<String> {
    let shifted = |by: usize| {
        let encoded = STANDARD.encode([vec![0; by], text.as_bytes().to_vec()].concat());
        // The first and the last characters depend on what stands beside it.
        let (from, to) = ((by * 8).div_ceil(6), (by + text.len()) * 8 / 6);
        encoded[from..to].to_owned()
    };
    (0..3).map(shifted).collect()
}

#[test]
fn a_trace_is_found_in_whatever_form_it_comes() {
    let texts = ["Zoe.X1@example.com".to_owned(), "7400123456".to_owned()];
    let base64 = |text: &str| STANDARD.encode(text);
    let traces = [
        "name ZOE.x1@EXAMPLE.com".to_owned(),
        "q=zoe.x1%40example.com&x".to_owned(),
        base64("Zoe.X1@example.com"),
        base64("a: Zoe.X1@example.com!"),
        base64("ab: zoe.x1@example.com"),
        hex::encode("Zoe.X1@example.com"),
        "+44 7400 123456".to_owned(),
        "7400%20123+456".to_owned(),
    ];
    for trace in &traces {
        assert_eq!(lines_with(&format!("a\n{trace}\nb"), &texts), [trace.as_str()]);
    }
    assert!(lines_with("lead_01ABC 7400 12345 zoe@example.com", &texts).is_empty());
}
