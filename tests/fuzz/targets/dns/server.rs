//! A name server in memory: says what it was told to say, over datagrams and streams.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use hickory_resolver::config::NameServerConfig;
use hickory_resolver::net::runtime::iocompat::AsyncIoTokioAsStd;
use hickory_resolver::net::runtime::{DnsUdpSocket, RuntimeProvider, TokioHandle, TokioTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

/// Where it seems to be.
pub fn configuration() -> NameServerConfig {
    NameServerConfig::udp_and_tcp([192, 0, 2, 53].into())
}

/// How an answer is made of the bytes of the input.
#[derive(Clone, Copy)]
enum How {
    /// There is none.
    Silence,
    /// It is those bytes but for its number.
    Raw,
    /// Flags and counts, then the question as it was asked, then those bytes as records.
    Records,
}

/// What it says, and what it was asked.
#[derive(Clone)]
pub struct Server {
    handle: TokioHandle,
    state: Arc<Mutex<State>>,
}

struct State {
    answers: Vec<(How, Vec<u8>)>,
    asked: usize,
}

impl Server {
    /// From `how, length, bytes` once and again.
    pub fn saying(mut input: &[u8]) -> Server {
        let mut answers = Vec::new();
        while let [how, length, rest @ ..] = input {
            let (bytes, others) = rest.split_at(rest.len().min(usize::from(*length) * 4));
            let how = match how % 8 {
                0 => How::Silence,
                1 => How::Raw,
                _ => How::Records,
            };
            answers.push((how, bytes.to_vec()));
            input = others;
        }
        let state = State { answers, asked: 0 };
        Server { handle: TokioHandle::default(), state: Arc::new(Mutex::new(state)) }
    }

    /// How many questions reached it.
    pub fn asked(&self) -> usize {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).asked
    }

    /// The answer to a question.
    fn answer(&self, question: &[u8]) -> Option<Vec<u8>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let at = state.asked % state.answers.len().max(1);
        state.asked += 1;
        let (how, bytes) = state.answers.get(at)?;
        let number = question.get(..2)?;
        match how {
            How::Silence => None,
            How::Raw => Some([number, bytes].concat()),
            How::Records => {
                let (head, records) = bytes.split_at_checked(5)?;
                let counts = [0, 1, 0, head[2], 0, head[3], 0, head[4]];
                Some([number, &head[..2], &counts, asked_for(question), records].concat())
            }
        }
    }
}

/// The name, type and class of a question's first query.
fn asked_for(question: &[u8]) -> &[u8] {
    let body = question.get(12..).unwrap_or_default();
    let name = body.iter().position(|b| *b == 0).unwrap_or(0);
    body.get(..name + 5).unwrap_or_default()
}

impl RuntimeProvider for Server {
    type Handle = TokioHandle;
    type Timer = TokioTime;
    type Udp = Datagrams;
    type Tcp = AsyncIoTokioAsStd<DuplexStream>;

    fn create_handle(&self) -> TokioHandle {
        self.handle.clone()
    }

    fn connect_tcp(
        &self,
        _server: SocketAddr,
        _bind: Option<SocketAddr>,
        _patience: Option<Duration>,
    ) -> Pin<Box<dyn Send + Future<Output = io::Result<Self::Tcp>>>> {
        let (ours, theirs) = duplex(65_536);
        tokio::spawn(serve(self.clone(), theirs));
        Box::pin(async { Ok(AsyncIoTokioAsStd(ours)) })
    }

    fn bind_udp(
        &self,
        _local: SocketAddr,
        _server: SocketAddr,
    ) -> Pin<Box<dyn Send + Future<Output = io::Result<Datagrams>>>> {
        let datagrams = Datagrams { server: self.clone(), waiting: Mutex::default() };
        Box::pin(async { Ok(datagrams) })
    }
}

/// Answers what comes over a stream, until it ends.
async fn serve(server: Server, mut stream: DuplexStream) -> io::Result<()> {
    loop {
        let mut question = vec![0; usize::from(stream.read_u16().await?)];
        stream.read_exact(&mut question).await?;
        if let Some(answer) = server.answer(&question) {
            stream.write_u16(u16::try_from(answer.len()).unwrap_or(u16::MAX)).await?;
            stream.write_all(&answer).await?;
        }
    }
}

/// A socket over which questions are asked.
pub struct Datagrams {
    server: Server,
    waiting: Mutex<Option<(Vec<u8>, SocketAddr)>>,
}

impl DnsUdpSocket for Datagrams {
    type Time = TokioTime;

    /// What waits; else there will never be anything.
    fn poll_recv_from(
        &self,
        _: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((answer, from)) = waiting else { return Poll::Pending };
        let length = answer.len().min(buffer.len());
        buffer[..length].copy_from_slice(&answer[..length]);
        Poll::Ready(Ok((length, from)))
    }

    fn poll_send_to(&self, _: &mut Context<'_>, question: &[u8], to: SocketAddr) -> Poll<io::Result<usize>> {
        let answer = self.server.answer(question).map(|answer| (answer, to));
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = answer;
        Poll::Ready(Ok(question.len()))
    }
}
