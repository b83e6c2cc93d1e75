//! The memory of messages: what a message is indexed in serves the next one of the same thread, so that in the long run a
//! message that comes and goes asks for none.

use std::cell::RefCell;
use std::ops::Deref;
use std::sync::Arc;

use crate::message::Inner;

/// The most that a thread keeps, in messages.
const SPARE_MAX: usize = 64;

thread_local! {
    static SPARE: RefCell<Vec<Arc<Inner>>> = const { RefCell::new(Vec::new()) };
}

/// What the holders of a message share. `None` is only what is being dropped.
#[derive(Debug, Clone)]
pub(crate) struct Shared(Option<Arc<Inner>>);

impl Shared {
    /// Of a new message, and what filling it in gives.
    pub(crate) fn new<R>(fill: impl FnOnce(&mut Inner) -> R) -> (Shared, R) {
        let spare = SPARE.try_with(|spare| spare.borrow_mut().pop()).ok().flatten();
        let mut inner = spare.unwrap_or_else(fresh);
        let result = fill(Arc::get_mut(&mut inner).expect("what is spare has no other holder"));
        (Shared(Some(inner)), result)
    }

    /// To change it, while there is no other holder.
    pub(crate) fn get_mut(&mut self) -> Option<&mut Inner> {
        self.0.as_mut().and_then(Arc::get_mut)
    }
}

impl Deref for Shared {
    type Target = Inner;

    #[inline]
    fn deref(&self) -> &Inner {
        self.0.as_ref().expect("nobody has what is being dropped")
    }
}

impl Drop for Shared {
    #[inline]
    fn drop(&mut self) {
        if let Some(inner) = self.0.take() {
            give_back(inner);
        }
    }
}

#[cold]
fn fresh() -> Arc<Inner> {
    Arc::default()
}

/// Keeps what the last holder lets go. At the end of a thread there is nothing to keep it in.
fn give_back(mut inner: Arc<Inner>) {
    let Some(last) = Arc::get_mut(&mut inner) else { return };
    last.clear();
    let _ = SPARE.try_with(|spare| {
        let mut spare = spare.borrow_mut();
        if spare.len() < SPARE_MAX {
            spare.push(inner);
        }
    });
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::SPARE;
    use crate::Message;

    fn message() -> Message {
        Message::parse(Bytes::from_static(b"BYE sip:b SIP/2.0\r\nTo: a\r\n\r\n")).expect("it is good")
    }

    #[test]
    fn the_last_holder_gives_the_memory_back() {
        let spare = || SPARE.with(|spare| spare.borrow().len());
        let (first, second) = (message(), message());
        let shared = first.clone();
        drop(first);
        assert_eq!(spare(), 0);
        drop((shared, second));
        assert_eq!(spare(), 2);
        assert_eq!(message().header_count(), 1);
        assert_eq!(spare(), 2);
    }
}
