//! Call-IDs: the callee is shown another one, and what it sends is known by the original one here.

use sipc_engine::dialogs::{Dialog, Party};
use sipc_engine::place::{Place, VariableBinding};
use sipc_engine::shared::Shared;
use sipc_engine::{Context, Text, Value};
use sipc_sip::{Message, Method};

use crate::code::{Scheme, hide};
use crate::{Parameters, flag};

/// Stands between the Call-ID and the caller's tag.
const SEPARATOR: u8 = b'|';

/// The variables of this module, for the interpreter.
pub static VARIABLES: &[VariableBinding] = &[("th_callee_callid", th_callee_callid, None)];

/// `$TH_callee_callid`.
pub fn th_callee_callid(cx: &mut Context, _: &Place) -> Value {
    let shared = cx.shared();
    let dialog = shared.dialogs.as_ref().and_then(|d| d.current(cx));
    let (Some(dialog), Some(parameters)) = (dialog, shared.state::<Parameters>()) else { return Value::Null };
    let hidden = dialog.hides_topology().is_some_and(|how| how & flag::HIDE_CALL_ID != 0);
    Value::text_or_null(hidden.then(|| shown(parameters, &*dialog)))
}

/// The Call-ID of a call as the callee sees it.
pub fn shown(parameters: &Parameters, dialog: &dyn Dialog) -> Text {
    let mut bytes = dialog.call_id().to_vec();
    let tag = dialog.side(Party::Caller).tag;
    if parameters.loop_protection && !tag.is_empty() {
        bytes.push(SEPARATOR);
        bytes.extend_from_slice(&tag);
    }
    hide(&mut bytes, parameters.call_id_password.as_bytes());
    let mut text = parameters.call_id_prefix.clone().into_bytes();
    text.extend_from_slice(&Scheme::Base64.encode(&bytes));
    text.into()
}

/// The original Call-ID of a message inside a call that has one of ours.
pub fn known_as(shared: &Shared, message: &Message) -> Option<Text> {
    let parameters = shared.state::<Parameters>()?;
    let hidden = message.call_id()?.strip_prefix(parameters.call_id_prefix.as_bytes())?;
    let outside = message.is_request() && message.to_tag().is_none();
    let method = message.cseq()?.ok()?.method;
    if outside || matches!(method, Method::Register | Method::Publish | Method::Subscribe) {
        return None;
    }
    let mut bytes = Scheme::Base64.decode(hidden)?;
    hide(&mut bytes, parameters.call_id_password.as_bytes());
    if parameters.loop_protection
        && let Some(at) = bytes.iter().position(|c| *c == SEPARATOR)
    {
        let caller = if message.is_request() { message.from_tag() } else { message.to_tag() };
        if caller.is_some_and(|tag| tag == &bytes[at + 1..]) {
            // it comes from the caller again, through another server
            return None;
        }
        bytes.truncate(at);
    }
    // what others made up must not get into messages as more than a word
    (!bytes.is_empty() && bytes.iter().all(u8::is_ascii_graphic)).then(|| bytes.into())
}
