//! Session-Expires, Min-SE and the option tag `timer` (RFC 4028 sections 4 and 5).

use sipc_sip::{Edits, HeaderKind, Message};

/// What a message says of timers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timers {
    /// `Supported: timer`
    pub supported: bool,
    /// Session-Expires, seconds.
    pub expires: Option<u32>,
    /// Min-SE, seconds.
    pub min: Option<u32>,
}

impl Timers {
    /// Reads a message; what cannot be read is not there.
    pub fn of(message: &Message) -> Timers {
        let supported = message.items(HeaderKind::Supported).any(is_timer);
        Timers { supported, expires: expires(message).flatten(), min: min(message).flatten() }
    }
}

fn is_timer(item: &[u8]) -> bool {
    item.eq_ignore_ascii_case(b"timer")
}

/// Session-Expires: `None` without the header, `Some(None)` when it cannot be read.
pub fn expires(message: &Message) -> Option<Option<u32>> {
    let header = message.find(HeaderKind::SessionExpires)?;
    Some(number(header.value()).filter(|n| *n > 0))
}

/// Min-SE, likewise.
pub fn min(message: &Message) -> Option<Option<u32>> {
    message.find(HeaderKind::MinSe).map(|h| number(h.value()))
}

/// The number before parameters.
fn number(value: &[u8]) -> Option<u32> {
    let text = value.split(|c| *c == b';').next()?.trim_ascii();
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Leaves Min-SE headers out.
pub fn remove_min(message: &Message, edits: &mut Edits) {
    for header in message.find_all(HeaderKind::MinSe) {
        edits.remove_header(&header);
    }
}

/// Adds `timer` to Require.
pub fn require_timer(message: &Message, edits: &mut Edits) {
    if message.find_all_names(b"Require").any(|h| sipc_sip::split_list(h.value()).any(is_timer)) {
        return;
    }
    match message.find_name(b"Require") {
        Some(header) => edits.insert(header.value_range().end, ", timer"),
        None => edits.append_header(message, "Require: timer\r\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timers(headers: &str) -> Timers {
        let text = format!("INVITE sip:a@b SIP/2.0\r\n{headers}\r\n");
        Timers::of(&Message::parse(text.into_bytes().into()).expect("a message"))
    }

    #[test]
    fn headers_are_read() {
        let all = timers("Supported: path, Timer\r\nSession-Expires: 1800;refresher=uas\r\nMin-SE: 120\r\n");
        assert_eq!(all, Timers { supported: true, expires: Some(1800), min: Some(120) });
        assert_eq!(timers("x: 90\r\n").expires, Some(90));
        assert_eq!(timers("Session-Expires: soon\r\nMin-SE: -1\r\n"), timers(""));
    }
}
