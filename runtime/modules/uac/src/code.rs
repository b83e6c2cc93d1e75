//! Two addresses in one Route parameter: whoever has the one gets the other. Old and new URI are laid over each other
//! bit by bit, and over the password; the result is Base64 with `-` for padding.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// Longest URI.
const LONGEST: usize = 1024;

fn over(text: &mut [u8], other: &[u8]) {
    text.iter_mut().zip(other).for_each(|(a, b)| *a ^= b);
}

fn hide(text: &mut [u8], password: &[u8]) {
    if !password.is_empty() {
        text.iter_mut().zip(password.iter().cycle()).for_each(|(a, b)| *a ^= b);
    }
}

/// The parameter for both; `None` when one is too long.
pub fn encode(old: &[u8], new: &[u8], password: &[u8]) -> Option<String> {
    let (long, short) = if old.len() > new.len() { (old, new) } else { (new, old) };
    if long.len() > LONGEST {
        return None;
    }
    let mut text = long.to_vec();
    over(&mut text, short);
    hide(&mut text, password);
    let mut out = STANDARD_NO_PAD.encode(&text);
    while !out.len().is_multiple_of(4) {
        out.push('-');
    }
    Some(out)
}

/// The one of both that `known` is not; `None` when the parameter is broken or of others.
pub fn decode(param: &[u8], known: &[u8], password: &[u8]) -> Option<Vec<u8>> {
    let end = param.iter().rposition(|c| *c != b'-').map_or(0, |at| at + 1);
    let mut text = STANDARD_NO_PAD.decode(&param[..end]).ok()?;
    hide(&mut text, password);
    if text.len() < known.len() {
        return None;
    }
    over(&mut text, known);
    if text.len() == known.len() {
        let end = text.iter().rposition(|c| *c != 0).map_or(0, |at| at + 1);
        text.truncate(end);
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_gives_the_other() {
        for (old, new) in [("sip:alice@example.org", "<sip:x@y>"), ("sip:a@b", "<sip:long@example.org>")] {
            for password in ["", "secret"] {
                let param =
                    encode(old.as_bytes(), new.as_bytes(), password.as_bytes()).expect("short enough");
                let decoded = |known: &str| decode(param.as_bytes(), known.as_bytes(), password.as_bytes());
                assert_eq!(decoded(old).as_deref(), Some(new.as_bytes()));
                assert_eq!(decoded(new).as_deref(), Some(old.as_bytes()));
            }
        }
    }

    #[test]
    fn what_is_broken_gives_nothing() {
        for param in ["", "-", "----", "!", "AAAA"] {
            assert_eq!(decode(param.as_bytes(), b"sip:alice@example.org", b""), None, "{param}");
        }
        assert_eq!(encode(&[b'x'; 2000], b"y", b""), None);
    }
}
