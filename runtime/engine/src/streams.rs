//! What stands between the bytes of a stream and SIP messages: TLS, WebSocket.
//!
//! Modules bring the layers, the network drives them: bytes that came in, messages that go out. A layer opens no
//! socket, waits for nothing and knows no clock but the system's.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;

use crate::Context;
use crate::network::{Destination, SocketId, Transport};

/// A connection that begins.
#[derive(Debug, Clone, Copy)]
pub struct Opening {
    /// Its number.
    pub connection: u64,
    /// Its transport.
    pub transport: Transport,
    /// This side.
    pub local: SocketAddr,
    /// The other side.
    pub peer: SocketAddr,
    /// The other side opened it.
    pub accepted: bool,
    /// What [`Protocol::choose`] said for the message that it is opened for.
    pub domain: Option<u16>,
}

/// What a layer makes of bytes.
#[derive(Debug, Default)]
pub struct Output {
    /// Bytes for the layer above, or for SIP framing.
    pub bytes: Vec<u8>,
    /// Whole SIP messages, of layers that have messages.
    pub messages: Vec<Bytes>,
    /// Bytes for the other side. They leave even when the layer fails, for they may say why.
    pub answers: Vec<u8>,
    /// The other side sends no more.
    pub ended: bool,
}

/// One layer of one connection.
pub trait Layer {
    /// The connection is open, and layers below this one are ready.
    fn begin(&mut self, _out: &mut Output) -> Result<(), String> {
        Ok(())
    }

    /// Bytes came in. The error says why the connection has to end.
    fn receive(&mut self, bytes: &[u8], out: &mut Output) -> Result<(), String>;

    /// Whether messages can be sent: its handshake is done.
    fn is_ready(&self) -> bool;

    /// Puts a message, or bytes of the layer above, on the wire.
    fn send(&mut self, message: &[u8], wire: &mut Vec<u8>) -> Result<(), String>;

    /// The connection is about to end on this side.
    fn end(&mut self, _wire: &mut Vec<u8>) {}
}

/// What makes a layer for each connection.
pub trait Protocol: Send + Sync {
    /// A layer for a connection; the error says why there cannot be one.
    fn open(&self, opening: &Opening) -> Result<Box<dyn Layer>, String>;

    /// Which of several ways of opening a connection the script wants for a message.
    fn choose(&self, _cx: &mut Context, _to: &Destination) -> Option<u16> {
        None
    }
}

/// One connection, as shown to people.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its number.
    pub id: u64,
    /// Its transport.
    pub transport: Transport,
    /// The listening socket that it belongs to.
    pub socket: SocketId,
    /// The other side.
    pub peer: SocketAddr,
    /// Whether messages can pass.
    pub is_open: bool,
    /// Seconds of silence that it has left.
    pub left: u64,
    /// Other ports of the other side that lead to it.
    pub aliases: Vec<u16>,
}

/// Which connections are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The one with this number.
    Id(u64),
    /// Those to an address, of one transport or of any.
    To(SocketAddr, Option<Transport>),
}

/// The connections of the process.
pub trait Connections: Send + Sync {
    /// All of them.
    fn list(&self) -> Vec<Listed>;

    /// Ends some; `false` when there is none.
    fn close(&self, which: Which) -> bool;

    /// Has one last for some seconds at least, however silent it is.
    fn keep(&self, id: u64, seconds: u64);
}

/// The layers that the modules of a site bring.
#[derive(Clone, Default)]
pub struct Protocols {
    /// TLS.
    pub tls: Option<Arc<dyn Protocol>>,
    /// WebSocket.
    pub websocket: Option<Arc<dyn Protocol>>,
    /// WebSocket over TLS, above TLS.
    pub secure_websocket: Option<Arc<dyn Protocol>>,
}

impl Protocols {
    /// The layers of a transport, from the wire up; `None` when a module that it needs is not loaded.
    pub fn of(&self, transport: Transport) -> Option<Vec<&Arc<dyn Protocol>>> {
        match transport {
            Transport::Tls => Some(vec![self.tls.as_ref()?]),
            Transport::Ws => Some(vec![self.websocket.as_ref()?]),
            Transport::Wss => Some(vec![self.tls.as_ref()?, self.secure_websocket.as_ref()?]),
            Transport::Tcp | Transport::Udp | Transport::Sctp => Some(Vec::new()),
        }
    }
}
