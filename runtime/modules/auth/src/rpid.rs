//! Remote-Party-ID out of an AVP.

use sipc_engine::log::Level;
use sipc_engine::{Context, Text};
use sipc_sip::{NameAddr, Uri};

use crate::Auth;

fn rpid(cx: &mut Context) -> Option<Text> {
    let worker = cx.worker.clone();
    let auth = worker.shared.state::<Auth>()?;
    let name = worker.shared.avp_names.intern(auth.rpid_avp.as_bytes())?;
    let value = cx.avps(|avps| avps.newest(name).cloned())?;
    // a number is none
    if value.is_number() { None } else { value.text().filter(|t| !t.is_empty()) }
}

/// Adds the header.
pub fn append_rpid_hf(cx: &mut Context, prefix: Option<Text>, suffix: Option<Text>) -> i32 {
    if prefix.is_some() != suffix.is_some() {
        cx.log(Level::Error, "append_rpid_hf", format_args!("both prefix and suffix are needed, or none"));
        return -1;
    }
    let Some(rpid) = rpid(cx) else { return -1 };
    let worker = cx.worker.clone();
    let Some(auth) = worker.shared.state::<Auth>() else { return -1 };
    let (prefix, suffix) =
        (prefix.unwrap_or(auth.rpid_prefix.clone()), suffix.unwrap_or(auth.rpid_suffix.clone()));
    let message = cx.message.clone();
    let line = [b"Remote-Party-ID: ", &prefix[..], &rpid, &suffix, b"\r\n"].concat();
    cx.edits.append_header(&message, line);
    1
}

/// Whether the user is a number with `+`.
pub fn is_rpid_user_e164(cx: &mut Context) -> i32 {
    let Some(rpid) = rpid(cx) else { return -1 };
    let address =
        if rpid.contains(&b'<') { NameAddr::parse(&rpid).ok().map(|n| n.uri_text) } else { Some(&rpid[..]) };
    let user = address.and_then(|uri| Uri::parse(uri).ok()).and_then(|uri| uri.user());
    let is_number = |user: &[u8]| {
        (3..17).contains(&user.len()) && user[0] == b'+' && user[1..].iter().all(u8::is_ascii_digit)
    };
    if user.is_some_and(is_number) { 1 } else { -1 }
}
