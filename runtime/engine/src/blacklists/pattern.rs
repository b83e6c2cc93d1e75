//! Shell patterns (fnmatch(3) without flags): `*`, `?`, `[a-z]`, `[!a-z]`, and a backslash before a character.

/// Whether all of the text matches. Takes at most length of the pattern times length of the text.
pub(super) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    // where to go on when the present attempt fails: behind the last star, one byte further in the text
    let mut again: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            again = Some((p + 1, t));
            p += 1;
            continue;
        }
        if let Some(next) = one(pattern, p, text[t]) {
            (p, t) = (next, t + 1);
            continue;
        }
        let Some((behind, from)) = again else { return false };
        (p, t) = (behind, from + 1);
        again = Some((behind, from + 1));
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

/// The place behind the element at `p` if it matches a byte.
fn one(pattern: &[u8], p: usize, byte: u8) -> Option<usize> {
    match pattern.get(p)? {
        b'?' => Some(p + 1),
        b'[' => match set(pattern, p + 1, byte) {
            Some((hit, end)) => hit.then_some(end),
            // without an end the bracket is a character
            None => (byte == b'[').then_some(p + 1),
        },
        b'\\' => match pattern.get(p + 1) {
            Some(c) => (*c == byte).then_some(p + 2),
            None => (byte == b'\\').then_some(p + 1),
        },
        c => (*c == byte).then_some(p + 1),
    }
}

/// Whether a byte is in the set whose `[` stands before `at`, and the place behind its `]`.
fn set(pattern: &[u8], mut at: usize, byte: u8) -> Option<(bool, usize)> {
    let negated = matches!(pattern.get(at), Some(b'!' | b'^'));
    at += usize::from(negated);
    let (start, mut hit) = (at, false);
    loop {
        let low = *pattern.get(at)?;
        if low == b']' && at > start {
            return Some((hit != negated, at + 1));
        }
        match (pattern.get(at + 1), pattern.get(at + 2)) {
            (Some(b'-'), Some(high)) if *high != b']' => {
                hit |= (low..=*high).contains(&byte);
                at += 3;
            }
            _ => {
                hit |= low == byte;
                at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn as_a_shell_would() {
        for (pattern, text) in [
            ("*", ""),
            ("a*b*c", "aXXbYbZc"),
            ("?[a-c]", "/b"),
            ("[!a-c]x", "dx"),
            ("[]]", "]"),
            ("\\*", "*"),
            ("*sip:*@*", "INVITE sip:a@b"),
            ("[a", "[a"),
        ] {
            assert!(matches(pattern.as_bytes(), text.as_bytes()), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("a", "A"), ("a*b", "abc"), ("[!a]", "a"), ("?", ""), ("\\*", "x")]
        {
            assert!(!matches(pattern.as_bytes(), text.as_bytes()), "{pattern} {text}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let text = vec![b'a'; 60_000];
        assert!(!matches(&b"*a*a*a*a*a*a*a*a*b".repeat(4), &text));
    }
}
