//! `fix_nated_sdp`: the address of the sender in session descriptions.

use std::ops::Range;

use sipc_engine::log::Level;
use sipc_engine::{Context, Text};
use sipc_interface::modules::nathelper::{SDP_FLAGS, flags};
use sipc_sip::Message;
use sipc_sip::body::sdp::Sdp;

use crate::State;

const ADD_ACTIVE: u32 = 1;
const MEDIA: u32 = 1 << 1;
const ADD_NO_RTPPROXY: u32 = 1 << 2;
const ORIGIN: u32 = 1 << 3;
const NULL_TOO: u32 = 1 << 4;

/// An address that says "on hold" (RFC 2543); it is no address of anybody.
const NULL: &[u8] = b"0.0.0.0";

/// Puts `ip`, or the source address, into the session descriptions, and adds lines.
///
/// -1 without a body, without the line to change, or when an address to change is not IPv4.
pub fn fix_nated_sdp(cx: &mut Context, options: Text, ip: Option<Text>, lines: Option<Text>) -> i32 {
    let Some(options) = flags(&options, SDP_FLAGS) else { return -1 };
    let message = cx.message.clone();
    let body = message.body();
    if body.is_empty() {
        cx.log(Level::Error, "nathelper", format_args!("fix_nated_sdp: the message has no body"));
        return -1;
    }
    let ip = ip.unwrap_or_else(|| Text::from(cx.received.source.ip().to_string()));
    for part in message.body_parts(&body).filter(|p| p.kind.is_some_and(|k| k.is(b"application", b"sdp"))) {
        let text = part.content.trim_ascii_end();
        let Some(at) = message.range_of(text).filter(|_| !text.is_empty()) else { continue };
        if options & (ADD_ACTIVE | ADD_NO_RTPPROXY) != 0 {
            add_lines(cx, at.end, options, lines.as_ref());
        }
        for (option, letter) in [(ORIGIN, b'o'), (MEDIA, b'c')] {
            if options & option != 0 && !rewrite(cx, &message, text, letter, &ip, options & NULL_TOO != 0) {
                return -1;
            }
        }
    }
    1
}

/// The script's lines come first, as they are; ours follow.
fn add_lines(cx: &mut Context, at: usize, options: u32, lines: Option<&Text>) {
    let mut added = lines.map(|l| l.to_vec()).unwrap_or_default();
    let line = cx.shared().state::<State>().map(|s| s.no_rtpproxy.clone()).unwrap_or_default();
    if options & ADD_NO_RTPPROXY != 0 && !line.is_empty() {
        added.extend_from_slice(&[b"\r\n", line.as_bytes()].concat());
    }
    if options & ADD_ACTIVE != 0 {
        added.extend_from_slice(b"\r\na=direction:active");
    }
    cx.edits.insert(at, added);
}

/// Changes the address in every line of that letter, and keeps the old one in an `a=` line at the end.
fn rewrite(cx: &mut Context, message: &Message, text: &[u8], letter: u8, ip: &[u8], null_too: bool) -> bool {
    let found = addresses(message, text, letter);
    let Some(found) = found.filter(|f| !f.is_empty()) else {
        let name = char::from(letter);
        cx.log(
            Level::Error,
            "nathelper",
            format_args!("fix_nated_sdp: no line {name}= with an IPv4 address"),
        );
        return false;
    };
    let state = cx.worker.shared.state::<State>();
    let skip = state.is_some_and(|s| if letter == b'c' { s.skip_old_media } else { s.skip_old_origin });
    let end = message.range_of(text).map_or(0, |r| r.end);
    for range in found {
        let old = message.bytes().slice(range.clone());
        if old == ip || old == NULL && !null_too {
            continue;
        }
        if !skip {
            let name: &[u8] = if letter == b'c' { b"\r\na=oldcip:" } else { b"\r\na=oldoip:" };
            cx.edits.insert(end, [name, &old[..]].concat());
        }
        cx.edits.replace_again(range, Text::copy_from_slice(ip));
    }
    true
}

/// Where the addresses are in the message; `None` when one is not IPv4.
fn addresses(message: &Message, text: &[u8], letter: u8) -> Option<Vec<Range<usize>>> {
    let lines = Sdp::new(text).lines().filter(|l| l.letter == letter);
    let all = lines.filter_map(|l| address(l.value)).map(|(is_v6, ip)| match is_v6 {
        false => message.range_of(ip),
        true => None,
    });
    all.collect()
}

/// The address behind `IN IP4` or `IN IP6`, without what follows a `/`, and whether it is of IPv6.
pub(crate) fn address(value: &[u8]) -> Option<(bool, &[u8])> {
    let mut words = value.split(|c| *c == b' ').filter(|w| !w.is_empty()).skip_while(|w| *w != b"IN").skip(1);
    let is_v6 = match words.next()? {
        b"IP4" => false,
        b"IP6" => true,
        _ => return None,
    };
    let ip = words.next()?.split(|c| *c == b'/').next()?;
    (!ip.is_empty()).then_some((is_v6, ip))
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn addresses_of_lines() {
        assert_eq!(address(b"IN IP4 10.0.0.1/127"), Some((false, &b"10.0.0.1"[..])));
        assert_eq!(address(b"- 1 1 IN IP6 ::1"), Some((true, &b"::1"[..])));
        assert_eq!(address(b"IN IP4"), None);
        assert_eq!(address(b"IN X 1"), None);
    }
}
