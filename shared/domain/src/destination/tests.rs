//! Which endpoints are refused before DNS is asked, and what the gate says of the Runtime API.

#![expect(clippy::unwrap_used, reason = "a URL of these tables that does not parse is a mistake in the test")]

use super::*;

fn code(url: &str, reach: Reach) -> Option<&'static str> {
    check_url(&Url::parse(url).unwrap(), reach).err().map(|problem| problem.code())
}

#[test]
fn an_endpoint_of_a_buyer_is_public_https() {
    for url in
        ["https://buyer.example/leads?x=1", "https://buyer.example:8443/", "https://8.8.8.8/", "https://[2a00::1]/"]
    {
        assert_eq!(code(url, Reach::PublicOnly), None, "{url}");
    }
}

#[test]
fn plain_http_userinfo_and_privileged_ports_are_refused() {
    let cases = [
        ("http://buyer.example/", "url_scheme"),
        ("ftp://buyer.example/", "url_scheme"),
        ("file:///etc/passwd", "url_scheme"),
        ("https://user@buyer.example/", "url_userinfo"),
        ("https://:secret@buyer.example/", "url_userinfo"),
        ("https://buyer.example:22/", "url_port"),
        ("https://buyer.example:80/", "url_port"),
        ("https://buyer.example:1023/", "url_port"),
        ("https://buyer.example:0/", "url_port"),
    ];
    for (url, expected) in cases {
        assert_eq!(code(url, Reach::PublicOnly), Some(expected), "{url}");
    }
    let long = format!("https://buyer.example/{}", "a".repeat(MAX_URL_BYTES));
    assert_eq!(code(&long, Reach::PublicOnly), Some("url_too_long"));
}

#[test]
fn loopback_is_refused_in_every_notation() {
    let hosts = [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "127.0.0.1.",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::1]",
        "[0000:0000::0001]",
        "0",
        "[::]",
        "１２７.0.0.1",
    ];
    for host in hosts {
        assert_eq!(code(&format!("https://{host}/"), Reach::PublicOnly), Some("address_blocked"), "{host}");
    }
    for host in ["localhost", "LOCALHOST", "localhost.", "a.localhost"] {
        assert_eq!(code(&format!("https://{host}/"), Reach::PublicOnly), Some("url_localhost"), "{host}");
    }
}

/// Refuses each host, also where this machine's own address is allowed.
fn are_blocked_everywhere(hosts: &[&str]) {
    for host in hosts {
        for reach in [Reach::PublicOnly, Reach::LoopbackToo] {
            assert_eq!(code(&format!("https://{host}/"), reach), Some("address_blocked"), "{host}");
        }
    }
}

/// In every notation that some resolver, browser or proxy understands.
#[test]
fn no_notation_of_the_metadata_services_address_passes() {
    are_blocked_everywhere(&[
        "2852039166",
        "0xa9fea9fe",
        "0XA9FEA9FE",
        "0xa9.0xfe.0xa9.0xfe",
        "0251.0376.0251.0376",
        "025177524776",
        "0251.254.0xa9fe",
        "169.254.43518",
        "169.16689662",
        "169.254.169.254.",
        "%31%36%39.254.169.254",
        "１６９.254.169.254",
        "①⑥⑨.②⑤④.①⑥⑨.②⑤④",
        "169。254。169。254",
    ]);
}

#[test]
fn no_ipv6_address_leads_to_the_metadata_service() {
    are_blocked_everywhere(&[
        "[::ffff:169.254.169.254]",
        "[::ffff:a9fe:a9fe]",
        "[0:0:0:0:0:ffff:169.254.169.254]",
        "[::169.254.169.254]",
        "[::ffff:0:169.254.169.254]",
        "[64:ff9b::169.254.169.254]",
        "[64:ff9b:1::a9fe:a9fe]",
        "[2002:a9fe:a9fe::]",
        "[2001:0:a9fe:a9fe::1]",
        "[fd00:ec2::254]",
    ]);
}

#[test]
fn no_notation_of_a_private_or_unroutable_address_passes() {
    are_blocked_everywhere(&[
        "10.1",
        "0x0a000001",
        "192.168.1",
        "3232235777",
        "172.1048577",
        "00",
        "0x0",
        "0.0",
        "4294967295",
        "255.255.255.255",
        "[FE80::1]",
        "[ff02::1]",
        "[2001:db8::1]",
    ]);
}

#[test]
fn what_only_looks_like_an_address_is_no_url() {
    for host in
        ["256.0.0.1", "1.2.3.4.5", "0x100000000", "127.0.0.08", "[fe80::1%25eth0]", "[::1", "127.0.0.1%00.example", ""]
    {
        assert!(Url::parse(&format!("https://{host}/")).is_err(), "{host}");
    }
}

#[test]
fn what_hides_the_host_is_refused_or_seen_through() {
    for url in [
        "https://buyer.example@169.254.169.254/",
        "https://169.254.169.254#@buyer.example/",
        "https://169.254.169.254\\@buyer.example/",
        "https:169.254.169.254",
        "https:///169.254.169.254/",
        "https://169.254\t.169.254/",
        "https://169.254.169.254:443?buyer.example",
    ] {
        assert!(matches!(code(url, Reach::PublicOnly), Some("address_blocked" | "url_userinfo")), "{url}");
    }
}

#[test]
fn a_local_run_may_reach_loopback_by_http_on_any_port_but_no_other_private_address() {
    for url in [
        "http://127.0.0.1:80/",
        "http://localhost:22/",
        "http://[::1]:9/",
        "https://[0000:0000::0001]/",
        "https://localhost/",
    ] {
        assert_eq!(code(url, Reach::LoopbackToo), None, "{url}");
    }
    for url in ["http://169.254.169.254/latest/meta-data", "http://10.0.0.1/", "http://0.0.0.0/", "http://[fd00::1]/"] {
        assert_eq!(code(url, Reach::LoopbackToo), Some("address_blocked"), "{url}");
    }
    assert_eq!(code("http://me@127.0.0.1/", Reach::LoopbackToo), Some("url_userinfo"));
}

#[test]
fn the_runtime_api_is_closed_on_every_loopback_address_and_open_nowhere() {
    for api in ["127.0.0.1:9001", "localhost:9001", "http://0.0.0.0:9001/.rt/ingest", "[::1]:9001"] {
        let gate = Gate { reach: Reach::LoopbackToo, runtime_api: Some(RuntimeApi::parse(api).unwrap()) };
        for target in ["127.0.0.1:9001", "127.9.9.9:9001", "[::1]:9001", "[::ffff:127.0.0.1]:9001"] {
            let blocked = gate.judge_dial(target.parse().unwrap()).unwrap_err();
            assert_eq!(blocked.why, "the Lambda Runtime API", "{api} {target}");
        }
        assert_eq!(gate.judge_dial("127.0.0.1:9002".parse().unwrap()), Ok(()), "{api}");
    }
}

#[test]
fn a_runtime_api_at_a_public_address_is_closed_there() {
    let gate = Gate { reach: Reach::PublicOnly, runtime_api: Some(RuntimeApi::parse("8.8.8.8:9001").unwrap()) };
    assert!(gate.check(&Url::parse("https://8.8.8.8:9001/").unwrap()).is_err());
    assert_eq!(gate.check(&Url::parse("https://8.8.8.8:9002/").unwrap()), Ok(()));
}

#[test]
fn a_runtime_api_that_cannot_be_read_is_an_error() {
    for api in ["", ":9001", "host:port"] {
        assert_eq!(RuntimeApi::parse(api), Err(BadRuntimeApi), "{api}");
    }
}

#[test]
fn headers_that_frame_the_request_belong_to_the_client() {
    for name in ["Host", "content-length", "Transfer-Encoding", "connection", "Expect"] {
        assert!(is_own_header(name), "{name}");
    }
    for name in ["authorization", "content-type", "x-api-key", "user-agent"] {
        assert!(!is_own_header(name), "{name}");
    }
}
