//! Shell patterns.

/// fnmatch(3) without flags: `*`, `?`, `[…]`, and a backslash that takes the next character as it is.
/// Linear in practice: only the last `*` is tried again.
pub fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        let step = match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p + 1, t));
                p += 1;
                continue;
            }
            Some(_) => one(&pattern[p..], text[t]),
            None => None,
        };
        match (step, retry) {
            (Some(length), _) => {
                p += length;
                t += 1;
            }
            (None, Some((after, from))) => {
                p = after;
                t = from + 1;
                retry = Some((after, t));
            }
            (None, None) => return false,
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

/// Whether the first item of a pattern takes a character; how long the item is.
fn one(pattern: &[u8], c: u8) -> Option<usize> {
    match pattern {
        [b'?', ..] => Some(1),
        [b'\\', x, ..] => (*x == c).then_some(2),
        [b'[', rest @ ..] => {
            let close = end_of_set(rest)?;
            let (negated, set) = match &rest[..close] {
                [b'!' | b'^', set @ ..] => (true, set),
                set => (false, set),
            };
            (in_set(set, c) != negated).then_some(close + 2)
        }
        [x, ..] => (*x == c).then_some(1),
        [] => None,
    }
}

/// Where the bracket of a set closes: not as its first character, and not within `[:class:]`.
fn end_of_set(set: &[u8]) -> Option<usize> {
    let mut i = usize::from(matches!(set.first(), Some(b'!' | b'^')));
    let first = i;
    loop {
        match set.get(i)? {
            b']' if i > first => return Some(i),
            b'[' if set.get(i + 1) == Some(&b':') => i += class(&set[i..]).map_or(1, |(_, length)| length),
            _ => i += 1,
        }
    }
}

/// Whether a character is of a class.
type Test = fn(&u8) -> bool;

/// `[:digit:]` and the like, at the start of a text, and their length.
fn class(text: &[u8]) -> Option<(Test, usize)> {
    let name = text.strip_prefix(b"[:")?;
    let name = name.get(..name.windows(2).position(|w| w == b":]")?)?;
    let is: Test = match name {
        b"alnum" => u8::is_ascii_alphanumeric,
        b"alpha" => u8::is_ascii_alphabetic,
        b"blank" => |c| matches!(c, b' ' | b'\t'),
        b"cntrl" => u8::is_ascii_control,
        b"digit" => u8::is_ascii_digit,
        b"graph" => u8::is_ascii_graphic,
        b"lower" => u8::is_ascii_lowercase,
        b"print" => |c| matches!(c, b' '..=b'~'),
        b"punct" => u8::is_ascii_punctuation,
        b"space" => |c| c.is_ascii_whitespace() || *c == 0x0b,
        b"upper" => u8::is_ascii_uppercase,
        b"xdigit" => u8::is_ascii_hexdigit,
        _ => return None,
    };
    Some((is, name.len() + 4))
}

fn in_set(set: &[u8], c: u8) -> bool {
    let mut i = 0;
    while i < set.len() {
        if let Some((is, length)) = class(&set[i..]) {
            if is(&c) {
                return true;
            }
            i += length;
            continue;
        }
        match set.get(i..i + 3) {
            Some([from, b'-', to]) => {
                if (*from..=*to).contains(&c) {
                    return true;
                }
                i += 3;
            }
            _ => {
                if set[i] == c {
                    return true;
                }
                i += 1;
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn shell_patterns() {
        for (pattern, text, matches) in [
            ("x-*", "x-foo", true),
            ("x-*", "y-foo", false),
            ("*a*b", "xxaxxb", true),
            ("?-[a-c]", "x-b", true),
            ("?-[!a-c]", "x-b", false),
            ("\\*", "*", true),
            ("", "", true),
            ("*", "", true),
            ("[", "x", false),
            ("[]x]", "]", true),
            ("[[:digit:]_]*", "7x", true),
            ("[^[:alpha:]]", "x", false),
        ] {
            assert_eq!(glob(pattern.as_bytes(), text.as_bytes()), matches, "{pattern} {text}");
        }
    }
}
