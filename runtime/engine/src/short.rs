//! Texts short enough to stand in a value: numbers, hosts, users, words. They need no memory of their own, and a copy of one is
//! a copy of the value.

use std::ops::Deref;

/// How long one may be: a value is as large with any other variant.
const MAX: usize = 38;

/// Room for one while it is made, which any index modulo its size is in.
const ROOM: usize = 64;

/// A short text.
#[derive(Clone, Copy)]
pub struct Short {
    length: u8,
    bytes: [u8; MAX],
}

impl Short {
    /// A text, if it is short.
    #[inline]
    pub fn new(text: &[u8]) -> Option<Short> {
        if text.len() > MAX {
            return None;
        }
        let mut short = Short::EMPTY;
        short.fill(text);
        Some(short)
    }

    /// Becomes a short text. Few bytes are copied without a call.
    #[inline(never)]
    fn fill(&mut self, text: &[u8]) {
        let length = text.len().min(MAX);
        self.length = length as u8;
        match length {
            17..=32 => self.fill_with::<16>(text),
            8..=16 => self.fill_with::<8>(text),
            4..8 => self.fill_with::<4>(text),
            _ => self.bytes.iter_mut().zip(text).for_each(|(to, from)| *to = *from),
        }
    }

    /// Copies the first `N` bytes and the last, of which some may be the same.
    #[inline(always)]
    fn fill_with<const N: usize>(&mut self, text: &[u8]) {
        if let (Some(first), Some(last)) = (text.first_chunk::<N>(), text.last_chunk::<N>()) {
            let behind = text.len() - N;
            self.bytes[..N].copy_from_slice(first);
            self.bytes[behind..behind + N].copy_from_slice(last);
        }
    }

    /// A text of the program, of which the compiler knows the length.
    #[inline(always)]
    pub fn constant(text: &'static [u8]) -> Option<Short> {
        Short::of(text.len(), |bytes| bytes.copy_from_slice(text))
    }

    /// A text behind another, if both together are short.
    #[inline]
    pub fn joined(first: &[u8], second: &[u8]) -> Option<Short> {
        Short::of(first.len() + second.len(), |bytes| {
            let (start, end) = bytes.split_at_mut(first.len());
            start.copy_from_slice(first);
            end.copy_from_slice(second);
        })
    }

    /// An empty one.
    pub const EMPTY: Short = Short { length: 0, bytes: [0; MAX] };

    /// Appends a text; `false`, and nothing is done, when it gets too long.
    #[inline]
    pub fn append(&mut self, text: &[u8]) -> bool {
        let start = usize::from(self.length);
        let Some(room) = self.bytes.get_mut(start..start + text.len()) else { return false };
        room.copy_from_slice(text);
        self.length += text.len() as u8;
        true
    }

    /// The bytes of a text for which `keep` holds, if the text is short.
    #[inline]
    pub fn filtered(text: &[u8], mut keep: impl FnMut(u8) -> bool) -> Option<Short> {
        if text.len() > MAX {
            return None;
        }
        let (mut length, mut room) = (0, [0; ROOM]);
        for byte in text {
            // each goes over one that is not kept
            room[length % ROOM] = *byte;
            length += usize::from(keep(*byte));
        }
        let (bytes, _) = room.split_first_chunk()?;
        Some(Short { length: length as u8, bytes: *bytes })
    }

    /// A text of a length, if that is short; `write` fills it.
    #[inline]
    pub fn of(length: usize, write: impl FnOnce(&mut [u8])) -> Option<Short> {
        let mut bytes = [0; MAX];
        write(bytes.get_mut(..length)?);
        Some(Short { length: length as u8, bytes })
    }
}

impl Deref for Short {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        // never longer, which the compiler does not know
        &self.bytes[..usize::from(self.length).min(MAX)]
    }
}

impl std::fmt::Debug for Short {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "b\"{}\"", self.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Value;

    #[test]
    fn a_value_has_room_for_it() {
        assert_eq!(size_of::<Value>(), 40);
        assert_eq!(Short::new(&[b'x'; MAX]).as_deref(), Some(&[b'x'; MAX][..]));
        assert!(Short::new(&[b'x'; MAX + 1]).is_none());
        let text: Vec<u8> = (1..=MAX as u8).collect();
        assert!((0..=MAX).all(|n| Short::new(&text[..n]).as_deref() == Some(&text[..n])));
    }

    #[test]
    fn of_two_texts() {
        assert_eq!(Short::joined(b"sip:", b"bob").as_deref(), Some(&b"sip:bob"[..]));
        assert_eq!(Short::joined(b"", b"").as_deref(), Some(&b""[..]));
        assert!(Short::joined(&[b'x'; MAX], b"y").is_none());
    }

    #[test]
    fn piece_by_piece() {
        let mut text = Short::EMPTY;
        assert!(text.append(b"sip:") && text.append(b"") && text.append(b"bob"));
        assert!(!text.append(&[b'x'; MAX]) && !text.append(&[b'x'; 300]));
        assert_eq!(&text[..], b"sip:bob");
    }

    #[test]
    fn of_some_bytes() {
        let digits = |text: &[u8]| Short::filtered(text, |c| c.is_ascii_digit());
        assert_eq!(digits(b"030-12.34").as_deref(), Some(&b"0301234"[..]));
        assert_eq!(digits(&[b'0'; MAX]).as_deref(), Some(&[b'0'; MAX][..]));
        assert_eq!(digits(b"x").as_deref(), Some(&b""[..]));
        assert!(digits(&[b'0'; MAX + 1]).is_none());
    }
}
