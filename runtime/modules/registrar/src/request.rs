//! What a REGISTER asks for.

use sipc_engine::{Context, Text};
use sipc_sip::{Contacts, HeaderKind, Methods, NameAddr};

use crate::State;
use crate::error::Refusal;

/// The contacts of a REGISTER.
pub enum Wanted {
    /// None: the client asks what is registered.
    Query,
    /// `*` with Expires 0: remove all.
    RemoveAll,
    /// These.
    These(Vec<Binding>),
}

/// One contact of a REGISTER.
pub struct Binding {
    /// URI.
    pub uri: Text,
    /// q in thousandths.
    pub q: Option<u16>,
    /// Seconds to live; 0 removes it.
    pub lifetime: u64,
    /// The received parameter.
    pub received: Option<Text>,
    /// `+sip.instance`.
    pub instance: Option<Text>,
    /// Methods parameter, as bits.
    pub methods: Option<u16>,
}

/// Reads the contacts of a REGISTER.
pub fn wanted(cx: &Context, state: &State, limits: (u64, u64)) -> Result<Wanted, Refusal> {
    let message = &cx.message;
    let default = header_expires(cx)?;
    if !message.has(HeaderKind::Contact) {
        return Ok(Wanted::Query);
    }
    match message.contacts().map_err(|_| Refusal::BadContact)? {
        Contacts::Star => star(cx, default),
        Contacts::List(list) => {
            let starred = |h: sipc_sip::Header<'_>| h.value().trim_ascii_start().starts_with(b"*");
            if message.find_all(HeaderKind::Contact).any(starred) {
                return Err(Refusal::BadContact);
            }
            let bindings = list.iter().map(|c| binding(cx, state, c, default, limits));
            Ok(Wanted::These(bindings.collect::<Result<_, _>>()?))
        }
    }
}

fn star(cx: &Context, expires: Option<u64>) -> Result<Wanted, Refusal> {
    if expires != Some(0) {
        return Err(Refusal::StarExpires);
    }
    let mut headers = cx.message.find_all(HeaderKind::Contact);
    if headers.next().is_some_and(|h| sipc_sip::trim(h.value()) != b"*") {
        return Err(Refusal::BadContact);
    }
    if headers.next().is_some() {
        return Err(Refusal::StarContacts);
    }
    Ok(Wanted::RemoveAll)
}

/// The Expires header; a broken one is refused.
fn header_expires(cx: &Context) -> Result<Option<u64>, Refusal> {
    match cx.message.expires() {
        None => Ok(None),
        Some(Ok(seconds)) => Ok(Some(u64::from(seconds))),
        Some(Err(_)) => Err(Refusal::BadExpires),
    }
}

fn binding(
    cx: &Context,
    state: &State,
    contact: &NameAddr<'_>,
    header: Option<u64>,
    limits: (u64, u64),
) -> Result<Binding, Refusal> {
    let uri = cx.contact_uri(contact);
    if uri.len() > state.max_contact {
        return Err(Refusal::ContactTooLong);
    }
    let share = |t: &[u8]| cx.message.share(t);
    let value = |name: &[u8]| contact.param(name).map(|p| p.value_or_empty());
    let own = value(b"expires").filter(|v| !v.is_empty());
    let asked = match own.map(sipc_sip::number) {
        Some(Some(seconds)) => u64::from(seconds),
        Some(None) => state.default_expires,
        None => header.unwrap_or(state.default_expires),
    };
    let q = match value(b"q").filter(|v| !v.is_empty()) {
        Some(text) => Some(q_value(text).ok_or(Refusal::BadQ)?),
        None => state.default_q,
    };
    Ok(Binding {
        uri,
        q,
        lifetime: limited(asked, limits),
        received: value(b"received").map(|v| share(sipc_sip::unquote(v))),
        instance: value(b"+sip.instance").map(|v| share(sipc_sip::unquote(v))),
        methods: value(b"methods").and_then(|v| methods(sipc_sip::unquote(v))),
    })
}

/// A lifetime within the limits; 0 stays 0, it removes.
fn limited(asked: u64, (min, max): (u64, u64)) -> u64 {
    if asked == 0 {
        return 0;
    }
    let asked = asked.max(min);
    if max > 0 { asked.min(max) } else { asked }
}

/// `0.5`, `1`, `1.000` in thousandths.
fn q_value(text: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    if rest.len() > 3 || !rest.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let whole: u16 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let rest: u16 = format!("{rest:0<3}").parse().ok()?;
    whole.checked_mul(1000)?.checked_add(rest).filter(|q| *q <= 1000)
}

/// Methods in a comma list, as bits.
pub fn methods(text: &[u8]) -> Option<u16> {
    let list: Vec<u8> = text.iter().filter(|c| !c.is_ascii_whitespace()).copied().collect();
    let joined: Vec<u8> = list.iter().map(|c| if *c == b',' { b'|' } else { *c }).collect();
    Methods::parse(&joined).map(|m| m.bits())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q_in_thousandths() {
        assert_eq!(q_value(b"0.5"), Some(500));
        assert_eq!(q_value(b"1"), Some(1000));
        assert_eq!(q_value(b".125"), Some(125));
        assert_eq!(q_value(b"1.001"), None);
        assert_eq!(q_value(b"x"), None);
    }

    #[test]
    fn lifetimes_stay_within_limits() {
        assert_eq!(limited(0, (60, 100)), 0);
        assert_eq!(limited(5, (60, 100)), 60);
        assert_eq!(limited(500, (60, 100)), 100);
        assert_eq!(limited(500, (60, 0)), 500);
    }
}
