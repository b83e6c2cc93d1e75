//! One connection on the worker that owns it: reads messages and hands them on, writes what waits, ends.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use sipc_engine::network::{Proxied, Received};
use sipc_sip::framing::{Frame, frame};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout, timeout_at};

use super::pool::Connection;
use super::settings::Settings;
use super::stack::{Arrived, Stack};
use crate::driver::Driver;

/// The longest message, as in OpenSIPS. What a connection keeps of a half-sent one is bounded by this.
const MESSAGE_MAX: usize = 65_535;
/// Bytes read at once.
const CHUNK: usize = 16_384;
/// Answers of the layers that may wait to be written.
const ANSWERS_MAX: usize = 256 * 1024;
/// How long the other side may take to read one message.
const STALL: Duration = Duration::from_secs(10);

/// What reading and writing one connection share. Borrows of its cells never last over a wait.
pub struct Link<'a> {
    driver: &'a Driver,
    settings: &'a Settings,
    stream: &'a TcpStream,
    connection: &'a Arc<Connection>,
    stack: RefCell<Stack>,
    /// What a PROXY header told.
    told: Rc<Cell<Option<Proxied>>>,
    /// Bytes that have to leave.
    wire: RefCell<BytesMut>,
    /// The first message of the queue is on the wire, in part or whole.
    first_is_leaving: Cell<bool>,
    /// There is something on the wire, or messages can be sent now.
    wakes_writer: Notify,
}

impl<'a> Link<'a> {
    /// A connection that has just been opened.
    pub fn new(
        driver: &'a Driver,
        settings: &'a Settings,
        stream: &'a TcpStream,
        connection: &'a Arc<Connection>,
        stack: Stack,
        told: Rc<Cell<Option<Proxied>>>,
    ) -> Link<'a> {
        Link {
            driver,
            settings,
            stream,
            connection,
            stack: RefCell::new(stack),
            told,
            wire: RefCell::default(),
            first_is_leaving: Cell::new(false),
            wakes_writer: Notify::new(),
        }
    }

    /// Reads and writes until the connection ends.
    pub async fn run(&self) {
        let outgoing = &self.connection.outgoing;
        // what layers say first comes before all messages
        if !self.begin() {
            return;
        }
        let read = tokio::select! {
            () = self.read() => true,
            () = self.write() => false,
            () = outgoing.ended() => false,
        };
        if read {
            // who sends no more may still read: answers to what was received leave, but no later ones
            outgoing.close();
            // what is left when that takes too long has not been sent, and its owner says so
            let _ = timeout(STALL, self.write_rest()).await;
        }
        self.stack.borrow_mut().end(&mut self.wire.borrow_mut());
        // nobody waits for a goodbye
        let _ = self.stream.try_write(&self.wire.borrow());
    }

    async fn write_rest(&self) {
        while self.put_first() || !self.wire.borrow().is_empty() {
            if self.flush().await.is_err() {
                return;
            }
            self.first_has_left();
        }
    }

    async fn write(&self) {
        loop {
            if self.put_first() || !self.wire.borrow().is_empty() {
                if !matches!(timeout(STALL, self.flush()).await, Ok(Ok(()))) {
                    return;
                }
                self.first_has_left();
                self.connection.touch();
                continue;
            }
            let ready = self.stack.borrow().is_ready();
            tokio::select! {
                () = self.connection.outgoing.filled(), if ready => {}
                () = self.wakes_writer.notified() => {}
            }
        }
    }

    /// Puts the first message of the queue on the wire, unless it is there; `false` when there is none.
    fn put_first(&self) -> bool {
        let mut stack = self.stack.borrow_mut();
        if self.first_is_leaving.get() {
            return true;
        }
        let first = if stack.is_ready() { self.connection.outgoing.peek() } else { None };
        let Some(message) = first else { return false };
        if let Err(why) = stack.send(&message, &mut self.wire.borrow_mut()) {
            self.warn(&why);
            self.connection.outgoing.close();
            return false;
        }
        self.first_is_leaving.set(true);
        true
    }

    fn first_has_left(&self) {
        if self.first_is_leaving.replace(false) {
            self.connection.outgoing.written();
        }
    }

    async fn flush(&self) -> io::Result<()> {
        while !self.wire.borrow().is_empty() {
            self.stream.writable().await?;
            let mut wire = self.wire.borrow_mut();
            match self.stream.try_write(&wire) {
                Ok(n) => drop(wire.split_to(n)),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                Err(e) => return Err(e),
            }
            if wire.is_empty() {
                // a silent connection keeps no memory for what it may send
                *wire = BytesMut::new();
            }
        }
        Ok(())
    }

    async fn read(&self) {
        let mut buffer = BytesMut::new();
        let opened = Instant::now();
        self.connection.touch();
        // when the message that is half here began
        let mut began: Option<Instant> = None;
        loop {
            let ready = self.stack.borrow().is_ready();
            self.connection.is_open.store(ready, Ordering::Relaxed);
            let deadline = match began {
                _ if !ready => opened + self.settings.handshake,
                Some(at) => at + self.settings.message,
                None => Instant::now() + self.silence_left(),
            };
            match timeout_at(deadline, self.stream.readable()).await {
                // something was written meanwhile
                Err(_) if ready && began.is_none() && !self.silence_left().is_zero() => continue,
                Err(_) | Ok(Err(_)) => return,
                Ok(Ok(())) => {}
            }
            if !self.read_some(&mut buffer, &mut began) {
                return;
            }
            // the others on this worker have their turn
            tokio::task::yield_now().await;
        }
    }

    /// Not within the waiting function, which would keep the room for what comes while it waits.
    fn read_some(&self, buffer: &mut BytesMut, began: &mut Option<Instant>) -> bool {
        let mut chunk = [0; CHUNK];
        match self.stream.try_read(&mut chunk) {
            Ok(0) => false,
            Ok(n) => {
                self.connection.touch();
                self.arrive(&chunk[..n], buffer, began)
            }
            Err(e) => e.kind() == io::ErrorKind::WouldBlock,
        }
    }

    fn silence_left(&self) -> Duration {
        self.connection.silence_left(self.settings.idle)
    }

    /// Starts the layers. `false`: one of them wants the connection to end.
    fn begin(&self) -> bool {
        self.pass(|stack, wire| stack.begin(&mut Arrived::default(), wire))
    }

    /// Bytes came in. `false`: it cannot be read on.
    fn arrive(&self, bytes: &[u8], buffer: &mut BytesMut, began: &mut Option<Instant>) -> bool {
        let mut arrived = Arrived::default();
        let going_on = self.pass(|stack, wire| stack.receive(bytes, &mut arrived, wire));
        if self.stack.borrow().is_plain() {
            buffer.extend_from_slice(bytes);
        } else {
            buffer.extend_from_slice(&arrived.bytes);
        }
        let whole = arrived.messages.len();
        for message in arrived.messages {
            self.whole(message);
        }
        let Some(taken) = self.take(buffer) else { return false };
        // line ends may be the first half of a ping, which nobody has to finish
        let half = buffer.iter().any(|c| !matches!(c, b'\r' | b'\n'));
        *began = half.then(|| began.filter(|_| taken + whole == 0).unwrap_or_else(Instant::now));
        if buffer.is_empty() {
            // a silent connection keeps no memory for what may come
            *buffer = BytesMut::new();
        }
        going_on && !arrived.ended
    }

    /// Through the layers. `false`: one of them wants the connection to end.
    fn pass(&self, through: impl FnOnce(&mut Stack, &mut BytesMut) -> Result<(), String>) -> bool {
        let mut stack = self.stack.borrow_mut();
        if stack.is_plain() {
            return true;
        }
        let mut wire = self.wire.borrow_mut();
        let passed = through(&mut stack, &mut wire);
        let too_much = wire.len() > ANSWERS_MAX;
        drop((stack, wire));
        self.wakes_writer.notify_one();
        if let Err(why) = &passed {
            self.warn(why);
        }
        passed.is_ok() && !too_much
    }

    fn warn(&self, why: &str) {
        let (transport, peer) = (self.connection.transport.lower_name(), self.connection.peer);
        self.driver.warn(format_args!("closing the {transport} connection of {peer}: {why}"));
    }

    fn received(&self) -> Received {
        let c = self.connection;
        Received { socket: c.socket, source: c.peer, connection: Some(c.id), proxied: self.told.get() }
    }

    fn pong(&self) {
        if self.settings.answers_pings(self.connection.transport) {
            self.connection.outgoing.push(Bytes::from_static(b"\r\n"));
        }
    }

    /// A message of a layer that has messages.
    fn whole(&self, message: Bytes) {
        if &message[..] == b"\r\n\r\n" {
            self.pong();
        } else {
            self.driver.receive(message, self.received());
        }
    }

    /// Hands on the messages at the beginning of the buffer; says how many they were. `None`: it cannot be
    /// read on.
    fn take(&self, buffer: &mut BytesMut) -> Option<usize> {
        let mut taken = 0;
        loop {
            match frame(buffer, MESSAGE_MAX) {
                Frame::More(_) => return Some(taken),
                Frame::Skip(n) => buffer.advance(n),
                Frame::Ping(n) => {
                    buffer.advance(n);
                    self.pong();
                }
                Frame::Whole(n) => {
                    let message = Bytes::copy_from_slice(&buffer[..n]);
                    buffer.advance(n);
                    taken += 1;
                    self.driver.receive(message, self.received());
                }
                Frame::Broken(why) => {
                    self.warn(&format!("{why:?}"));
                    return None;
                }
            }
        }
    }
}
