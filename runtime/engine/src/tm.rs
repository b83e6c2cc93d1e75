//! Transactions as scripts see them: the sans-io state machine of `sipc-transaction` together with the
//! message, AVPs, flags and armed routes.

use parking_lot::Mutex;
use sipc_sip::Message;

use crate::Context;
use crate::avp::AvpList;
use crate::extensions::Extensions;

/// One transaction; shared by the workers that its messages arrive on.
pub struct Transaction {
    /// What scripts keep in it. Locked for single look-ups and changes only.
    pub script: Mutex<ScriptState>,
}

/// What scripts keep in a transaction.
#[derive(Default)]
pub struct ScriptState {
    /// AVPs.
    pub avps: AvpList,
    /// What modules attached.
    pub extensions: Extensions,
}

/// The request of the context's transaction, for `$(<request>x)`.
pub fn request_of(_cx: &Context) -> Option<Message> {
    None
}

/// The picked reply of the context's transaction, for `$(<reply>x)`.
pub fn reply_of(_cx: &Context) -> Option<Message> {
    None
}
