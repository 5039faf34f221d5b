//! One connection to a buyer: dialled at an address that was judged, with TLS where the URL asks for it, and of no more
//! than [`MAX_RECEIVED_BYTES`].

use std::{
    error::Error,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use hyper::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::timeout,
};
use tokio_rustls::TlsConnector;
use tower_service::Service;
use url::Url;

use crate::resolver::GatedResolver;

/// The most bytes that are read from one connection, as they come from the network: TLS, interim answers, the head, the
/// body, and what frames it. No honest answer comes near; whatever has no end meets it, on a slow machine or a fast one.
pub const MAX_RECEIVED_BYTES: usize = 512 * 1024;
/// What the system may hold of an answer that is not read yet. Left alone it grows to megabytes.
const RECEIVE_BUFFER_BYTES: usize = 128 * 1024;

/// What a dial ends in.
pub(crate) type Stream = Box<dyn Duplex>;

/// Bytes in both directions.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Duplex for S {}

/// The other side sent more than any answer needs.
#[derive(Debug, thiserror::Error)]
#[error("more than {MAX_RECEIVED_BYTES} bytes came")]
pub(crate) struct TooMuch;

/// Dials the URL, with TLS unless its scheme is `http`. All of it, from DNS to the last step of TLS, ends `within`.
///
/// # Errors
/// No byte of a request has left then. [`domain::address::Blocked`], [`crate::resolver::Unresolved`] or a
/// [`rustls::Error`] is among the causes when it was that.
pub(crate) async fn dial(
    url: &Url,
    resolver: GatedResolver,
    tls: Arc<ClientConfig>,
    within: Duration,
) -> Result<Stream, Box<dyn Error + Send + Sync>> {
    let mut connector = HttpConnector::new_with_resolver(resolver);
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(within));
    connector.set_recv_buffer_size(Some(RECEIVE_BUFFER_BYTES));
    let dialling = async {
        let stream = connector.call(Uri::try_from(url.as_str())?).await?.into_inner();
        let stream = Capped { stream, left: MAX_RECEIVED_BYTES };
        if url.scheme() == "http" {
            return Ok(Box::new(stream) as Stream);
        }
        let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned())?;
        Ok(Box::new(TlsConnector::from(tls).connect(name, stream).await?) as Stream)
    };
    timeout(within, dialling).await?
}

/// A stream that fails once more was read from it than was `left` at first.
struct Capped<S> {
    stream: S,
    left: usize,
}

impl<S: AsyncRead + Unpin> AsyncRead for Capped<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let came = buf.filled().len() - before;
        let Some(left) = self.left.checked_sub(came) else {
            self.left = 0;
            return Poll::Ready(Err(io::Error::other(TooMuch)));
        };
        self.left = left;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Capped<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    #[tokio::test]
    async fn as_much_as_is_left_is_read_and_then_it_fails() {
        let bytes = [b'a'; 100];
        for (left, whole) in [(101, true), (100, true), (99, false), (9, false)] {
            let mut capped = Capped { stream: bytes.as_slice(), left };
            let mut part = [0; 10];
            let error = loop {
                match capped.read(&mut part).await {
                    Ok(0) => break None,
                    Ok(_) => {}
                    Err(error) => break Some(error),
                }
            };
            assert_eq!(error.is_none(), whole, "{left}: {error:?}");
            assert!(error.is_none_or(|error| error.get_ref().unwrap().is::<TooMuch>()));
            assert!(whole || capped.stream.is_empty() || capped.read(&mut part).await.is_err());
        }
    }
}
