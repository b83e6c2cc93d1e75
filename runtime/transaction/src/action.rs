//! What the caller must do after an event.

use smallvec::SmallVec;

/// Why a branch is cancelled; decides the Reason header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelCause {
    /// The caller cancelled.
    Caller,
    /// Another branch answered with 2xx.
    Answered,
    /// Another branch declined for all (6xx), or the script replied.
    Other,
    /// Nobody answered in time.
    NoAnswer,
}

/// One thing to do, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Send the request of a branch again.
    SendRequest(usize),
    /// Build a CANCEL for the branch, keep it and send it.
    Cancel(usize, CancelCause),
    /// Send the kept CANCEL of a branch again.
    SendCancel(usize),
    /// Send the last reply upstream again.
    SendReply,
    /// Keep the reply at hand with its branch: it may be picked later.
    Store(usize),
    /// Forward this reply of this branch upstream (the one at hand, a kept one, or a 408 made here),
    /// then tell [`crate::Transaction::relayed`] the code that went out.
    Relay(usize, u16),
    /// All branches failed and this one is picked: run failure handlers, then call
    /// [`crate::Transaction::decided`]. It is the last action of its event.
    Fail(usize, u16),
    /// Forget the transaction.
    End,
}

/// The actions of one event.
pub type Actions = SmallVec<[Action; 4]>;
