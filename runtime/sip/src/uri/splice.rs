//! A URI with another user, host or port, of which is known where its parts are without reading it again.

use super::{Range16, Scheme, UriParts};
use crate::chars;

impl UriParts {
    /// Puts another user in place of that of `text`, which is what was read; `false`, and nothing is changed, where what comes
    /// out would have to be read to be known.
    pub fn set_user(&mut self, text: &mut Vec<u8>, user: &[u8]) -> bool {
        let Some(old) = self.user.filter(|_| is_plain(user)) else { return false };
        let done = self.splice(text, old, b"", user);
        if done {
            self.user = Some(old.of_length(user.len()));
        }
        done
    }

    /// Puts another host in place of its own, when there is no `maddr`, which would have to go; `false` as for the user.
    pub fn set_host(&mut self, text: &mut Vec<u8>, host: &[u8]) -> bool {
        let has_maddr = self.params.start < self.params.end && self.with(text).param(b"maddr").is_some();
        let old = self.host;
        let done = !has_maddr && is_plain(host) && self.splice(text, old, b"", host);
        if done {
            self.host = old.of_length(host.len());
        }
        done
    }

    /// Puts another port in place of its own, or one where there was none; `false` as for the user.
    pub fn set_port(&mut self, text: &mut Vec<u8>, port: &[u8]) -> bool {
        let Some(number) = chars::port(port).filter(|_| port.len() <= 5) else { return false };
        let (behind, old) = (self.host.end, self.port_text);
        let (gone, colon) = match old == Range16::default() {
            true => (Range16 { start: behind, end: behind }, &b":"[..]),
            false => (old, &b""[..]),
        };
        let done = self.splice(text, gone, colon, port);
        if done {
            let start = Range16 { start: behind + 1, end: behind + 1 };
            self.port = Some(number).filter(|n| *n != 0);
            self.port_text = start.of_length(port.len());
        }
        done
    }

    /// Puts a text in place of a part, and moves what is behind it. Only where nothing is empty: what has separators without
    /// anything behind them is written without them.
    fn splice(&mut self, text: &mut Vec<u8>, gone: Range16, before: &[u8], new: &[u8]) -> bool {
        let has_none_or_some = |part: Range16| part == Range16::default() || part.start < part.end;
        let is_full = [self.port_text, self.params, self.headers].into_iter().all(has_none_or_some);
        if !is_full || !matches!(self.scheme, Scheme::Sip | Scheme::Sips) {
            return false;
        }
        let length = text.len() + before.len() + new.len() - gone.range().len();
        if length > usize::from(u16::MAX) {
            return false;
        }
        self.shift(gone.end, length as i32 - text.len() as i32);
        write(text, gone, before, new, length);
        true
    }

    /// Moves the parts that begin at `from` or behind it.
    fn shift(&mut self, from: u16, by: i32) {
        let shift = |part: &mut Range16| {
            if part.start >= from {
                *part = part.moved(by);
            }
        };
        shift(&mut self.host);
        shift(&mut self.port_text);
        if self.params.start > 0 {
            shift(&mut self.params);
            shift(&mut self.known.transport);
            shift(&mut self.known.maddr);
        }
        shift(&mut self.headers);
        self.password.iter_mut().for_each(shift);
    }
}

/// Puts texts in place of a part of `text`, which is `length` long then.
fn write(text: &mut Vec<u8>, gone: Range16, before: &[u8], new: &[u8], length: usize) {
    let (old, start) = (text.len(), usize::from(gone.start));
    let middle = start + before.len();
    let behind = middle + new.len();
    if usize::from(gone.end) == old {
        text.truncate(start);
        text.extend_from_slice(before);
        return text.extend_from_slice(new);
    }
    if length > old {
        text.resize(length, 0);
    }
    text.copy_within(usize::from(gone.end)..old, behind);
    text.truncate(length);
    if !before.is_empty() {
        text[start..middle].copy_from_slice(before);
    }
    text[middle..behind].copy_from_slice(new);
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
#[inline]
fn is_plain(text: &[u8]) -> bool {
    !text.is_empty() && crate::scan::is_plain(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OwnedUri;

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
    fn changed(uri: &OwnedUri, change: impl FnOnce(&mut UriParts, &mut Vec<u8>) -> bool) -> bool {
        let (mut parts, mut text) = (*uri.parts(), uri.text().to_vec());
        let done = change(&mut parts, &mut text);
        if done {
            assert_eq!(UriParts::parse(&text), Ok(parts), "{text:?}");
        } else {
            assert_eq!((&parts, &text[..]), (uri.parts(), &uri.text()[..]));
        }
        done
    }

    #[test]
    fn parts_are_where_reading_finds_them() {
        let mut known = 0;
        let names =
            ["a", "+4930123456", "10.0.0.1", "some-longer.example.net", "x;y", "a@b", "[::1]", "&", ""];
        for uri in URIS.map(|uri| OwnedUri::parse(uri.into()).expect("a URI")) {
            for new in names.map(str::as_bytes) {
                known += usize::from(changed(&uri, |parts, text| parts.set_user(text, new)));
                known += usize::from(changed(&uri, |parts, text| parts.set_host(text, new)));
            }
            for port in ["5060", "1", "0", "65535", "65536", "000005060", "x", ""].map(str::as_bytes) {
                known += usize::from(changed(&uri, |parts, text| parts.set_port(text, port)));
            }
        }
        assert!(known > 80, "{known}");
    }

    #[test]
    fn the_text_of_what_comes_out() {
        let mut text = b"sip:bob:pw@h;lr?a=b".to_vec();
        let mut parts = UriParts::parse(&text).expect("a URI");
        let text = &mut text;
        assert!(parts.set_user(text, b"anna"));
        assert!(parts.set_host(text, b"10.0.0.1") && parts.set_port(text, b"5070"));
        assert_eq!(text, b"sip:anna:pw@10.0.0.1:5070;lr?a=b");
    }
}
