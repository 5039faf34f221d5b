//! What a form says, of either kind that there is.

use axum::{
    body::to_bytes,
    extract::Request,
    http::{HeaderMap, header},
};

use super::page::{About, sentence};

/// The largest form that is read, in bytes.
const MAX_BYTES: usize = 16 * 1024;
/// What mail programs send (RFC 8058, 3.2).
const ONE_CLICK: (&str, &str) = ("List-Unsubscribe", "One-Click");
/// The field of the page's buttons.
pub(super) const FIELD: &str = "answer";

/// What the person says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// No, by the button of a mail program.
    OneClick,
    /// No, on the page.
    Unsubscribe,
    /// Yes again, on the page.
    Resubscribe,
}

impl Answer {
    /// What the page's button sends.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::OneClick => ONE_CLICK.1,
            Self::Unsubscribe => "unsubscribe",
            Self::Resubscribe => "resubscribe",
        }
    }

    /// What the page told the person; a mail program tells in its own words.
    pub(super) fn told(self, about: &About) -> Option<String> {
        (self != Self::OneClick).then(|| sentence(self, about))
    }

    fn of_field(name: &str, value: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case(ONE_CLICK.0) && value.trim().eq_ignore_ascii_case(ONE_CLICK.1) {
            return Some(Self::OneClick);
        }
        [Self::Unsubscribe, Self::Resubscribe].into_iter().find(|answer| name == FIELD && value == answer.word())
    }
}

/// Reads the form of a request. None: it is too long, or says nothing that is known here.
pub(super) async fn read(request: Request) -> Option<Answer> {
    let boundary = boundary(request.headers());
    let body = to_bytes(request.into_body(), MAX_BYTES).await.ok()?;
    match boundary {
        Some(boundary) => of_parts(&String::from_utf8_lossy(&body), &boundary),
        // Some programs leave out what kind of a form it is.
        None => {
            url::form_urlencoded::parse(body.trim_ascii()).find_map(|(name, value)| Answer::of_field(&name, &value))
        }
    }
}

/// What stands between the parts of a `multipart/form-data`; none: it is the other kind.
fn boundary(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let (essence, rest) = kind.split_once(';')?;
    if !essence.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    parameter(rest, "boundary").filter(|boundary| !boundary.is_empty())
}

/// The parts whose names and values are known here (RFC 7578): fields, never files.
fn of_parts(body: &str, boundary: &str) -> Option<Answer> {
    body.split(&format!("--{boundary}")).find_map(|part| {
        let part = part.replace("\r\n", "\n");
        let (head, value) = part.split_once("\n\n")?;
        let mut lines = head.lines().filter_map(|line| line.split_once(':'));
        let (_, disposition) = lines.find(|(name, _)| name.trim().eq_ignore_ascii_case("content-disposition"))?;
        Answer::of_field(&parameter(disposition, "name")?, value.strip_suffix('\n').unwrap_or(value))
    })
}

/// A parameter of a header, without its quotes.
fn parameter(text: &str, name: &str) -> Option<String> {
    let mut pairs = text.split(';').filter_map(|part| part.split_once('='));
    let (_, value) = pairs.find(|(found, _)| found.trim().eq_ignore_ascii_case(name))?;
    Some(value.trim().trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    async fn answer(kind: &str, body: &str) -> Option<Answer> {
        let request = Request::builder().header(header::CONTENT_TYPE, kind).body(Body::from(body.to_owned()));
        match request {
            Ok(request) => read(request).await,
            Err(_) => None,
        }
    }

    fn parts(boundary: &str, name: &str, value: &str) -> String {
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n--{boundary}--\r\n")
    }

    #[tokio::test]
    async fn mail_programs_are_understood_in_both_kinds_of_forms() {
        let form = "application/x-www-form-urlencoded";
        for (kind, body) in [
            (form, "List-Unsubscribe=One-Click".to_owned()),
            (form, "List-Unsubscribe=One-Click\r\n".to_owned()),
            ("", "List-Unsubscribe=One-Click".to_owned()),
            ("application/x-www-form-urlencoded; charset=UTF-8", "a=b&list-unsubscribe=one-click".to_owned()),
            (
                "multipart/form-data; boundary=---FormBoundaryjWmhtjORrn",
                parts("---FormBoundaryjWmhtjORrn", "List-Unsubscribe", "One-Click"),
            ),
            ("Multipart/Form-Data; charset=utf-8; Boundary=\"b c\"", parts("b c", "List-Unsubscribe", "One-Click")),
            ("multipart/form-data; boundary=b", parts("b", "x", "y") + &parts("b", "List-Unsubscribe", "One-Click")),
        ] {
            assert_eq!(answer(kind, &body).await, Some(Answer::OneClick), "{kind} {body}");
        }
    }

    #[tokio::test]
    async fn the_page_says_which_of_its_buttons_it_was_and_nothing_else_is_an_answer() {
        let form = "application/x-www-form-urlencoded";
        assert_eq!(answer(form, "answer=unsubscribe").await, Some(Answer::Unsubscribe));
        assert_eq!(answer(form, "answer=resubscribe").await, Some(Answer::Resubscribe));
        let long = format!("{}&answer=unsubscribe", "x".repeat(MAX_BYTES));
        for body in [
            "",
            "answer=",
            "answer=One-Click",
            "List-Unsubscribe=No",
            "One-Click",
            "{\"answer\":\"unsubscribe\"}",
            &long,
        ] {
            assert_eq!(answer(form, body).await, None, "{}", body.len());
        }
        for (kind, body) in [
            ("multipart/form-data; boundary=b", parts("c", "answer", "unsubscribe")),
            ("multipart/form-data; boundary=b", parts("b", "answer", "unsubscribe").replace("name", "file")),
            ("multipart/form-data; boundary=b", "--b".repeat(5_000)),
        ] {
            assert_eq!(answer(kind, &body).await, None, "{kind}");
        }
    }
}
