//! Texts that are nearly what a parser wants: for tests that no text breaks it.

/// Calls `each` with `count` texts made of up to 23 of the pieces, in an order that is the same each time; in some, one
/// byte is another.
pub fn mixed(pieces: &[&str], count: usize, mut each: impl FnMut(&[u8])) {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % below as u64).unwrap_or(0)
    };
    for _ in 0..count {
        let mut text: Vec<u8> = Vec::new();
        for _ in 0..next(24) {
            text.extend_from_slice(pieces[next(pieces.len())].as_bytes());
        }
        if !text.is_empty() && next(4) == 0 {
            let at = next(text.len());
            text[at] = u8::try_from(next(256)).unwrap_or(0);
        }
        each(&text);
    }
}
