//! Lists as CSV, as programs write them.

use axum::{body::Body, http::Request};
use lambda::{
    auth::format_key,
    test_api::{Answer, Api},
};

use crate::harness::{ANN, PHONE, email, phone, start, words};

async fn bring(api: &Api, bytes: impl Into<Vec<u8>>) -> Answer {
    let key = format_key(&"seller".parse().unwrap(), "0123456789abcdef0123456789abcdef");
    let request = Request::post("/v1/suppressions").header("authorization", format!("Bearer {key}"));
    let request = request.header("content-type", "Text/CSV; charset=utf-8").body(Body::from(bytes.into()));
    api.send(request.unwrap()).await
}

/// The row of each entry, and what became of it.
fn outcomes(answer: &Answer) -> Vec<String> {
    let text = |item: &serde_json::Value| {
        let code = item["code"].as_str().map(|code| format!(" {}:{code}", item["field"].as_str().unwrap()));
        format!("{} {}{}", item["row"], item["outcome"].as_str().unwrap(), code.unwrap_or_default())
    };
    answer.ok()["items"].as_array().unwrap().iter().map(text).collect()
}

fn utf16(text: &str) -> Vec<u8> {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

#[tokio::test]
async fn a_file_is_read_whatever_its_encoding_separator_and_order_of_columns() {
    let table = "Told;E-Mail Address\r\nGrüße;ann@example.com\r\n";
    let latin: Vec<u8> = table.chars().map(|sign| u8::try_from(u32::from(sign)).unwrap()).collect();
    for bytes in [table.as_bytes().to_vec(), utf16(table), latin, format!("\u{feff}{table}").into_bytes()] {
        let api = start().await;
        assert_eq!(outcomes(&bring(&api, bytes).await), ["2 changed"]);
        let word = words(&api, &email(ANN)).await.last().cloned().unwrap();
        assert_eq!((word.yes, word.told.as_deref()), (false, Some("Grüße")));
    }
}

#[tokio::test]
async fn each_row_is_for_itself_and_named_as_spreadsheets_count() {
    let api = start().await;
    let file = "phone,status,at,country,x\n\
                +442079460018,,,,1\n\
                \n\
                020 7946 0456,unsubscribed,2026-01-02,GB,\n\
                12,no,,GB,\n\
                +442079460789,maybe,,,\n\
                +442079460789,yes,soon,,\n\
                +442079460789,Yes,2026-01-02T03:04:05Z,,\n";
    let told = outcomes(&bring(&api, file).await);
    let expected = [
        "2 changed",
        "4 changed",
        "5 invalid phone:phone_too_short",
        "6 invalid status:unknown_word",
        "7 invalid at:invalid_time",
        "8 changed",
    ];
    assert_eq!(told, expected);
    let again = outcomes(&bring(&api, file).await);
    assert_eq!(again.iter().filter(|outcome| outcome.ends_with("unchanged")).count(), 3, "{again:?}");
    assert!(words(&api, &phone("+442079460789")).await.last().unwrap().yes);
}

#[tokio::test]
async fn what_one_installation_lists_another_one_takes() {
    let (here, there) = (start().await, start().await);
    bring(&here, format!("contact,told\n{ANN},=1\n{PHONE},\n")).await;
    let list = here.with_header("accept", "text/csv").get("/v1/suppressions").await.text;
    assert_eq!(outcomes(&bring(&there, list.clone()).await), ["2 changed", "3 changed"]);
    assert_eq!(outcomes(&bring(&here, list.clone()).await), ["2 unchanged", "3 unchanged"]);
    let (one, other) = (words(&here, &email(ANN)).await, words(&there, &email(ANN)).await);
    assert_eq!(one, other, "when it was said, and what the person was told, too");
}

#[tokio::test]
async fn what_is_no_list_of_people_is_refused_whole() {
    let api = start().await;
    for (bytes, refusal) in [
        (b"".to_vec(), "422 empty"),
        (b"name,city\nAnn,London\n".to_vec(), "422 no_contact_column"),
        (b"%PDF-1.4\n".to_vec(), "422 pdf"),
        (b"email\n".to_vec(), "422 invalid entries:length"),
        (format!("email\n{}", "ann@example.com\n".repeat(1_001)).into_bytes(), "422 invalid entries:length"),
        (vec![b'x'; 300_000], "413 too_large"),
    ] {
        assert_eq!(bring(&api, bytes).await.refusal(), refusal);
    }
    assert!(words(&api, &email(ANN)).await.last().is_none());
}
