//! What is hidden: laid over a password, then written with letters that are good in words of SIP.

use sipc_engine::Text;

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+.";
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// How it is written. Both are padded with `-`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Six bits a letter.
    Base64,
    /// Five bits a letter; capitals and small ones are the same.
    Base32,
}

impl Scheme {
    /// Letters, bits of each, letters that make a group.
    fn parts(self) -> (&'static [u8], u32, usize) {
        match self {
            Scheme::Base64 => (BASE64, 6, 4),
            Scheme::Base32 => (BASE32, 5, 8),
        }
    }

    /// Writes bytes.
    pub fn encode(self, bytes: &[u8]) -> Vec<u8> {
        let (letters, width, group) = self.parts();
        let mut out = Vec::with_capacity(bytes.len() * 8 / 5 + group);
        let (mut bits, mut have) = (0u32, 0);
        for byte in bytes {
            bits = bits << 8 | u32::from(*byte);
            have += 8;
            while have >= width {
                have -= width;
                out.push(letters[(bits >> have) as usize & (letters.len() - 1)]);
            }
        }
        if have > 0 {
            out.push(letters[(bits << (width - have)) as usize & (letters.len() - 1)]);
        }
        let padded = out.len().next_multiple_of(group);
        out.resize(padded, b'-');
        out
    }

    /// Reads them back; `None` when a letter is none of ours.
    pub fn decode(self, text: &[u8]) -> Option<Vec<u8>> {
        let (letters, width, _) = self.parts();
        let end = text.iter().rposition(|c| *c != b'-').map_or(0, |at| at + 1);
        let mut out = Vec::with_capacity(end * 3 / 4);
        let (mut bits, mut have) = (0u32, 0);
        for c in &text[..end] {
            let c = if self == Scheme::Base32 { c.to_ascii_uppercase() } else { *c };
            let value = letters.iter().position(|l| *l == c)?;
            bits = bits << width | u32::try_from(value).ok()?;
            have += width;
            if have >= 8 {
                have -= 8;
                out.push((bits >> have & 0xff) as u8);
            }
        }
        Some(out)
    }
}

/// Lays bytes over a password, or takes them off it again.
pub fn hide(bytes: &mut [u8], password: &[u8]) {
    if !password.is_empty() {
        bytes.iter_mut().zip(password.iter().cycle()).for_each(|(a, b)| *a ^= b);
    }
}

/// What a Contact that is shown stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// The Route set, joined by commas.
    pub routes: Text,
    /// The Contact URI.
    pub contact: Text,
    /// Flags of `topology_hiding`.
    pub flags: u32,
    /// The socket towards it.
    pub socket: Text,
}

impl Info {
    /// Writes it; `None` when it is too long.
    pub fn encode(&self, scheme: Scheme, password: &[u8]) -> Option<Vec<u8>> {
        let flags = self.flags.to_string();
        let mut out = Vec::with_capacity(self.routes.len() + self.contact.len() + 64);
        for part in [&self.routes[..], &self.contact, flags.as_bytes(), &self.socket] {
            // OpenSIPS has the numbers as its processor has them
            out.extend_from_slice(&i16::try_from(part.len()).ok()?.to_le_bytes());
            out.extend_from_slice(part);
        }
        hide(&mut out, password);
        Some(scheme.encode(&out))
    }

    /// Reads it back; `None` when it is broken. What it says goes into messages, so it has no control characters.
    pub fn decode(text: &[u8], scheme: Scheme, password: &[u8]) -> Option<Info> {
        let mut bytes = scheme.decode(text)?;
        hide(&mut bytes, password);
        let mut rest = &bytes[..];
        let mut part = || {
            let (length, behind) = rest.split_at_checked(2)?;
            let length = usize::try_from(i16::from_le_bytes(length.try_into().ok()?)).ok()?;
            let (part, behind) = behind.split_at_checked(length)?;
            rest = behind;
            part.iter().all(|c| !c.is_ascii_control()).then(|| Text::copy_from_slice(part))
        };
        let (routes, contact, flags, socket) = (part()?, part()?, part()?, part()?);
        let flags = std::str::from_utf8(&flags).ok().and_then(|f| f.parse().ok()).unwrap_or(0);
        Some(Info { routes, contact, flags, socket })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_length_is_read_back() {
        for scheme in [Scheme::Base64, Scheme::Base32] {
            for length in 0..40u8 {
                let bytes: Vec<u8> = (0..length).map(|n| n.wrapping_mul(37)).collect();
                let text = scheme.encode(&bytes);
                assert_eq!(scheme.decode(&text), Some(bytes), "{scheme:?} {length}");
            }
        }
        assert_eq!(Scheme::Base64.encode(b"any carnal pleas"), b"YW55IGNhcm5hbCBwbGVhcw--");
        assert_eq!(Scheme::Base32.encode(b"foob"), b"MZXW6YQ-");
        assert_eq!(Scheme::Base32.decode(b"mzxw6yq-"), Some(b"foob".to_vec()));
        assert_eq!(Scheme::Base64.decode(b"ab=c"), None);
    }

    #[test]
    fn broken_information_is_refused() {
        let text = Text::from_static;
        let info = Info {
            routes: text(b"<sip:10.0.0.8;lr>"),
            contact: text(b"sip:bob@10.0.0.2"),
            flags: flag_bits(),
            socket: text(b"udp:10.0.0.1:5060"),
        };
        let good = info.encode(Scheme::Base64, b"secret").expect("it is short");
        assert_eq!(Info::decode(&good, Scheme::Base64, b"secret"), Some(info.clone()));
        for cut in 0..good.len() - 4 {
            assert_eq!(Info::decode(&good[..cut], Scheme::Base64, b"secret"), None, "{cut}");
        }
        let injected = Info { contact: text(b"sip:x\r\nEvil: yes"), ..info.clone() };
        let bad = injected.encode(Scheme::Base64, b"secret").expect("it is short");
        assert_eq!(Info::decode(&bad, Scheme::Base64, b"secret"), None);
        let long = Info { contact: vec![b'x'; 40_000].into(), ..info };
        assert_eq!(long.encode(Scheme::Base64, b"secret"), None);
    }

    fn flag_bits() -> u32 {
        crate::flag::KEEP_USER | crate::flag::HIDE_CALL_ID
    }
}
