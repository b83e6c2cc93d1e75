//! The variables of the core: one getter each, and a setter where a script may assign.
//!
//! Generated code names the functions; the interpreter finds them through [`find`]. What each
//! variable means is written once, in the table of `sipc-interface`.
//!
//! A getter gives [`Value::Null`] when there is nothing to give, whatever the reason: variables cannot
//! fail otherwise.

mod auth;
mod body;
mod branches;
mod clock;
mod contacts;
mod headers;
mod identities;
mod message;
mod sdp;
mod sockets;
mod state;
mod stored;
#[cfg(test)]
mod tests;
mod uri;

pub use auth::*;
pub use body::*;
pub use branches::*;
pub use clock::*;
pub use contacts::*;
pub use headers::*;
pub use identities::*;
pub use message::*;
pub use sdp::*;
pub use sockets::*;
pub use state::*;
pub use stored::*;
pub use uri::*;

use sipc_interface::Inner as Parentheses;
use sipc_sip::Message;

use crate::place::{Getter, Index, Place, Setter};
use crate::{Context, Text, Value};

/// The functions of a variable, by name and by whether something stands in its parentheses.
pub fn find(name: &str, has_inner: bool) -> Option<(Getter, Option<Setter>)> {
    let declared = sipc_interface::core().variables.iter().find(|v| {
        let fits = match v.inner {
            Parentheses::Optional => true,
            Parentheses::None => !has_inner,
            _ => has_inner,
        };
        v.name == name && fits
    })?;
    bound(declared.function)
}

/// The functions behind the name that the interface table gives.
fn bound(function: &str) -> Option<(Getter, Option<Setter>)> {
    BOUND.iter().find(|(name, ..)| *name == function).map(|(_, get, set)| (*get, *set))
}

macro_rules! bound {
    ($($get:ident $(, $set:ident)?;)*) => {
        /// Every function that the interface table may name.
        static BOUND: &[(&str, Getter, Option<Setter>)] =
            &[$((stringify!($get), $get, bound!(@set $($set)?)),)*];
    };
    (@set) => { None };
    (@set $set:ident) => { Some($set) };
}

bound! {
    var, set_var; avp, set_avp; dollar; param; return_; rc;
    route; route_name; route_type; cfg_file; cfg_line; argv; pp;
    log_level, set_log_level; xlog_level, set_xlog_level;
    err_class; err_level; err_info; err_rcode; err_rreason;
    colour; time; time_text; time_seconds; time_microseconds; start_seconds;
    mi; mb; ml; mf; bf; msg_flag, set_msg_flag; msg_is_request; msg_type; rm; rs; rr;
    ru, set_ru; ruri_user, set_ruri_user; rd, set_rd; rp, set_rp; ruri_protocol; ru_q, set_ru_q;
    ou; ouri_user; od; op; ouri_protocol;
    du, set_du; dd, set_dd; dp, set_dp; duri_protocol; ds; path;
    branch, set_branch; branch_field, set_branch_field; branch_flag, set_branch_flag;
    msg_branch_uri, set_msg_branch_uri; msg_branch_duri, set_msg_branch_duri;
    msg_branch_path, set_msg_branch_path; msg_branch_q, set_msg_branch_q;
    msg_branch_flags, set_msg_branch_flags; msg_branch_socket, set_msg_branch_socket;
    msg_branch_attr, set_msg_branch_attr; msg_branch_last_idx;
    si; sp; socket_in; socket_in_field; socket_out, set_socket_out; socket_out_field; proxy_protocol;
    fu; from_user; fd; fn_; ft; tu; to_user; td; tn; tt;
    rt; re; ai; pu; preferred_user; pd; pn; di; dir; dip;
    ci; cs; cl; ct; ct_fields; content_type; hdr; hdrcnt; hdr_name; ua; rb; rb_part;
    au; auth_user; ad; adu; ar; an; auth_resp; auth_cnonce; auth_opaque; auth_alg; auth_qop; auth_nc;
    accounting_user; challenge_algorithm; challenge_realm; challenge_nonce; challenge_opaque;
    challenge_qop; challenge_ik; challenge_ck;
    sdp, set_sdp; sdp_line, set_sdp_line; sdp_stream, set_sdp_stream; sdp_stream_idx;
    sdp_session, set_sdp_session;
}

/// A part of the message, sharing its buffer.
fn part(cx: &Context, find: impl FnOnce(&Message) -> Option<&[u8]>) -> Value {
    find(&cx.message).map(|text| cx.message.share(text)).into()
}

/// Where an index points in a list; negative counts from the end.
fn position(index: i32, length: usize) -> Option<usize> {
    let at = if index < 0 { i64::try_from(length).ok()? + i64::from(index) } else { i64::from(index) };
    usize::try_from(at).ok().filter(|at| *at < length)
}

/// The longest text that `[*]` gives.
const JOINED_MAX: usize = 510;

/// All values of a list, as `[*]` gives them; NULL when the text becomes too long.
fn joined<T: AsRef<[u8]>>(items: impl Iterator<Item = T>) -> Value {
    let mut text = Vec::new();
    for (n, item) in items.enumerate() {
        if n > 0 {
            text.extend_from_slice(b", ");
        }
        text.extend_from_slice(item.as_ref());
        if text.len() > JOINED_MAX {
            return Value::Null;
        }
    }
    Value::Text(Text::from(text))
}

/// One item of a list by the index as written; the first without index.
fn item_at<T: AsRef<[u8]>>(index: &Index, items: Vec<T>, share: impl Fn(T) -> Text) -> Value {
    match index {
        Index::All if items.is_empty() => Value::Null,
        Index::All => joined(items.into_iter()),
        Index::Word(_) => Value::Null,
        Index::None => items.into_iter().next().map(share).into(),
        Index::At(n) => {
            let at = position(*n, items.len());
            at.and_then(|at| items.into_iter().nth(at)).map(share).into()
        }
    }
}

/// A number that may have a text of its own, unsigned as OpenSIPS prints it.
fn unsigned(n: u64) -> Value {
    match i32::try_from(n) {
        Ok(n) => Value::Int(n),
        Err(_) => Value::NamedInt(Text::from(n.to_string()), n as i32),
    }
}

/// The name in the parentheses.
fn name(at: &Place) -> &[u8] {
    match &at.inner {
        crate::Inner::Name(name) => name,
        _ => b"",
    }
}

/// The number in the parentheses: a slot, a bit, a position.
#[inline]
fn number(at: &Place) -> i32 {
    match at.inner {
        crate::Inner::Number(n) => n,
        _ => -1,
    }
}
