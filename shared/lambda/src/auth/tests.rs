//! Which keys open, and what callers are told when theirs does not.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
    routing::get,
};
use domain::{
    access::{ApiKey, Principal},
    id::KeyId,
};
use lambda_http::tower::ServiceExt;
use secrecy::ExposeSecret;
use store::{Store, test_tables::TestTables};

use super::*;

async fn key(store: &Store, id: &str, secret: &str, principal: Principal) -> KeyId {
    let id: KeyId = id.parse().unwrap();
    let secret_sha256 = secret_sha256(secret);
    let key = ApiKey {
        id: id.clone(),
        principal,
        label: id.to_string(),
        secret_sha256,
        created: crate::now(),
        revoked: None,
    };
    store.make_key(&key).await.unwrap();
    id
}

fn supplier() -> Principal {
    Principal::Supplier { sid: "s1".parse().unwrap() }
}

fn router(store: Store) -> Router {
    Router::new()
        .route("/who", get(async |caller: Caller| caller.principal.tag()))
        .route("/seller", get(async |_: Seller| "yes"))
        .with_state(store)
}

async fn ask(router: &Router, path: &str, name: &str, value: &str) -> (StatusCode, HeaderMap, String) {
    let request = Request::get(path).header(name, value).body(Body::empty()).unwrap();
    let answer = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    (parts.status, parts.headers, String::from_utf8(to_bytes(body, 10_000).await.unwrap().to_vec()).unwrap())
}

#[tokio::test]
async fn a_key_opens_as_bearer_and_as_x_key() {
    let store = TestTables::start().await.store();
    key(&store, "k1", "s3cret", supplier()).await;
    let router = router(store);
    for (name, value) in
        [("Authorization", "Bearer vk_k1_s3cret"), ("Authorization", "bearer vk_k1_s3cret"), ("X-Key", "vk_k1_s3cret")]
    {
        let (status, _, body) = ask(&router, "/who", name, value).await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, "supplier#s1"), "{name}: {value}");
    }
}

#[tokio::test]
async fn a_wrong_id_a_wrong_secret_and_a_revoked_key_get_the_same_answer() {
    let tables = TestTables::start().await;
    let store = tables.store();
    key(&store, "k1", "s3cret", supplier()).await;
    let gone = key(&store, "k2", "s3cret", supplier()).await;
    store.revoke_key(&gone, crate::now()).await.unwrap();
    let router = router(tables.store());
    let (status, headers, wanted) = ask(&router, "/who", "X-Key", "vk_k1_other").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(headers[header::WWW_AUTHENTICATE], "Bearer");
    let wrong = ["vk_k9_s3cret", "vk_k2_s3cret", "vk_k1_", "vk_k1", "k1_s3cret", "", "vk_K1_s3cret"];
    for value in wrong {
        let (status, _, body) = ask(&router, "/who", "X-Key", value).await;
        assert_eq!((status, &body), (StatusCode::UNAUTHORIZED, &wanted), "{value}");
    }
    let (status, _, body) = ask(&router, "/who", "Authorization", "Basic dms6czNjcmV0").await;
    assert_eq!((status, body), (StatusCode::UNAUTHORIZED, wanted));
}

#[tokio::test]
async fn a_revoked_key_is_refused_at_once_where_it_was_revoked() {
    let store = TestTables::start().await.store();
    let id = key(&store, "k1", "s3cret", supplier()).await;
    let router = router(store.clone());
    assert_eq!(ask(&router, "/who", "X-Key", "vk_k1_s3cret").await.0, StatusCode::OK);
    store.revoke_key(&id, crate::now()).await.unwrap();
    assert_eq!(ask(&router, "/who", "X-Key", "vk_k1_s3cret").await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn only_the_seller_passes_where_the_seller_is_asked_for() {
    let store = TestTables::start().await.store();
    key(&store, "k1", "a", Principal::Seller).await;
    key(&store, "k2", "b", supplier()).await;
    key(&store, "k3", "c", Principal::Buyer { bid: "b1".parse().unwrap() }).await;
    let router = router(store);
    assert_eq!(ask(&router, "/seller", "X-Key", "vk_k1_a").await.0, StatusCode::OK);
    for key in ["vk_k2_b", "vk_k3_c"] {
        let (status, _, body) = ask(&router, "/seller", "X-Key", key).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert!(body.contains("\"seller_only\""), "{body}");
    }
}

#[test]
fn a_key_is_read_back_as_it_was_written() {
    let (id, secret) = (KeyId::root(), KeySecret::generate());
    let read = parse_key(&secret.as_key_of(&id)).unwrap();
    assert_eq!(read.id, id);
    assert_eq!(secret_sha256(read.secret.expose_secret()), secret.sha256());
    assert_ne!(secret.sha256(), KeySecret::generate().sha256());
    let with_underscores = parse_key(&format_key(&id, "a_b_c")).unwrap();
    assert_eq!(with_underscores.secret.expose_secret(), "a_b_c");
    assert!(parse_key(&format_key(&id, &"x".repeat(1_000))).is_none());
}

#[test]
fn a_secret_is_never_printed() {
    let secret = KeySecret::generate();
    let text = secret.as_key_of(&KeyId::root());
    let read = parse_key(&text).unwrap();
    let hidden = text.rsplit('_').next().unwrap();
    assert!(!format!("{secret:?} {read:?}").contains(hidden));
}

#[test]
fn a_hash_is_that_of_the_standard() {
    assert_eq!(secret_sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
