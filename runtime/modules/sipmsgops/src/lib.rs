//! `sipmsgops`: functions on the message: its headers, its body, its method.
//!
//! | File | What |
//! |---|---|
//! | `headers` | adding, removing and finding headers |
//! | `lists` | headers that are lists of options |
//! | `message` | method, To tag, body, replies |
//! | `ruri` | parameters of the request URI |
//! | `sdp` | the media streams of a body |
//! | `codecs`, `streams` | finding, removing and reordering codecs; streams |
//! | `parts` | parts of the body |
//! | `validate` | does the message keep to RFC 3261? |
//! | `json` | the message as JSON, headers into AVPs |
#![forbid(unsafe_code)]

use sipc_engine::place::VariableBinding;
use sipc_engine::regex::Regex;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::{Text, VarRef};
use sipc_sip::Methods;

mod codecs;
mod headers;
mod json;
mod lists;
mod message;
mod parts;
mod ruri;
mod sdp;
mod streams;
#[cfg(test)]
mod tests;
mod validate;

pub use codecs::{
    codec_delete, codec_delete_except_re, codec_delete_re, codec_exists, codec_exists_re, codec_move_down,
    codec_move_down_re, codec_move_up, codec_move_up_re,
};
pub use headers::*;
pub use json::{get_glob_headers_values, sip_to_json};
pub use lists::*;
pub use message::*;
pub use parts::{add_body_part, get_updated_body_part, remove_body_part};
pub use ruri::*;
pub use streams::{is_audio_on_hold, stream_delete, stream_exists};
pub use validate::sipmsg_validate;

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
        codec_exists(Text, Option<Text>), codec_exists_re(&Regex), codec_delete(Text, Option<Text>),
        codec_delete_re(&Regex), codec_delete_except_re(&Regex), codec_move_up(Text, Option<Text>),
        codec_move_up_re(&Regex), codec_move_down(Text, Option<Text>), codec_move_down_re(&Regex),
        stream_exists(&Regex, Option<&Regex>), stream_delete(&Regex, Option<&Regex>), is_audio_on_hold(),
        remove_body_part(Option<Text>, Option<Text>), add_body_part(Text, Text, Option<Text>),
        get_updated_body_part(Option<Text>, &VarRef),
        sipmsg_validate(Option<Text>, Option<&VarRef>),
        get_glob_headers_values(Text, &VarRef, &VarRef), sip_to_json(&VarRef),
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
