//! Searching text for a few bytes, a block of sixteen at a time. Names, lines and values are short: a search that is part
//! of the loop around it is done before a call of `memchr` has begun.

use wide::u8x16;

/// How many bytes are looked at in one go.
const BLOCK: usize = 16;

/// Where the first of the `wanted` bytes is; the length of `text` when there is none.
#[inline]
pub(crate) fn find<const N: usize>(text: &[u8], wanted: [u8; N]) -> usize {
    let (blocks, rest) = text.as_chunks();
    for (number, block) in blocks.iter().enumerate() {
        let hits = hits(block, wanted);
        if hits != 0 {
            return number * BLOCK + hits.trailing_zeros() as usize;
        }
    }
    let last = rest.iter().position(|c| wanted.contains(c));
    last.map_or(text.len(), |at| text.len() - rest.len() + at)
}

/// A bit for each byte of the block that is one of the `wanted`: the lowest is that of the first byte.
#[inline]
pub(crate) fn hits<const N: usize>(block: &[u8; BLOCK], wanted: [u8; N]) -> u32 {
    let block = u8x16::new(*block);
    let any = wanted.into_iter().fold(u8x16::ZERO, |any, c| any | block.simd_eq(u8x16::splat(c)));
    any.to_bitmask()
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
                assert_eq!(find(&text, [b',', b';']), at);
            }
            assert_eq!(find(&vec![b'x'; length], [b'\0', 0xff]), length);
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
