//! The number that algorithms choose a destination by. It is OpenSIPS' own, so that both send a call to the
//! same place.

/// The number of one or two texts; never 0.
pub fn hash(first: &[u8], second: &[u8]) -> u32 {
    let sum = part(first).wrapping_add(part(second));
    let mixed = sum.wrapping_add(sum >> 11).wrapping_add((sum >> 13).wrapping_add(sum >> 23));
    if mixed == 0 { 1 } else { mixed }
}

/// Bytes are signed numbers there.
fn signed(byte: u8) -> u32 {
    i32::from(byte as i8) as u32
}

fn part(text: &[u8]) -> u32 {
    let fold = |v: u32| v ^ (v >> 3);
    let mut words = text.chunks_exact(4);
    let mut sum = 0u32;
    for word in words.by_ref() {
        let shifted = word.iter().fold(0u32, |v, c| (v << 8).wrapping_add(signed(*c)));
        sum = sum.wrapping_add(fold(shifted));
    }
    let rest = words.remainder().iter().fold(0u32, |v, c| (v << 8).wrapping_add(signed(*c)));
    sum.wrapping_add(fold(rest))
}
