//! Text to bytes and back, for cases written as text.
#![allow(dead_code, reason = "each test file uses a part")]

use bytes::Bytes;

/// The bytes of a line in which escapes stand for bytes.
pub fn bytes_of(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let (byte, next) = match rest {
            [b'\\', b'x', high, low, next @ ..] => {
                let hex = std::str::from_utf8(&[*high, *low]).map(|h| u8::from_str_radix(h, 16));
                (hex.expect("hex digits").expect("hex digits"), next)
            }
            [b'\\', letter, next @ ..] => (named(*letter), next),
            _ => (*first, tail),
        };
        out.push(byte);
        rest = next;
    }
    out
}

fn named(letter: u8) -> u8 {
    match letter {
        b'r' => b'\r',
        b'n' => b'\n',
        b't' => b'\t',
        b'0' => 0,
        other => other,
    }
}

/// A message written with plain line ends.
pub fn message_of(text: &str) -> Bytes {
    let lines: Vec<Vec<u8>> = text.split('\n').map(bytes_of).collect();
    lines.join(&b"\r\n"[..]).into()
}

/// Bytes as text, everything unusual escaped.
pub fn shown(text: &[u8]) -> String {
    text.escape_ascii().to_string().replace("\\\"", "\"").replace("\\'", "'")
}
