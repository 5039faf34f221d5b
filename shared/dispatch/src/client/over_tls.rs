//! The client against a buyer with TLS, whose certificate only these tests trust.

use std::net::IpAddr;

use ring::{rand::SystemRandom, signature};
use rustls::{
    CertificateError, DigitallySignedStruct, HandshakeKind, ServerConfig, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::ring::{default_provider, sign::any_ecdsa_type},
    pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::*;
use crate::sent::NoAnswer;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ntaken";

/// Takes every certificate for good, or none.
#[derive(Debug)]
struct Trust(bool);

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if self.0 { Ok(ServerCertVerified::assertion()) } else { Err(CertificateError::UnknownIssuer.into()) }
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}

#[derive(Debug)]
struct Identity(Arc<CertifiedKey>);

impl ResolvesServerCert for Identity {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

fn client(trusting: bool) -> Client {
    let client = Client::new(Reach::LoopbackToo, None).unwrap();
    let mut tls = rustls::ClientConfig::clone(&client.tls);
    tls.dangerous().set_certificate_verifier(Arc::new(Trust(trusting)));
    Client { tls: Arc::new(tls), names: Names::told(|_| vec![IpAddr::from([127, 0, 0, 1])]), ..client }
}

fn post(url: &str) -> OutgoingRequest {
    let (url, body) = (Url::parse(url).unwrap(), br#"{"email":"ann@example.com"}"#.to_vec());
    OutgoingRequest { method: Method::POST, url, headers: Vec::new(), body, timeout: Duration::from_secs(20) }
}

struct Buyer {
    listener: TcpListener,
    tls: TlsAcceptor,
}

impl Buyer {
    async fn new() -> Self {
        let algorithm = &signature::ECDSA_P256_SHA256_ASN1_SIGNING;
        let key = signature::EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).unwrap();
        let key = any_ecdsa_type(&PrivatePkcs8KeyDer::from(key.as_ref().to_vec()).into()).unwrap();
        let identity = CertifiedKey::new(vec![CertificateDer::from(b"trusted unread".to_vec())], key);
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Identity(Arc::new(identity))));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap(), tls: TlsAcceptor::from(Arc::new(config)) }
    }

    fn url(&self, host: &str) -> String {
        format!("https://{host}:{}/leads?a=1", self.listener.local_addr().unwrap().port())
    }

    /// A connection on which a request has come, as far as one read goes.
    async fn asked(&self) -> (TlsStream<tokio::net::TcpStream>, String) {
        let (stream, _) = self.listener.accept().await.unwrap();
        let mut stream = self.tls.accept(stream).await.unwrap();
        let mut request = vec![0; 4096];
        let length = stream.read(&mut request).await.unwrap();
        (stream, String::from_utf8_lossy(&request[..length]).into_owned())
    }
}

#[tokio::test]
async fn a_request_goes_over_tls_and_its_connection_is_closed_as_tls_closes() {
    let buyer = Buyer::new().await;
    for (host, sni) in [("buyer.example", Some("buyer.example")), ("127.0.0.1", None)] {
        let asked = async {
            let (mut stream, request) = buyer.asked().await;
            let tls = stream.get_ref().1;
            assert_eq!((tls.server_name(), tls.alpn_protocol()), (sni, Some(b"http/1.1".as_slice())));
            let head =
                format!("POST /leads?a=1 HTTP/1.1\r\nhost: {}\r\n", &buyer.url(host)[8..].replace("/leads?a=1", ""));
            assert!(request.starts_with(&head), "{request}");
            stream.write_all(OK.as_bytes()).await.unwrap();
            // Without a close_notify this is an error.
            stream.read_to_end(&mut Vec::new()).await.unwrap();
        };
        let client = client(true);
        let (sent, ()) = tokio::join!(client.send(post(&buyer.url(host))), asked);
        assert!(matches!(&sent, Sent::Answered(answer) if answer.body_start == b"taken"), "{sent:?}");
    }
}

#[tokio::test]
async fn the_second_request_to_a_buyer_saves_the_full_handshake() {
    let (buyer, client) = (Buyer::new().await, client(true));
    for kind in [HandshakeKind::Full, HandshakeKind::Resumed] {
        let asked = async {
            let (mut stream, _) = buyer.asked().await;
            stream.write_all(OK.as_bytes()).await.unwrap();
            stream.get_ref().1.handshake_kind()
        };
        let url = buyer.url("buyer.example");
        let (sent, seen) = tokio::join!(client.send(post(&url)), asked);
        assert!(matches!(sent, Sent::Answered(_)) && seen == Some(kind), "{sent:?} {seen:?}");
    }
}

#[tokio::test]
async fn interim_answers_without_end_are_given_up_over_tls_too() {
    let buyer = Buyer::new().await;
    let again = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100);
    let flood = async {
        let (mut stream, _) = buyer.asked().await;
        let mut bytes = 0;
        while stream.write_all(again.as_bytes()).await.is_ok() {
            bytes += again.len();
        }
        bytes
    };
    let client = client(true);
    let url = buyer.url("buyer.example");
    let (sent, bytes) = tokio::join!(client.send(post(&url)), flood);
    assert!(matches!(sent, Sent::NoAnswer { why: NoAnswer::BrokenAnswer, status: None, .. }), "{sent:?}");
    assert!(bytes > MAX_RECEIVED_BYTES / 2, "{bytes}");
}

#[tokio::test]
async fn a_buyer_that_is_not_trusted_is_certainly_not_asked() {
    let buyer = Buyer::new().await;
    let refused = async {
        let (stream, _) = buyer.listener.accept().await.unwrap();
        assert!(buyer.tls.accept(stream).await.is_err());
    };
    let client = client(false);
    let url = buyer.url("buyer.example");
    let (sent, ()) = tokio::join!(client.send(post(&url)), refused);
    assert!(matches!(sent, Sent::NotSent { why: NotSent::Tls, .. }), "{sent:?}");
}
