//! SIP over WebSocket (RFC 7118) as a layer of a connection: the handshake, then one SIP message per WebSocket
//! message. `proto_ws` and `proto_wss` bring it; what is below it, TCP or TLS, makes no difference.
#![forbid(unsafe_code)]

use std::io::{self, Read, Write};
use std::net::SocketAddr;

use bytes::Bytes;
use sipc_engine::streams::{Layer, Opening, Output, Protocol};
use tungstenite::protocol::{Role, WebSocketConfig, WebSocketContext};
use tungstenite::{Error, Message};

mod handshake;
#[cfg(test)]
mod tests;

use handshake::Key;

/// The longest message, as over other streams.
const MESSAGE_MAX: usize = 65_535;
/// What a silent connection keeps for what may come.
const BUFFER: usize = 1024;
/// The longest head of the handshake.
const HEAD_MAX: usize = 8192;

/// What a script sets.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What is asked for where a connection is opened.
    pub resource: String,
    /// Clients must say which site their program is of.
    pub require_origin: bool,
}

impl Protocol for Settings {
    fn open(&self, opening: &Opening) -> Result<Box<dyn Layer>, String> {
        Ok(Box::new(WebSocket::new(self.clone(), opening.accepted, opening.peer)))
    }
}

/// The layer of one connection.
pub struct WebSocket {
    settings: Settings,
    accepted: bool,
    peer: SocketAddr,
    state: State,
}

enum State {
    /// The head of the other side's half of the handshake, as far as it has come.
    Shaking(Vec<u8>, Option<Key>),
    Open(Box<WebSocketContext>),
    Failed,
}

/// Bytes that came in, and bytes that have to leave.
#[derive(Default)]
struct Memory<'a> {
    input: &'a [u8],
    output: Vec<u8>,
}

impl Read for Memory<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.input.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.input.read(buffer)
    }
}

impl Write for Memory<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl WebSocket {
    /// The layer of a connection that was accepted, or opened here.
    pub fn new(settings: Settings, accepted: bool, peer: SocketAddr) -> WebSocket {
        WebSocket { settings, accepted, peer, state: State::Shaking(Vec::new(), None) }
    }

    fn context(&self, rest: &[u8]) -> Box<WebSocketContext> {
        let role = if self.accepted { Role::Server } else { Role::Client };
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER)
            .write_buffer_size(0)
            .max_write_buffer_size(usize::MAX)
            .max_message_size(Some(MESSAGE_MAX))
            .max_frame_size(Some(MESSAGE_MAX));
        Box::new(WebSocketContext::from_partially_read(rest.to_vec(), role, Some(config)))
    }

    /// Takes bytes of the handshake; goes on when it is whole.
    fn shake(&mut self, bytes: &[u8], out: &mut Output) -> Result<(), String> {
        let State::Shaking(head, key) = &mut self.state else { return Ok(()) };
        head.extend_from_slice(bytes);
        let read = match (self.accepted, key) {
            (true, _) => handshake::request(head, self.settings.require_origin, &mut out.answers),
            (false, Some(key)) => handshake::response(head, key),
            (false, None) => Err("an answer before the question".to_owned()),
        };
        match read {
            Ok(None) if head.len() > HEAD_MAX => self.fail("the handshake is too long".to_owned()),
            Ok(None) => Ok(()),
            Ok(Some(length)) => {
                let rest = head.get(length..).unwrap_or_default().to_vec();
                self.state = State::Open(self.context(&rest));
                self.take(&[], out)
            }
            Err(why) => self.fail(why),
        }
    }

    fn fail(&mut self, why: String) -> Result<(), String> {
        self.state = State::Failed;
        Err(why)
    }

    /// Takes bytes of frames.
    fn take(&mut self, bytes: &[u8], out: &mut Output) -> Result<(), String> {
        let State::Open(context) = &mut self.state else { return Ok(()) };
        let mut memory = Memory { input: bytes, ..Memory::default() };
        let ended = loop {
            match context.read(&mut memory) {
                Ok(Message::Text(text)) => out.messages.push(Bytes::from(text)),
                Ok(Message::Binary(bytes)) => out.messages.push(bytes),
                // answers to pings and to the end are made by the library
                Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_) | Message::Close(_)) => {}
                Err(Error::Io(e)) if e.kind() == io::ErrorKind::WouldBlock => break Ok(()),
                Err(Error::ConnectionClosed | Error::AlreadyClosed) => {
                    out.ended = true;
                    break Ok(());
                }
                Err(e) => break Err(e.to_string()),
            }
        };
        // memory takes all
        let _ = context.flush(&mut memory);
        out.ended |= !context.can_read();
        out.answers.append(&mut memory.output);
        ended
    }
}

impl Layer for WebSocket {
    fn begin(&mut self, out: &mut Output) -> Result<(), String> {
        if let State::Shaking(_, key) = &mut self.state
            && !self.accepted
        {
            *key = Some(handshake::ask(&self.settings.resource, self.peer, &mut out.answers));
        }
        Ok(())
    }

    fn receive(&mut self, bytes: &[u8], out: &mut Output) -> Result<(), String> {
        match self.state {
            State::Shaking(..) => self.shake(bytes, out),
            State::Open(_) => self.take(bytes, out),
            State::Failed => Ok(()),
        }
    }

    fn is_ready(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    fn send(&mut self, message: &[u8], wire: &mut Vec<u8>) -> Result<(), String> {
        let State::Open(context) = &mut self.state else { return Err("the WebSocket is not open".into()) };
        // text must be UTF-8, which SIP does not promise
        let message = match std::str::from_utf8(message) {
            Ok(text) => Message::text(text),
            Err(_) => Message::binary(message.to_vec()),
        };
        let mut memory = Memory::default();
        context.write(&mut memory, message).map_err(|e| e.to_string())?;
        context.flush(&mut memory).map_err(|e| e.to_string())?;
        wire.append(&mut memory.output);
        Ok(())
    }

    fn end(&mut self, wire: &mut Vec<u8>) {
        if let State::Open(context) = &mut self.state {
            let mut memory = Memory::default();
            // who has closed already has said so
            let _ = context.close(&mut memory, None);
            let _ = context.flush(&mut memory);
            wire.append(&mut memory.output);
        }
    }
}
