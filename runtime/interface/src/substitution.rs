//! Substitution expressions, `/expression/replacement/flags`: what is wrong with a literal.
//!
//! The runtime reads them itself, variables included; here only their shape is looked at.

use crate::posix;

/// Checks an expression. Variables in the replacement are skipped, not looked up.
pub fn check(text: &[u8]) -> Result<(), &'static str> {
    let (separator, rest) = text.split_first().ok_or("it is empty")?;
    if *separator == b'\\' {
        return Err("a backslash cannot be the separator");
    }
    let ends = |n: &usize| rest[*n] == *separator && (*n == 0 || rest[*n - 1] != b'\\');
    let end = (0..rest.len()).find(ends).ok_or("there is no separator behind the expression")?;
    let (pattern, rest) = (&rest[..end], &rest[end + 1..]);
    let flags = &rest[replacement_end(rest, *separator)? + 1..];
    if !flags.iter().all(|f| b"isg".contains(f)) {
        return Err("the flags are `i`, `s` and `g`");
    }
    let options =
        posix::Options { ignore_case: flags.contains(&b'i'), newline_aware: !flags.contains(&b's') };
    posix::translate(pattern, options).map(|_| ()).map_err(posix::PatternError::text)
}

/// Where the separator behind the replacement is.
fn replacement_end(text: &[u8], separator: u8) -> Result<usize, &'static str> {
    let mut at = 0;
    while let Some(c) = text.get(at) {
        at += match *c {
            c if c == separator => return Ok(at),
            b'\\' => 2,
            b'$' => variable_length(&text[at..]),
            _ => 1,
        };
    }
    Err("there is no separator behind the replacement")
}

/// How long the variable is that a text begins with.
pub fn variable_length(text: &[u8]) -> usize {
    match text.get(1) {
        Some(b'$') => 2,
        Some(b'(') => 1 + in_parentheses(&text[1..]),
        _ => {
            let is_name = |c: &&u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'.');
            let end = 1 + text[1..].iter().take_while(is_name).count();
            if text.get(end) == Some(&b'(') { end + in_parentheses(&text[end..]) } else { end }
        }
    }
}

/// How long a text in parentheses is, nested ones included.
fn in_parentheses(text: &[u8]) -> usize {
    let mut depth = 0usize;
    for (i, c) in text.iter().enumerate() {
        match c {
            b'(' => depth += 1,
            b')' if depth == 1 => return i + 1,
            b')' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn shapes() {
        for good in
            ["/a/b/", "/a/b/gi", "|a\\|b|c|", "/a//", "/a/$(ru{s.select,1,/})x/", "/a/$var(/)/g", "/a/$$/"]
        {
            assert_eq!(check(good.as_bytes()), Ok(()), "{good}");
        }
        for bad in ["", "abc", "/a", "/a/b", "/a/b/x", "\\a\\b\\", "/a(/b/", "/a/b\\/", "/a/$(ru/", "//"] {
            assert!(check(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
