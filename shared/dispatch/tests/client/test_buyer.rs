//! A buyer's server down to the bytes, so that it can misbehave in ways an HTTP library would not allow.

#![expect(clippy::unwrap_used, reason = "a test server that cannot run fails its test")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// Of what the buyer sends, the most that the system keeps until the other side takes it.
const SEND_BUFFER_BYTES: u32 = 64 * 1024;

/// What the buyer does with a request.
#[derive(Clone)]
pub(crate) enum Reaction {
    /// Writes these bytes and keeps the connection open.
    Answer(Vec<u8>),
    /// Writes these bytes, if any, and closes the connection.
    Close(Vec<u8>),
    /// Writes these bytes and then nothing, ever.
    Hang(Vec<u8>),
    /// Writes the first and then the second again and again, at this pace.
    Repeat(Vec<u8>, Vec<u8>, Duration),
}

/// What the buyer has seen so far.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) connections: usize,
    pub(crate) requests: Vec<String>,
    /// Bytes that were taken off its hands by those it repeated itself to, and how many of these have gone.
    pub(crate) repeated: usize,
    pub(crate) gone: usize,
}

pub(crate) struct TestBuyer {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

impl TestBuyer {
    /// Reacts to the n-th request with the n-th reaction, and to all later ones with the last.
    pub(crate) async fn reacting(reactions: Vec<Reaction>) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        // What waits to be sent counts as taken in, so little may wait.
        socket.set_send_buffer_size(SEND_BUFFER_BYTES).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1024).unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        tokio::spawn(serve(listener, reactions, Arc::clone(&seen)));
        Self { address, seen }
    }

    pub(crate) async fn answering(answer: impl AsRef<[u8]>) -> Self {
        Self::reacting(vec![Reaction::Answer(answer.as_ref().to_vec())]).await
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/leads", self.address)
    }

    pub(crate) fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }

    /// The bytes that its clients took in, once all of them have gone.
    pub(crate) async fn repeated_to_gone_clients(&self) -> usize {
        loop {
            {
                let seen = self.seen.lock().unwrap();
                if seen.gone == seen.connections {
                    return seen.repeated;
                }
            }
            tokio::task::yield_now().await;
        }
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().requests.clone()
    }
}

async fn serve(listener: TcpListener, reactions: Vec<Reaction>, seen: Arc<Mutex<Seen>>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        seen.lock().unwrap().connections += 1;
        tokio::spawn(converse(stream, reactions.clone(), Arc::clone(&seen)));
    }
}

/// Answers requests until the other side closes or a reaction ends the connection.
async fn converse(mut stream: TcpStream, reactions: Vec<Reaction>, seen: Arc<Mutex<Seen>>) -> Option<()> {
    loop {
        let request = read_request(&mut stream).await?;
        let turn = {
            let mut seen = seen.lock().unwrap();
            seen.requests.push(request);
            seen.requests.len() - 1
        };
        match reactions.get(turn).or(reactions.last()).unwrap() {
            Reaction::Answer(bytes) => stream.write_all(bytes).await.ok()?,
            Reaction::Close(bytes) => return stream.write_all(bytes).await.ok(),
            Reaction::Hang(bytes) => {
                stream.write_all(bytes).await.ok()?;
                return std::future::pending().await;
            }
            Reaction::Repeat(head, bytes, pace) => {
                stream.write_all(head).await.ok()?;
                let mut beat = tokio::time::interval(*pace);
                loop {
                    beat.tick().await;
                    if stream.write_all(bytes).await.is_err() {
                        seen.lock().unwrap().gone += 1;
                        return None;
                    }
                    seen.lock().unwrap().repeated += bytes.len();
                }
            }
        }
    }
}

/// Reads one request with its body; `None` when the other side has closed.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    while !is_whole(&bytes) {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.split("\r\n").find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}
