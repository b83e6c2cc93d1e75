//! Searching text for a few bytes, a block of sixteen at a time. Names, lines and values are short: a search that is part
//! of the loop around it is done before a call of `memchr` has begun.

use wide::u8x16;

use crate::chars::HOST;

/// How many bytes are looked at in one go.
const BLOCK: usize = 16;

/// Where the first of the `wanted` bytes is; the length of `text` when there is none.
#[inline]
pub fn find<const N: usize>(text: &[u8], wanted: [u8; N]) -> usize {
    let mut rest = text;
    while let Some((block, behind)) = rest.split_first_chunk() {
        let hits = hits(block, wanted);
        if hits != 0 {
            return text.len() - rest.len() + hits.trailing_zeros() as usize;
        }
        rest = behind;
    }
    text.len() - rest.len() + find_in_rest(rest, wanted)
}

/// The same in what is shorter than a block.
#[inline]
fn find_in_rest<const N: usize>(rest: &[u8], wanted: [u8; N]) -> usize {
    let Some(block) = whole(rest) else {
        return rest.iter().position(|c| wanted.contains(c)).unwrap_or(rest.len());
    };
    match hits(&block, wanted).trailing_zeros() as usize {
        at @ 0..8 => at,
        at @ 8..BLOCK => at + rest.len() - BLOCK,
        _ => rest.len(),
    }
}

/// A bit for each byte of a text that is one of the `wanted`, the lowest for the first; `None` for a text that is too short or too
/// long for that.
#[inline]
pub(crate) fn marks<const N: usize>(text: &[u8], wanted: [u8; N]) -> Option<u64> {
    let length = text.len();
    if length > 4 * BLOCK {
        return None;
    }
    let Some(last) = text.last_chunk() else {
        let (first, last) = (text.first_chunk()?, text.last_chunk()?);
        let block = u128::from(u64::from_le_bytes(*first)) | u128::from(u64::from_le_bytes(*last)) << 64;
        let found = u64::from(hits(&block.to_le_bytes(), wanted));
        return Some(found & 0xff | (found >> 8) << (length - BLOCK / 2));
    };
    let (blocks, _) = text.as_chunks();
    let found = blocks.iter().rev().fold(0, |found, block| found << BLOCK | u64::from(hits(block, wanted)));
    // the last sixteen bytes, of which some may have been looked at
    Some(found | u64::from(hits(last, wanted)) << (length - BLOCK))
}

/// A bit for each byte of the block that is one of the `wanted`: the lowest is that of the first byte.
#[inline]
pub(crate) fn hits<const N: usize>(block: &[u8; BLOCK], wanted: [u8; N]) -> u32 {
    let block = u8x16::new(*block);
    let any = wanted.into_iter().fold(u8x16::ZERO, |any, c| any | block.simd_eq(u8x16::splat(c)));
    any.to_bitmask()
}

/// The same for what a header name ends with: a colon, blanks, and whatever else is no text.
#[inline]
pub(crate) fn name_hits(block: &[u8; BLOCK]) -> u32 {
    let block = u8x16::new(*block);
    let blank = u8x16::splat(b' ');
    (block.simd_eq(u8x16::splat(b':')) | block.max(blank).simd_eq(blank)).to_bitmask()
}

/// How long the host name or IPv4 address is that `text` begins with.
#[inline]
pub(crate) fn host(text: &[u8]) -> usize {
    let mut rest = text;
    while let Some((block, behind)) = rest.split_first_chunk() {
        let others = !host_hits(block) & 0xffff;
        if others != 0 {
            return text.len() - rest.len() + others.trailing_zeros() as usize;
        }
        rest = behind;
    }
    text.len() - rest.len() + host_in_rest(rest)
}

/// The same of what is shorter than a block.
#[inline]
fn host_in_rest(rest: &[u8]) -> usize {
    let Some(block) = whole(rest) else { return rest.iter().take_while(|c| HOST.has(**c)).count() };
    match (!host_hits(&block) & 0xffff).trailing_zeros() as usize {
        at @ 0..8 => at,
        at @ 8..BLOCK => at + rest.len() - BLOCK,
        _ => rest.len(),
    }
}

/// The first and the last eight bytes of a text that is shorter than a block, of which some may be the same; `None` for one that
/// is shorter than that.
#[inline]
fn whole(text: &[u8]) -> Option<[u8; BLOCK]> {
    let (first, last) = (text.first_chunk()?, text.last_chunk()?);
    let block = u128::from(u64::from_le_bytes(*first)) | u128::from(u64::from_le_bytes(*last)) << 64;
    Some(block.to_le_bytes())
}

/// Whether a text is digits.
#[inline]
pub fn is_digits(text: &[u8]) -> bool {
    let digits = |block: &[u8; BLOCK]| {
        let block = u8x16::new(*block);
        block.max(u8x16::splat(b'0')).min(u8x16::splat(b'9')).simd_eq(block).to_bitmask() == 0xffff
    };
    match text.last_chunk() {
        Some(last) => text.as_chunks().0.iter().all(digits) && digits(last),
        None => whole(text).map_or_else(|| text.iter().all(u8::is_ascii_digit), |block| digits(&block)),
    }
}

/// Whether a text is letters, digits, and what means nothing in a URI: `.`, `-`, `+` and `_`.
#[inline]
pub(crate) fn is_plain(text: &[u8]) -> bool {
    let plain = |block: &[u8; BLOCK]| host_hits(block) | hits(block, *b"+_") == 0xffff;
    match text.last_chunk() {
        Some(last) => text.as_chunks().0.iter().all(plain) && plain(last),
        None => match whole(text) {
            Some(block) => plain(&block),
            None => text.iter().all(|c| HOST.has(*c) || matches!(c, b'+' | b'_')),
        },
    }
}

/// A bit for each byte of the block that can stand in a host: letters, digits, `-` and `.`.
#[inline]
fn host_hits(block: &[u8; BLOCK]) -> u32 {
    let block = u8x16::new(*block);
    let within = |x: u8x16, from, to| x.max(u8x16::splat(from)).min(u8x16::splat(to)).simd_eq(x);
    let letters = within(block | u8x16::splat(0x20), b'a', b'z');
    let others = within(block, b'-', b'9') & !block.simd_eq(u8x16::splat(b'/'));
    (letters | others).to_bitmask()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_in_every_length() {
        for length in 0..50 {
            for at in 0..length {
                let mut text = vec![b'x'; length];
                text[at] = b';';
                assert_eq!(find(&text, [b',', b';', 0]), at);
            }
            assert_eq!(find(&vec![b'x'; length], [b'\0', 0xff]), length);
        }
    }

    #[test]
    fn a_bit_for_each() {
        for length in 0..70 {
            for at in 0..length {
                let mut text = vec![b'x'; length];
                (text[at], text[length - 1]) = (b';', b'@');
                let found = 1 << at | 1u128 << (length - 1);
                let expected = (8..=64).contains(&length).then_some(found as u64);
                assert_eq!(marks(&text, [b'@', b';']), expected, "{at} of {length}");
            }
        }
    }

    #[test]
    fn hosts() {
        for c in 0..=255u8 {
            let text = [b"a1-Z.zA90bcd"[..].to_vec(), vec![c; 40]].concat();
            let length = if HOST.has(c) { text.len() } else { 12 };
            assert_eq!((host(&text), host(&text[..15])), (length, length.min(15)), "{c}");
            let (alone, plain) = (vec![c; 40], HOST.has(c) || b"+_".contains(&c));
            assert!((1..40).all(|n| is_plain(&alone[..n]) == plain), "{c}");
            assert!((1..40).all(|n| is_digits(&alone[..n]) == c.is_ascii_digit()), "{c}");
            assert!((13..text.len()).all(|n| is_plain(&text[..n]) == plain), "{c}");
        }
    }

    #[test]
    fn every_byte() {
        for c in 0..=255u8 {
            let mut text = [c.wrapping_add(1); 40];
            text[33] = c;
            assert_eq!(find(&text, [c]), 33);
        }
    }
}
