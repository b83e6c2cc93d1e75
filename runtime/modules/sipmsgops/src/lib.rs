//! `sipmsgops`: functions on the message: its headers, its body, its method.
//!
//! | File | What |
//! |---|---|
//! | `headers` | adding, removing and finding headers |
//! | `lists` | headers that are lists of options |
//! | `message` | method, To tag, body, replies |
//! | `ruri` | parameters of the request URI |
#![forbid(unsafe_code)]

use sipc_engine::place::VariableBinding;
use sipc_engine::regex::Regex;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::Text;
use sipc_sip::Methods;

mod headers;
mod lists;
mod message;
mod ruri;

pub use headers::*;
pub use lists::*;
pub use message::*;
pub use ruri::*;

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "sipmsgops", init };

/// No variables.
pub static VARIABLES: &[VariableBinding] = &[];

sipc_engine::bindings! { sipc_interface::modules::sipmsgops::MODULE;
    plain {
        append_to_reply(Text), append_body_to_reply(Text), append_time(),
        append_hf(Text, Option<Text>), insert_hf(Text, Option<Text>), append_urihf(Text, Text),
        remove_hf(Text), remove_hf_re(&Regex), remove_hf_glob(Text), is_present_hf(Text),
        is_method(&Methods), has_totag(), has_body(Option<Text>), has_body_part(Option<Text>),
        is_privacy(Text), change_reply_status(i32, Text),
        list_hdr_has_option(Text, Text), list_hdr_add_option(Text, Text), list_hdr_remove_option(Text, Text),
        ruri_has_param(Text, Option<Text>), ruri_add_param(Text), ruri_del_param(Text), ruri_tel2sip(),
        is_uri_user_e164(Text),
    }
    waiting {}
}

fn init(_setup: &mut Setup) -> InitResult {
    Ok(())
}

/// The value of a function that says only whether it succeeded.
fn result(success: bool) -> i32 {
    if success { 1 } else { -1 }
}
