//! RFC 3261 transactions (section 17), RFC 6026's accepted state and the proxy core's response context
//! (section 16.7), sans-io: events go in with the time, actions come out.
//!
//! The crate holds no messages: branches are numbers, and the caller keeps what was sent and received
//! for each. It opens no socket, reads no clock and draws no random number, so a simulation can drive
//! it through any schedule.
//!
//! Reading order: [`Transaction`] (the events), [`Action`] (what the caller must do), `branch` (one
//! client transaction), `pick` (which reply wins).
#![forbid(unsafe_code)]

mod action;
mod branch;
mod pick;
mod retry;
mod settings;
mod time;
mod transaction;

pub use action::{Action, Actions, CancelCause};
pub use branch::{Branch, Timeout};
pub use settings::Settings;
pub use time::Time;
pub use transaction::{Kind, Phase, Transaction};
