//! A URI with another user, host or port, of which is known where its parts are without reading it again.

use super::{OwnedUri, Range16, Scheme};
use crate::chars;

impl OwnedUri {
    /// Puts another user in place of its own; `false`, and nothing is changed, where what comes out would have to be read to be
    /// known.
    pub fn set_user(&mut self, user: &[u8]) -> bool {
        let Some(old) = self.parts.user.filter(|_| is_plain(user)) else { return false };
        let done = self.splice(old, b"", user);
        if done {
            self.parts.user = Some(old.of_length(user.len()));
        }
        done
    }

    /// Puts another host in place of its own, when there is no `maddr`, which would have to go; `false` as for the user.
    pub fn set_host(&mut self, host: &[u8]) -> bool {
        let params = self.view().params();
        let maddr = !params.text().is_empty() && params.find_last(b"maddr").is_some();
        let old = self.parts.host;
        let done = !maddr && is_plain(host) && self.splice(old, b"", host);
        if done {
            self.parts.host = old.of_length(host.len());
        }
        done
    }

    /// Puts another port in place of its own, or one where there was none; `false` as for the user.
    pub fn set_port(&mut self, port: &[u8]) -> bool {
        let Some(number) = chars::port(port).filter(|_| port.len() <= 5) else { return false };
        let (behind, old) = (self.parts.host.end, self.parts.port_text);
        let (gone, colon) = match old == Range16::default() {
            true => (Range16 { start: behind, end: behind }, &b":"[..]),
            false => (old, &b""[..]),
        };
        let done = self.splice(gone, colon, port);
        if done {
            let start = Range16 { start: behind + 1, end: behind + 1 };
            self.parts.port = Some(number).filter(|n| *n != 0);
            self.parts.port_text = start.of_length(port.len());
        }
        done
    }

    /// Puts a text in place of a part, and moves what is behind it. Only where nothing is empty: what has separators without
    /// anything behind them is written without them.
    fn splice(&mut self, gone: Range16, before: &[u8], new: &[u8]) -> bool {
        let parts = &mut self.parts;
        let has_none_or_some = |part: Range16| part == Range16::default() || part.start < part.end;
        let is_full = [parts.port_text, parts.params, parts.headers].into_iter().all(has_none_or_some);
        if !is_full || !matches!(parts.scheme, Scheme::Sip | Scheme::Sips) {
            return false;
        }
        let part = |start: u16, end: usize| chars::part(&self.text, start.into(), end);
        let (head, tail) = (part(0, gone.start.into()), part(gone.end, self.text.len()));
        let length = head.len() + before.len() + new.len() + tail.len();
        if length > usize::from(u16::MAX) {
            return false;
        }
        let by = length as i32 - self.text.len() as i32;
        let shift = |part: &mut Range16| {
            if part.start >= gone.end {
                *part = part.moved(by);
            }
        };
        shift(&mut parts.host);
        shift(&mut parts.port_text);
        shift(&mut parts.params);
        shift(&mut parts.headers);
        shift(&mut parts.known.transport);
        shift(&mut parts.known.maddr);
        parts.password.iter_mut().for_each(shift);
        let mut text = Vec::with_capacity(length);
        [head, before, new, tail].into_iter().for_each(|part| text.extend_from_slice(part));
        self.text = text.into();
        true
    }
}

impl Range16 {
    /// As long a range from the same place.
    fn of_length(self, length: usize) -> Range16 {
        Range16 { start: self.start, end: self.start + length as u16 }
    }

    fn moved(self, by: i32) -> Range16 {
        let moved = |at: u16| (i32::from(at) + by) as u16;
        Range16 { start: moved(self.start), end: moved(self.end) }
    }
}

/// Whether a user or a host is one wherever it stands.
fn is_plain(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|c| PLAIN[usize::from(*c)])
}

/// Letters, digits, and what means nothing in a URI.
static PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut c = 0;
    while c < 256 {
        plain[c] = (c as u8).is_ascii_alphanumeric() || matches!(c as u8, b'.' | b'-' | b'+' | b'_');
        c += 1;
    }
    plain
};

#[cfg(test)]
mod tests {
    use super::*;

    const URIS: [&str; 15] = [
        "sip:bob@example.com",
        "sips:bob:secret@example.com:5061;transport=tls;lr",
        "sip:example.com",
        "sip:[2001:db8::1]:5060;maddr=192.0.2.1",
        "sip:bob@h;transport=tcp;x=y?Subject=a&b=c",
        "sip:bob@h?Subject=a",
        "SIP:+49-30.1;phone-context=x@192.0.2.1:5070",
        "sip:bob@h:",
        "sip:bob@h;",
        "sip:bob:@h:0?x=y",
        "sip:bob@h;maddr",
        "sip:bob@h;pn-prid=a;pn-param=b",
        "tel:+4930123456;x=y",
        "urn:service:sos",
        "sip:b@[::1];lr",
    ];

    /// A change; what came out is checked against what reading it gives.
    fn changed(uri: &OwnedUri, change: impl FnOnce(&mut OwnedUri) -> bool) -> bool {
        let mut new = uri.clone();
        let done = change(&mut new);
        if done {
            assert_eq!(OwnedUri::parse(new.text().clone()), Ok(new.clone()), "{:?}", new.text());
        } else {
            assert_eq!(&new, uri);
        }
        done
    }

    #[test]
    fn parts_are_where_reading_finds_them() {
        let mut known = 0;
        let names =
            ["a", "+4930123456", "10.0.0.1", "some-longer.example.net", "x;y", "a@b", "[::1]", "&", ""];
        for uri in URIS.map(|uri| OwnedUri::parse(uri.into()).expect("a URI")) {
            for new in names {
                known += usize::from(changed(&uri, |uri| uri.set_user(new.as_bytes())));
                known += usize::from(changed(&uri, |uri| uri.set_host(new.as_bytes())));
            }
            for port in ["5060", "1", "0", "65535", "65536", "000005060", "x", ""] {
                known += usize::from(changed(&uri, |uri| uri.set_port(port.as_bytes())));
            }
        }
        assert!(known > 80, "{known}");
    }

    #[test]
    fn the_text_of_what_comes_out() {
        let mut uri = OwnedUri::parse("sip:bob:pw@h;lr?a=b".into()).expect("a URI");
        assert!(uri.set_user(b"anna") && uri.set_host(b"10.0.0.1") && uri.set_port(b"5070"));
        assert_eq!(uri.text(), "sip:anna:pw@10.0.0.1:5070;lr?a=b");
    }
}
