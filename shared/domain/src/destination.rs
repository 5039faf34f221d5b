//! Where a delivery may be sent: the rules on its URL, and the gate that every dialled address passes.
//!
//! No HTTP client types here, so that set-up can refuse a bad endpoint when it is entered.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Deserializer, de::Error};
use url::{Host, Url};

use crate::address::{Blocked, Reach, judge};

/// The longest URL sent, in bytes; query-string deliveries carry lead fields, and servers commonly stop at 8 KB.
pub const MAX_URL_BYTES: usize = 8 * 1024;

/// The https port; of the privileged ports only this one, so that no mail, shell or directory server is called.
const HTTPS_PORT: u16 = 443;
/// From here on ports are free to use, and buyers do run their endpoints there (8443 and the like).
const FIRST_UNPRIVILEGED_PORT: u16 = 1024;

/// Headers that the client writes itself: they frame the request or name its host, so a delivery must not set them.
const OWN_HEADERS: &[&str] = &[
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Why a URL cannot be a delivery's endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlProblem {
    /// Longer than [`MAX_URL_BYTES`].
    #[error("the URL is longer than {MAX_URL_BYTES} bytes")]
    TooLong,
    /// Not https (nor http, where a local run allows it).
    #[error("the URL must begin with https://")]
    Scheme,
    /// A user name or password in the URL; they would end up in logs. Deliveries have authentication settings.
    #[error("the URL must not hold a user name or password")]
    UserInfo,
    /// No host name.
    #[error("the URL has no host")]
    NoHost,
    /// A port other than 443 and 1024 to 65535.
    #[error("the port {port} is not allowed: use 443, or 1024 and above")]
    Port {
        /// The refused port.
        port: u16,
    },
    /// `localhost` or a name below it (RFC 6761).
    #[error("the name localhost is not allowed")]
    Localhost,
    /// The host is an address that must not be dialled.
    #[error(transparent)]
    Address(#[from] Blocked),
}

impl UrlProblem {
    /// The stable code of this problem.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "url_too_long",
            Self::Scheme => "url_scheme",
            Self::UserInfo => "url_userinfo",
            Self::NoHost => "url_no_host",
            Self::Port { .. } => "url_port",
            Self::Localhost => "url_localhost",
            Self::Address(blocked) => blocked.code(),
        }
    }
}

/// Checks what can be known of an endpoint without asking DNS; names are judged by their addresses at dial time.
///
/// The URL parser has already turned odd notations (`2130706433`, `0x7f.1`, `0177.1`) into plain addresses.
///
/// # Errors
/// The first [`UrlProblem`] found.
pub fn check_url(url: &Url, reach: Reach) -> Result<(), UrlProblem> {
    if url.as_str().len() > MAX_URL_BYTES {
        return Err(UrlProblem::TooLong);
    }
    let local = reach == Reach::LoopbackToo;
    if url.scheme() != "https" && !(local && url.scheme() == "http") {
        return Err(UrlProblem::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UrlProblem::UserInfo);
    }
    let host = url.host().ok_or(UrlProblem::NoHost)?;
    let port = url.port_or_known_default().unwrap_or(HTTPS_PORT);
    if !local && port != HTTPS_PORT && port < FIRST_UNPRIVILEGED_PORT {
        return Err(UrlProblem::Port { port });
    }
    match host {
        Host::Ipv4(ip) => Ok(judge(IpAddr::V4(ip), reach)?),
        Host::Ipv6(ip) => Ok(judge(IpAddr::V6(ip), reach)?),
        Host::Domain(name) if !local && is_localhost(name) => Err(UrlProblem::Localhost),
        Host::Domain(_) => Ok(()),
    }
}

/// Reads a URL, and says what is wrong in words of this API rather than of the library's.
pub(crate) fn whole_url<'de, D: Deserializer<'de>>(from: D) -> Result<Url, D::Error> {
    let text = String::deserialize(from)?;
    Url::parse(&text).map_err(|_| D::Error::custom("use a whole URL, such as https://buyer.example/leads"))
}

/// Whether a delivery may not set this header, because the client writes it (any letter case).
pub fn is_own_header(name: &str) -> bool {
    OWN_HEADERS.iter().any(|own| own.eq_ignore_ascii_case(name))
}

/// Whether a text can be the name of a header (RFC 9110, 5.1), and is not longer than any that is in use.
pub fn is_header_name(name: &str) -> bool {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !name.is_empty() && name.len() <= 100 && name.bytes().all(token)
}

fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// The Lambda Runtime API, which hands out other requests' events to whoever asks: never a delivery's target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeApi {
    /// `None`: loopback in some notation or by name, so the port is closed on every loopback address.
    ip: Option<IpAddr>,
    port: u16,
}

/// The value of `AWS_LAMBDA_RUNTIME_API` is not `host:port`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("AWS_LAMBDA_RUNTIME_API is not host:port")]
pub struct BadRuntimeApi;

impl RuntimeApi {
    /// Reads the value of `AWS_LAMBDA_RUNTIME_API`: `host:port`, also with a scheme or path as local hosts give it.
    ///
    /// # Errors
    /// [`BadRuntimeApi`] when no host and port can be read; better not to start than to leave it open.
    pub fn parse(text: &str) -> Result<Self, BadRuntimeApi> {
        let rest = text.strip_prefix("http://").unwrap_or(text);
        let url = Url::parse(&format!("http://{rest}")).map_err(|_| BadRuntimeApi)?;
        let port = url.port_or_known_default().ok_or(BadRuntimeApi)?;
        let ip = match url.host().ok_or(BadRuntimeApi)? {
            Host::Ipv4(ip) => Some(IpAddr::V4(ip)),
            Host::Ipv6(ip) => Some(IpAddr::V6(ip).to_canonical()),
            Host::Domain(_) => None,
        };
        Ok(Self { ip: ip.filter(|ip| !ip.is_loopback() && !ip.is_unspecified()), port })
    }

    fn is_at(&self, target: SocketAddr) -> bool {
        let ip = target.ip().to_canonical();
        target.port() == self.port && self.ip.map_or(ip.is_loopback(), |own| own == ip)
    }
}

/// What every URL and every address passes before a connection is opened to it.
#[derive(Clone, Debug)]
pub struct Gate {
    /// How far requests may reach.
    pub reach: Reach,
    /// The Runtime API of this process, if it runs as a Lambda.
    pub runtime_api: Option<RuntimeApi>,
}

impl Gate {
    /// [`check_url`], and a literal address also against the Runtime API.
    ///
    /// # Errors
    /// The first [`UrlProblem`] found.
    pub fn check(&self, url: &Url) -> Result<(), UrlProblem> {
        check_url(url, self.reach)?;
        let port = url.port_or_known_default().unwrap_or(HTTPS_PORT);
        match url.host() {
            Some(Host::Ipv4(ip)) => Ok(self.judge_dial(SocketAddr::from((ip, port)))?),
            Some(Host::Ipv6(ip)) => Ok(self.judge_dial(SocketAddr::from((ip, port)))?),
            Some(Host::Domain(_)) | None => Ok(()),
        }
    }

    /// Says whether a connection to this address may be opened.
    ///
    /// # Errors
    /// [`Blocked`] with its reason.
    pub fn judge_dial(&self, target: SocketAddr) -> Result<(), Blocked> {
        judge(target.ip(), self.reach)?;
        match &self.runtime_api {
            Some(api) if api.is_at(target) => {
                Err(Blocked { ip: target.ip().to_canonical(), why: "the Lambda Runtime API" })
            }
            Some(_) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
