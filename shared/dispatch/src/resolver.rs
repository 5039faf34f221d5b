//! DNS at dial time: what a name resolves to is judged by the same call whose answer is dialled.

use std::{
    error::Error,
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    task::{Context, Poll},
    vec,
};

use futures::future::BoxFuture;
use hyper_util::client::legacy::connect::dns::Name;
use tower_service::Service;

use domain::address::Blocked;
use domain::destination::Gate;

/// The most addresses of one name that are tried; more only delay the failure.
const MAX_ADDRESSES: usize = 8;

/// Where names are looked up: the system's resolver, unless a test brings names that change between two questions. What
/// it says is judged all the same.
#[derive(Clone, Default)]
pub struct Names(Option<Arc<Tell>>);

type Tell = dyn Fn(&str) -> Vec<IpAddr> + Send + Sync;

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Names(told)" } else { "Names(system)" })
    }
}

impl Names {
    /// Names that are what `tell` says at the moment it is asked.
    pub fn told(tell: impl Fn(&str) -> Vec<IpAddr> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(tell)))
    }

    async fn look_up(&self, name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        match &self.0 {
            None => Ok(tokio::net::lookup_host((name, port)).await?.collect()),
            Some(tell) => Ok(tell(name).into_iter().map(|ip| SocketAddr::from((ip, port))).collect()),
        }
    }
}

/// Resolves the host of one request and lets only allowed addresses through.
///
/// A check before the dial would leave a gap in which the name can change (DNS rebinding); here there is none.
/// Blocked addresses are dropped rather than failing the whole name: what is dialled is equally safe, and a name
/// that a DNS64 network completes with a NAT64 address beside its public one stays reachable.
#[derive(Clone, Debug)]
pub(crate) struct GatedResolver {
    pub(crate) gate: Gate,
    /// The port that will be dialled; the Runtime API is known by address and port.
    pub(crate) port: u16,
    pub(crate) names: Names,
}

/// The name has no address, or nobody could be asked for it.
#[derive(Debug, thiserror::Error)]
#[error("the name cannot be resolved")]
pub(crate) struct Unresolved(#[source] io::Error);

impl Service<Name> for GatedResolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let Self { gate, port, names } = self.clone();
        Box::pin(async move {
            let found = names.look_up(name.as_str(), port).await.map_err(Unresolved)?;
            Ok(keep_allowed(&gate, found.into_iter())?.into_iter())
        })
    }
}

/// The allowed addresses, at most [`MAX_ADDRESSES`]; when none is left, why the first was blocked.
fn keep_allowed(gate: &Gate, found: impl Iterator<Item = SocketAddr>) -> Result<Vec<SocketAddr>, Blocked> {
    let mut first_blocked = None;
    let mut allowed = Vec::new();
    for target in found {
        match gate.judge_dial(target) {
            Ok(()) => allowed.push(target),
            Err(blocked) => first_blocked = first_blocked.or(Some(blocked)),
        }
    }
    allowed.truncate(MAX_ADDRESSES);
    match first_blocked {
        Some(blocked) if allowed.is_empty() => Err(blocked),
        Some(_) | None => Ok(allowed),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "the tables of these tests parse")]
mod tests {
    use super::*;
    use domain::address::Reach;

    const PUBLIC_ONLY: Gate = Gate { reach: Reach::PublicOnly, runtime_api: None };

    fn targets(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_loopback_is_blocked() {
        let mut resolver = GatedResolver { gate: PUBLIC_ONLY, port: 443, names: Names::default() };
        let error = resolver.call("localhost".parse().unwrap()).await.err().unwrap();
        assert!(error.downcast_ref::<Blocked>().unwrap().why.contains("loopback"));
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_loopback_is_dialled_by_the_local_setting() {
        let gate = Gate { reach: Reach::LoopbackToo, runtime_api: None };
        let mut resolver = GatedResolver { gate, port: 8080, names: Names::default() };
        let found = resolver.call("localhost".parse().unwrap()).await.ok().unwrap().collect::<Vec<_>>();
        assert!(!found.is_empty() && found.iter().all(|target| target.ip().is_loopback() && target.port() == 8080));
    }

    #[test]
    fn only_the_allowed_addresses_of_a_mixed_name_are_dialled() {
        let found = targets(&["10.0.0.1:443", "8.8.8.8:443", "[64:ff9b::808:808]:443", "[2a00::1]:443"]);
        let kept = keep_allowed(&PUBLIC_ONLY, found.into_iter()).unwrap();
        assert_eq!(kept, targets(&["8.8.8.8:443", "[2a00::1]:443"]));
    }

    #[test]
    fn a_name_with_hundreds_of_addresses_is_tried_at_the_first_few() {
        let found = (0..=255).map(|last| SocketAddr::from(([8, 8, 8, last], 443)));
        assert_eq!(keep_allowed(&PUBLIC_ONLY, found).unwrap().len(), MAX_ADDRESSES);
    }
}
