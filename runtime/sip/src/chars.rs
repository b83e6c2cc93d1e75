//! Character classes and the small text helpers every parser here uses.
//!
//! All of them work on bytes: SIP text is not always UTF-8.

/// A set of bytes, looked up by index.
pub(crate) struct Class([bool; 256]);

impl Class {
    /// The letters, digits, and `extra`.
    const fn alphanumeric_and(extra: &[u8]) -> Class {
        let mut set = [false; 256];
        let mut c = 0;
        while c < 128 {
            set[c] = (c as u8).is_ascii_alphanumeric();
            c += 1;
        }
        let mut i = 0;
        while i < extra.len() {
            set[extra[i] as usize] = true;
            i += 1;
        }
        Class(set)
    }

    /// These bytes.
    const fn of(bytes: &[u8]) -> Class {
        let mut set = [false; 256];
        let mut i = 0;
        while i < bytes.len() {
            set[bytes[i] as usize] = true;
            i += 1;
        }
        Class(set)
    }

    /// Whether `c` is in the set.
    pub(crate) const fn has(&self, c: u8) -> bool {
        self.0[c as usize]
    }
}

/// A few bytes that end something.
pub(crate) struct Ends<const N: usize> {
    bytes: [u8; N],
    class: Class,
}

impl<const N: usize> Ends<N> {
    const fn of(bytes: [u8; N]) -> Ends<N> {
        Ends { bytes, class: Class::of(&bytes) }
    }

    /// Whether `c` is one.
    pub(crate) const fn has(&self, c: u8) -> bool {
        self.class.has(c)
    }

    /// Where the first of them is; the length of `text` when there is none.
    #[inline]
    pub(crate) fn find(&self, text: &[u8]) -> usize {
        let mut rest = text;
        while let Some((block, behind)) = rest.split_first_chunk() {
            let hits = crate::scan::hits(block, self.bytes);
            if hits != 0 {
                return text.len() - rest.len() + hits.trailing_zeros() as usize;
            }
            rest = behind;
        }
        let last = rest.iter().position(|c| self.class.has(*c));
        last.map_or(text.len(), |at| text.len() - rest.len() + at)
    }
}

/// `token` of RFC 3261 section 25.1.
pub(crate) static TOKEN: Class = Class::alphanumeric_and(b"-.!%*_+`'~");
/// What OpenSIPS lets stand in a host name.
pub(crate) static HOST: Class = Class::alphanumeric_and(b"-.");
/// What needs no escape in the user part: `unreserved` and `user-unreserved`.
pub(crate) static USER: Class = Class::alphanumeric_and(b"-_.!~*'()&=+$,;?/");
/// What needs no escape in a URI parameter: `unreserved` and `param-unreserved`.
pub(crate) static PARAM: Class = Class::alphanumeric_and(b"-_.!~*'()[]/:&+$");
/// What needs no escape in a URI header: `unreserved` and `hnv-unreserved`.
pub(crate) static URI_HEADER: Class = Class::alphanumeric_and(b"-_.!~*'()[]/?:+$");

/// What ends the name of a Via parameter.
pub(crate) static VIA_NAME_END: Class = Class::of(b" \t\r\n=;,");
/// What ends the name or value of a parameter of From and To.
pub(crate) static ADDRESS_WORD_END: Ends<9> = Ends::of(*b" \t\r\n=;,\"\\");
/// What ends the value of one.
pub(crate) static VIA_VALUE_END: Ends<8> = Ends::of(*b" \t\r\n;,=\"");
/// What can end a Contact or a part of it.
pub(crate) static CONTACT_STOP: Class = Class::of(b"\"<>,;");

/// Space or tab.
pub(crate) const fn is_blank(c: u8) -> bool {
    c == b' ' || c == b'\t'
}

/// Space, tab, or a line end; within a header value a line end is always a fold.
pub(crate) const fn is_lws(c: u8) -> bool {
    matches!(c, b' ' | b'\t' | b'\r' | b'\n')
}

/// `text` without white space at either end.
#[inline]
pub fn trim(text: &[u8]) -> &[u8] {
    match text {
        // as nearly all is
        [first, .., last] if *first > b' ' && *last > b' ' => text,
        _ => trim_end(trim_start(text)),
    }
}

pub(crate) fn trim_start(text: &[u8]) -> &[u8] {
    let skip = text.iter().take_while(|c| is_lws(**c)).count();
    text.get(skip..).unwrap_or_default()
}

pub(crate) fn trim_end(text: &[u8]) -> &[u8] {
    if text.last().is_some_and(|last| *last > b' ') {
        return text;
    }
    let skip = text.iter().rev().take_while(|c| is_lws(**c)).count();
    text.get(..text.len() - skip).unwrap_or_default()
}

/// Whether two names are the same but for the case of their letters.
#[inline]
pub(crate) fn same_name(a: &[u8], b: &[u8]) -> bool {
    let same = |(a, b): (&u8, &u8)| a == b || (a ^ b == 0x20 && a.is_ascii_alphabetic());
    a.len() == b.len() && (a == b || a.iter().zip(b).all(same))
}

/// The part of `text` between two offsets; empty when they make no sense.
#[inline(always)]
pub(crate) fn part(text: &[u8], start: usize, end: usize) -> &[u8] {
    text.get(start..end).unwrap_or_default()
}

/// `text` split around the first `separator`.
#[inline]
pub(crate) fn split_once(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let (before, behind) = text.split_at_checked(crate::scan::find(text, [separator]))?;
    Some((before, behind.get(1..)?))
}

/// A number written in digits only, bounded to 32 bits.
pub fn number(text: &[u8]) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    let mut number = 0u64;
    for c in text {
        // what is too large stays too large
        number = (number * 10 + u64::from(c.wrapping_sub(b'0'))).min(1 << 32);
        if !c.is_ascii_digit() {
            return None;
        }
    }
    u32::try_from(number).ok()
}

/// A port: digits, at most 65535.
pub(crate) fn port(text: &[u8]) -> Option<u16> {
    number(text).and_then(|n| u16::try_from(n).ok())
}

/// The content of a quoted string, or the text itself when it has no quotes.
pub fn unquote(text: &[u8]) -> &[u8] {
    match text {
        [b'"', inner @ .., b'"'] => inner,
        _ => text,
    }
}

/// Where the quoted string that opens at `start` ends: the offset behind its closing quote.
pub(crate) fn quoted_end(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += crate::scan::find(text.get(at..)?, *b"\"\\");
        if *text.get(at)? == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}
