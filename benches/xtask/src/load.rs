//! The light load: caller and called in one thread, in batches, for rates that SIPp does not reach, for response times in
//! microseconds, and for as many open calls as are wanted. Nothing is sent twice: what is lost is a failed call.

use std::io::{IoSlice, IoSliceMut};
use std::net::{SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    MsgFlags, MultiHeaders, SockaddrIn, recvmmsg, sendmmsg, setsockopt, sockopt::RcvBuf, sockopt::SndBuf,
};

use crate::Fault;
use crate::dialogue::{Speakers, hear};
use crate::statistics::percentile;

const BATCH: usize = 64;
const LONGEST: usize = 4096;
const BUFFER: usize = 4 << 20;

/// What is asked of the server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Work {
    /// OPTIONS to the server itself.
    Options,
    /// MESSAGE to the called.
    Message,
    /// REGISTER of a user each.
    Register,
    /// A whole call.
    Call,
    /// A call that rings and is not answered.
    Ring,
}

/// A load.
pub struct Plan<'a> {
    /// What.
    pub work: Work,
    /// Who is asked.
    pub server: SocketAddrV4,
    /// Where requests go, behind the `@`.
    pub target: SocketAddr,
    /// Where the called are.
    pub called: SocketAddr,
    /// How many calls.
    pub calls: u64,
    /// A second.
    pub rate: f64,
    /// The user part of a call.
    pub user: &'a dyn Fn(u64) -> String,
    /// How long the last calls may take.
    pub patience: Duration,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Calls that came to their end.
    pub good: u64,
    /// Calls that were begun.
    pub begun: u64,
    /// Calls whose messages came in another order.
    pub disorder: u64,
    /// Those that did not come to their end.
    pub missing: Vec<u64>,
    /// Calls a second, from the first to the last that was begun.
    pub rate: f64,
    /// Response times, microseconds, in order.
    pub times: Vec<f64>,
}

impl Outcome {
    /// The middle response time, and the one that all but one of a hundred do not exceed.
    pub fn response(&self) -> (f64, f64) {
        (percentile(&self.times, 0.5), percentile(&self.times, 0.99))
    }
}

/// Where a call is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Begun,
    Ringing,
    Answered,
    Done,
}

/// One side with what it has yet to send.
struct Side {
    socket: UdpSocket,
    queue: Vec<(Vec<u8>, SockaddrIn)>,
    spare: Vec<Vec<u8>>,
    incoming: MultiHeaders<SockaddrIn>,
    outgoing: MultiHeaders<SockaddrIn>,
    buffers: Vec<[u8; LONGEST]>,
}

impl Side {
    fn bind(address: SocketAddr) -> Result<Side, Fault> {
        let socket = UdpSocket::bind(address).map_err(|e| format!("{address}: {e}"))?;
        setsockopt(&socket, RcvBuf, &BUFFER).map_err(|e| e.to_string())?;
        setsockopt(&socket, SndBuf, &BUFFER).map_err(|e| e.to_string())?;
        let headers = || MultiHeaders::preallocate(BATCH, None);
        Ok(Side {
            socket,
            queue: Vec::new(),
            spare: Vec::new(),
            incoming: headers(),
            outgoing: headers(),
            buffers: vec![[0; LONGEST]; BATCH],
        })
    }

    fn say(&mut self, to: SockaddrIn, write: impl FnOnce(&mut Vec<u8>)) {
        let mut text = self.spare.pop().unwrap_or_default();
        text.clear();
        write(&mut text);
        self.queue.push((text, to));
    }

    fn flush(&mut self) -> Result<(), Fault> {
        for part in self.queue.chunks(BATCH) {
            let slices: Vec<[IoSlice; 1]> = part.iter().map(|(text, _)| [IoSlice::new(text)]).collect();
            let to: Vec<Option<SockaddrIn>> = part.iter().map(|(_, to)| Some(*to)).collect();
            let mut from = 0;
            while from < part.len() {
                let (slices, to) = (&slices[from..], &to[from..]);
                let fd = self.socket.as_raw_fd();
                let sent = sendmmsg(fd, &mut self.outgoing, slices, to, [], MsgFlags::empty());
                from += sent.map_err(|e| e.to_string())?.count().max(1);
            }
        }
        self.spare.extend(self.queue.drain(..).map(|(text, _)| text));
        Ok(())
    }

    /// Takes what is there: lengths and senders of what is in the buffers now.
    fn take(&mut self) -> Vec<(usize, SockaddrIn)> {
        let mut slices: Vec<[IoSliceMut; 1]> =
            self.buffers.iter_mut().map(|b| [IoSliceMut::new(b)]).collect();
        let fd = self.socket.as_raw_fd();
        match recvmmsg(fd, &mut self.incoming, slices.iter_mut(), MsgFlags::MSG_DONTWAIT, None) {
            Ok(taken) => taken.filter_map(|m| Some((m.bytes, m.address?))).collect(),
            Err(_) => Vec::new(),
        }
    }
}

/// A load that runs.
struct Running<'a> {
    plan: &'a Plan<'a>,
    speakers: Speakers,
    caller: Side,
    called: Side,
    server: SockaddrIn,
    states: Vec<State>,
    acknowledged: Vec<bool>,
    begun_at: Vec<Instant>,
    seen: Outcome,
}

/// Makes the calls of a plan and waits for their end.
pub fn run(plan: &Plan) -> Result<Outcome, Fault> {
    let own = crate::peer::free_address()?;
    let speakers = Speakers {
        word: format!("{:x}p{}", std::process::id(), own.port()),
        caller: own,
        called: plan.called,
    };
    let mut running = Running {
        plan,
        speakers,
        caller: Side::bind(own)?,
        called: Side::bind(plan.called)?,
        server: SockaddrIn::from(plan.server),
        states: Vec::with_capacity(plan.calls as usize),
        acknowledged: vec![false; plan.calls as usize],
        begun_at: Vec::with_capacity(plan.calls as usize),
        seen: Outcome::default(),
    };
    running.go()?;
    let unfinished = |(n, state): (u64, &State)| (*state != State::Done).then_some(n);
    let missing = (0..).zip(&running.states).filter_map(unfinished).collect();
    let mut seen = Outcome { missing, ..running.seen };
    seen.times.sort_by(f64::total_cmp);
    Ok(seen)
}

impl Running<'_> {
    fn go(&mut self) -> Result<(), Fault> {
        let started = Instant::now();
        let mut last = started;
        while self.seen.good < self.plan.calls {
            if self.seen.begun < self.plan.calls {
                let due = (started.elapsed().as_secs_f64() * self.plan.rate) as u64 + 1;
                // so many at once that what comes in is not forgotten
                let now = due.min(self.plan.calls).saturating_sub(self.seen.begun).min(BATCH as u64);
                (0..now).for_each(|_| self.begin());
                last = Instant::now();
            } else if last.elapsed() > self.plan.patience {
                break;
            }
            self.caller.flush()?;
            self.hear()?;
        }
        let seconds = self.begun_at.last().map_or(0.0, |end| (*end - started).as_secs_f64());
        self.seen.rate = self.seen.begun.saturating_sub(1) as f64 / seconds;
        Ok(())
    }

    fn begin(&mut self) {
        let n = self.seen.begun;
        let user = (self.plan.user)(n);
        let target = self.plan.target;
        let (method, uri) = match self.plan.work {
            Work::Options => ("OPTIONS", format!("sip:{target}")),
            Work::Register => ("REGISTER", format!("sip:{target}")),
            Work::Message => ("MESSAGE", format!("sip:{user}@{target}")),
            Work::Call | Work::Ring => ("INVITE", format!("sip:{user}@{target}")),
        };
        let to = format!("sip:{user}@{target}");
        let speakers = &self.speakers;
        self.caller.say(self.server, |out| speakers.first(out, method, &uri, n, &to));
        self.states.push(State::Begun);
        self.begun_at.push(Instant::now());
        self.seen.begun += 1;
    }

    fn hear(&mut self) -> Result<(), Fault> {
        let mut ready = [
            PollFd::new(self.caller.socket.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.called.socket.as_fd(), PollFlags::POLLIN),
        ];
        poll(&mut ready, PollTimeout::from(1_u8)).map_err(|e| e.to_string())?;
        let [caller, called] = ready.map(|fd| fd.any().unwrap_or(false));
        if called {
            self.at_the_called();
            self.called.flush()?;
        }
        if caller {
            self.at_the_caller();
            self.caller.flush()?;
        }
        Ok(())
    }

    fn at_the_called(&mut self) {
        for (at, (length, from)) in self.called.take().into_iter().enumerate() {
            let buffer = self.called.buffers[at];
            let message = &buffer[..length];
            let Some(heard) = hear(message, &self.speakers.word) else { continue };
            let n = heard.call;
            let answers: &[&str] = match (heard.method, self.plan.work) {
                (b"INVITE", Work::Ring) => &["180 Ringing"],
                (b"INVITE", _) => &["180 Ringing", "200 OK"],
                (b"ACK", _) => {
                    self.acknowledge(n);
                    &[]
                }
                (method, _) => {
                    if method == b"BYE" && self.acknowledged.get(n as usize) == Some(&false) {
                        self.seen.disorder += 1;
                    }
                    &["200 OK"]
                }
            };
            let speakers = &self.speakers;
            for status in answers {
                self.called.say(from, |out| speakers.answer(out, status, n, message));
            }
        }
    }

    fn at_the_caller(&mut self) {
        for (at, (length, _)) in self.caller.take().into_iter().enumerate() {
            let buffer = self.caller.buffers[at];
            let message = &buffer[..length];
            let Some(heard) = hear(message, &self.speakers.word) else { continue };
            let n = heard.call as usize;
            let Some(state) = self.states.get(n).copied() else { continue };
            let next = match (heard.status, heard.method, state) {
                (180, b"INVITE", State::Begun) => {
                    self.time(n);
                    if self.plan.work == Work::Ring { State::Done } else { State::Ringing }
                }
                (200, b"INVITE", State::Begun | State::Ringing) => {
                    if state == State::Begun {
                        self.seen.disorder += 1;
                    }
                    let speakers = &self.speakers;
                    for method in ["ACK", "BYE"] {
                        self.caller.say(self.server, |out| speakers.within(out, method, heard.call, message));
                    }
                    State::Answered
                }
                (200, b"BYE", State::Answered) => State::Done,
                (200, b"OPTIONS" | b"MESSAGE" | b"REGISTER", State::Begun) => {
                    self.time(n);
                    State::Done
                }
                _ => state,
            };
            if next == State::Done && state != State::Done {
                self.seen.good += 1;
            }
            self.states[n] = next;
        }
    }

    fn acknowledge(&mut self, n: u64) {
        if let Some(seen) = self.acknowledged.get_mut(n as usize) {
            *seen = true;
        }
    }

    fn time(&mut self, n: usize) {
        self.seen.times.push(self.begun_at[n].elapsed().as_secs_f64() * 1e6);
    }
}
