//! What waits to be sent over one connection. Any worker adds to it and never waits; a connection whose other
//! side stopped reading is closed when this is full.

use std::collections::VecDeque;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// Bytes that may wait.
const BYTES_MAX: usize = 1 << 20;
/// What one message costs beside its bytes.
const MESSAGE_COST: usize = 64;

/// The queue of one connection.
#[derive(Default)]
pub struct Outgoing {
    state: Mutex<State>,
    /// There is something to write.
    filled: Notify,
    /// The connection is to end.
    ended: Notify,
}

#[derive(Default)]
struct State {
    messages: VecDeque<Bytes>,
    cost: usize,
    closed: bool,
}

impl Outgoing {
    /// Adds a message; `false` when the connection is closed, or is closed by this for being full.
    pub fn push(&self, message: Bytes) -> bool {
        let mut state = self.state.lock();
        if state.closed {
            return false;
        }
        if state.cost + message.len() + MESSAGE_COST > BYTES_MAX && !state.messages.is_empty() {
            drop(state);
            self.close();
            return false;
        }
        state.cost += message.len() + MESSAGE_COST;
        state.messages.push_back(message);
        drop(state);
        self.filled.notify_one();
        true
    }

    /// Waits for messages to be added.
    pub async fn filled(&self) {
        self.filled.notified().await;
    }

    /// The first message, if there is one. It stays until [`Outgoing::written`].
    pub fn peek(&self) -> Option<Bytes> {
        self.state.lock().messages.front().cloned()
    }

    /// The first message has left.
    pub fn written(&self) {
        let mut state = self.state.lock();
        if let Some(message) = state.messages.pop_front() {
            state.cost -= message.len() + MESSAGE_COST;
        }
    }

    /// Takes no more, and tells the owner to end the connection.
    pub fn close(&self) {
        self.state.lock().closed = true;
        self.ended.notify_one();
    }

    /// Whether it takes no more.
    pub fn is_closed(&self) -> bool {
        self.state.lock().closed
    }

    /// Waits for [`Outgoing::close`].
    pub async fn ended(&self) {
        self.ended.notified().await;
    }

    /// Closes it and gives what was not sent.
    pub fn take(&self) -> VecDeque<Bytes> {
        let mut state = self.state.lock();
        state.closed = true;
        state.cost = 0;
        std::mem::take(&mut state.messages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_bounded_and_full_means_closed() {
        let outgoing = Outgoing::default();
        let message = Bytes::from(vec![b'x'; 1000]);
        let taken = (0..10_000).take_while(|_| outgoing.push(message.clone())).count();
        assert!(taken > 900 && taken < 1049, "{taken}");
        assert!(outgoing.is_closed() && !outgoing.push(Bytes::new()));
        assert_eq!(outgoing.take().len(), taken, "what was not sent can be told");
    }

    #[test]
    fn what_is_written_makes_room() {
        let outgoing = Outgoing::default();
        let message = Bytes::from(vec![b'x'; 1000]);
        for _ in 0..10_000 {
            assert!(outgoing.push(message.clone()));
            outgoing.written();
        }
        assert_eq!(outgoing.peek(), None);
    }
}
