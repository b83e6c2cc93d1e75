//! From PCRE's syntax to that of the library, where they differ: what is literal in brackets and braces, some
//! escapes, the `$` before a last line end, and classes that are ASCII's.

use crate::pattern::Options;

/// The expression for the library, a character per byte.
pub(crate) fn translate(expression: &[u8], options: Options) -> String {
    let lines = options.multiline || sets_multiline(expression);
    let mut t = Translator { rest: expression, out: String::new(), lines };
    while let Some(byte) = t.next() {
        t.item(byte);
    }
    t.out
}

struct Translator<'a> {
    rest: &'a [u8],
    out: String,
    /// `$` matches at lines.
    lines: bool,
}

/// Whether the expression turns multiline on itself: `(?m)`, `(?im:…)`.
fn sets_multiline(expression: &[u8]) -> bool {
    let flags = |w: &[u8]| w.iter().take_while(|b| b.is_ascii_lowercase()).any(|b| *b == b'm');
    (0..expression.len()).any(|n| expression[n..].strip_prefix(b"(?").is_some_and(flags))
}

impl Translator<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn eat(&mut self, text: &[u8]) -> bool {
        let hit = self.rest.strip_prefix(text);
        self.rest = hit.unwrap_or(self.rest);
        hit.is_some()
    }

    fn literal(&mut self, byte: u8) {
        if byte.is_ascii_alphanumeric() || byte >= 0x80 {
            self.out.push(char::from(byte));
        } else {
            self.out.push_str(&format!("\\x{byte:02x}"));
        }
    }

    fn item(&mut self, byte: u8) {
        match byte {
            b'\\' => self.escape(),
            b'[' => self.class(),
            b'$' if !self.lines => self.out.push_str("(?=\\n?\\z)"),
            b'{' if !is_repetition(self.rest) => self.literal(b'{'),
            // the end of a repetition was taken with its beginning
            b'{' => {
                self.out.push('{');
                while let Some(byte) = self.next() {
                    self.out.push(char::from(byte));
                    if byte == b'}' {
                        break;
                    }
                }
            }
            b'}' | b']' => self.literal(byte),
            b'(' if self.rest.starts_with(b"?#") => {
                let end = self.rest.iter().position(|b| *b == b')').map_or(self.rest.len(), |n| n + 1);
                self.rest = &self.rest[end..];
            }
            _ => self.out.push(char::from(byte)),
        }
    }

    /// Behind a backslash, outside of brackets.
    fn escape(&mut self) {
        let Some(byte) = self.next() else { return self.out.push('\\') };
        let words = match byte {
            b'Q' => return self.quoted(),
            b'E' => "",
            b'h' => "[ \\t]",
            b'H' => "[^ \\t]",
            b'v' => "[\\n\\x0b\\f\\r\\x{85}]",
            b'V' => "[^\\n\\x0b\\f\\r\\x{85}]",
            b'N' => "[^\\n]",
            b'R' => "(?>\\r\\n|[\\n\\x0b\\f\\r\\x{85}])",
            b'Z' => "(?=\\n?\\z)",
            b'w' => "[A-Za-z0-9_]",
            b'W' => "[^A-Za-z0-9_]",
            b'd' => "[0-9]",
            b'D' => "[^0-9]",
            b's' => "[ \\t-\\r]",
            b'S' => "[^ \\t-\\r]",
            _ => {
                if let Some(code) = self.code(byte) {
                    return self.literal(code);
                }
                self.out.push('\\');
                self.out.push(char::from(byte));
                return;
            }
        };
        self.out.push_str(words);
    }

    /// The byte that an escape stands for, if it stands for one.
    fn code(&mut self, byte: u8) -> Option<u8> {
        Some(match byte {
            b'e' => 0x1b,
            b'a' => 0x07,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'f' => 0x0c,
            b'0' => self.digits(8, 2),
            b'x' if self.eat(b"{") => {
                let code = self.digits(16, 2);
                if !self.eat(b"}") {
                    self.out.push_str("\\x{");
                }
                code
            }
            b'x' => self.digits(16, 2),
            b'c' => self.next()?.to_ascii_uppercase() ^ 0x40,
            b if !b.is_ascii_alphanumeric() => b,
            _ => return None,
        })
    }

    fn digits(&mut self, base: u32, most: usize) -> u8 {
        let is_digit = |b: &&u8| char::from(**b).is_digit(base);
        let count = self.rest.iter().take(most).take_while(is_digit).count();
        let (digits, rest) = self.rest.split_at(count);
        self.rest = rest;
        let value = digits.iter().filter_map(|b| char::from(*b).to_digit(base)).fold(0, |n, d| n * base + d);
        // two digits fit
        u8::try_from(value).unwrap_or(0)
    }

    fn quoted(&mut self) {
        while !self.rest.is_empty() && !self.eat(b"\\E") {
            if let Some(byte) = self.next() {
                self.literal(byte);
            }
        }
    }

    /// Behind the opening bracket.
    fn class(&mut self) {
        self.out.push('[');
        if self.eat(b"^") {
            self.out.push('^');
        }
        let mut first = true;
        while let Some(byte) = self.next() {
            if byte == b']' && !first {
                return self.out.push(']');
            }
            first = false;
            let range = self.member(byte) && self.rest.first() == Some(&b'-');
            if range && !matches!(self.rest.get(1), None | Some(b']')) {
                self.rest = &self.rest[1..];
                self.out.push('-');
                if let Some(end) = self.next() {
                    self.member(end);
                }
            }
        }
    }

    /// One member of a class; whether it is one character.
    fn member(&mut self, byte: u8) -> bool {
        if byte == b'[' && self.rest.starts_with(b":") {
            let name = self.rest.windows(2).position(|w| w == b":]");
            if let Some(end) = name.map(|n| n + 2) {
                let (name, rest) = self.rest.split_at(end);
                self.out.push('[');
                self.out.extend(name.iter().copied().map(char::from));
                self.rest = rest;
                return false;
            }
        }
        if byte != b'\\' {
            self.literal(byte);
            return true;
        }
        let Some(byte) = self.next() else { return false };
        let words = match byte {
            b'b' => "\\x08",
            b'w' => "A-Za-z0-9_",
            b'd' => "0-9",
            b's' => " \\t-\\r",
            b'h' => " \\t",
            b'W' => "[^A-Za-z0-9_]",
            b'D' => "[^0-9]",
            b'S' => "[^ \\t-\\r]",
            b'H' => "[^ \\t]",
            _ => {
                let code = self.code(byte).unwrap_or(byte);
                self.literal(code);
                return true;
            }
        };
        self.out.push_str(words);
        byte == b'b'
    }
}

/// Whether what stands behind a brace makes it a repetition: `3}`, `3,}`, `3,5}`.
fn is_repetition(rest: &[u8]) -> bool {
    let digits = |from: usize| rest[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let least = digits(0);
    let comma = rest.get(least) == Some(&b',');
    let end = if comma { least + 1 + digits(least + 1) } else { least };
    least > 0 && rest.get(end) == Some(&b'}')
}
