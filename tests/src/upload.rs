//! Uploads by a signed form.

use serde_json::Value;

/// Sends a form that the API has signed, with a file of these bytes, as a browser would.
///
/// # Panics
/// When it is refused.
pub async fn upload(form: &Value, file: impl AsRef<[u8]>) {
    const BOUNDARY: &str = "----volley";
    let mut body = String::new();
    for (name, value) in form["fields"].as_object().expect("fields") {
        let value = value.as_str().expect("a field is text");
        body += &format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    body += &format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n");
    let body = [body.as_bytes(), file.as_ref(), format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().expect("a client");
    let post = client.post(form["url"].as_str().expect("an address"));
    let post = post.header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"));
    let answer = post.body(body).send().await.expect("the bucket can be reached");
    assert!(answer.status().is_success(), "{}: {}", answer.status(), answer.text().await.expect("text"));
}
