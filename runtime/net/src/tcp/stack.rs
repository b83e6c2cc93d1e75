//! The layers of one connection between its bytes and SIP: none for TCP, TLS and WebSocket on top of each other.

use bytes::{Bytes, BytesMut};
use sipc_engine::streams::{Layer, Output};

/// The layers, from the wire up.
#[derive(Default)]
pub struct Stack {
    layers: Vec<Box<dyn Layer>>,
    /// How many have begun.
    begun: usize,
}

/// What came in.
#[derive(Default)]
pub struct Arrived {
    /// Bytes to be framed.
    pub bytes: Vec<u8>,
    /// Messages that need no framing.
    pub messages: Vec<Bytes>,
    /// The other side sends no more.
    pub ended: bool,
}

impl Stack {
    /// Of these layers.
    pub fn new(layers: Vec<Box<dyn Layer>>) -> Stack {
        Stack { layers, begun: 0 }
    }

    /// Whether bytes are SIP as they are.
    pub fn is_plain(&self) -> bool {
        self.layers.is_empty()
    }

    /// Whether messages can be sent.
    pub fn is_ready(&self) -> bool {
        self.layers.iter().all(|layer| layer.is_ready())
    }

    /// Starts the layers that can be started. What has to leave is put on the wire, even with an error.
    pub fn begin(&mut self, arrived: &mut Arrived, wire: &mut BytesMut) -> Result<(), String> {
        while let Some(layer) = self.layers.get_mut(self.begun) {
            let mut out = Output::default();
            let begun = layer.begin(&mut out);
            let at = self.begun;
            self.begun += 1;
            self.rise(at, out, arrived, wire)?;
            begun?;
            if !self.layers[at].is_ready() {
                break;
            }
        }
        Ok(())
    }

    /// Takes bytes from the wire.
    pub fn receive(
        &mut self,
        bytes: &[u8],
        arrived: &mut Arrived,
        wire: &mut BytesMut,
    ) -> Result<(), String> {
        self.feed(0, bytes, arrived, wire)?;
        let waits = self.begun.checked_sub(1).and_then(|last| self.layers.get(last));
        if waits.is_some_and(|layer| layer.is_ready()) { self.begin(arrived, wire) } else { Ok(()) }
    }

    /// Bytes for a layer.
    fn feed(
        &mut self,
        at: usize,
        bytes: &[u8],
        arrived: &mut Arrived,
        wire: &mut BytesMut,
    ) -> Result<(), String> {
        let Some(layer) = self.layers.get_mut(at) else {
            arrived.bytes.extend_from_slice(bytes);
            return Ok(());
        };
        let mut out = Output::default();
        let fed = layer.receive(bytes, &mut out);
        self.rise(at, out, arrived, wire).and(fed)
    }

    /// What a layer made: answers go down, the rest goes up.
    fn rise(
        &mut self,
        at: usize,
        out: Output,
        arrived: &mut Arrived,
        wire: &mut BytesMut,
    ) -> Result<(), String> {
        self.sink(at, out.answers, wire)?;
        arrived.messages.extend(out.messages);
        arrived.ended |= out.ended;
        if out.bytes.is_empty() {
            return Ok(());
        }
        if at + 1 == self.begun && at + 1 < self.layers.len() {
            self.begin(arrived, wire)?;
        }
        self.feed(at + 1, &out.bytes, arrived, wire)
    }

    /// Bytes that a layer wants on the wire pass those below it.
    fn sink(&mut self, at: usize, mut bytes: Vec<u8>, wire: &mut BytesMut) -> Result<(), String> {
        for layer in self.layers.iter_mut().take(at).rev() {
            if bytes.is_empty() {
                return Ok(());
            }
            let mut below = Vec::new();
            layer.send(&bytes, &mut below)?;
            bytes = below;
        }
        wire.extend_from_slice(&bytes);
        Ok(())
    }

    /// Puts a message on the wire.
    pub fn send(&mut self, message: &[u8], wire: &mut BytesMut) -> Result<(), String> {
        self.sink(self.layers.len(), message.to_vec(), wire)
    }

    /// Says goodbye.
    pub fn end(&mut self, wire: &mut BytesMut) {
        for at in (0..self.layers.len()).rev() {
            let mut bytes = Vec::new();
            self.layers[at].end(&mut bytes);
            if self.sink(at, bytes, wire).is_err() {
                return;
            }
        }
    }
}
