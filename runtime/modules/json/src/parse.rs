//! Text to tree.
//!
//! `:=` reads what json-c reads, which is more than JSON: `'text'`, comments, words in any case, a comma
//! behind the last item, and anything behind the document. `json_merge` reads JSON, with anything behind it.

use indexmap::IndexMap;
use sipc_engine::Text;

use crate::node::{Link, MEMBERS_MAX, Node};

/// Lists within lists beyond this are refused.
const DEPTH_MAX: usize = 31;

/// A document for `:=`; `None` also for `null`, as in OpenSIPS.
pub(crate) fn document(text: &[u8]) -> Option<Link> {
    let mut parser = Parser { text, at: 0, depth: 0, lenient: true };
    let node = parser.value()?;
    let is_null = matches!(*node.borrow(), Node::Null);
    (!is_null).then_some(node)
}

/// A document for `json_merge`.
pub(crate) fn strict(text: &[u8]) -> Option<Link> {
    Parser { text, at: 0, depth: 0, lenient: false }.value()
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
    lenient: bool,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let hit = self.peek() == Some(byte);
        self.at += usize::from(hit);
        hit
    }

    /// Blanks and, when lenient, comments; `None` for a comment without end.
    fn skip(&mut self) -> Option<()> {
        loop {
            let blank = |b: &u8| {
                matches!(b, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c) || !self.lenient && *b < b' '
            };
            self.at += self.rest().iter().take_while(|b| blank(b)).count();
            if !self.lenient || !self.rest().starts_with(b"/") {
                return Some(());
            }
            let rest = self.rest();
            self.at += match rest.get(1) {
                Some(b'*') => rest.windows(2).skip(2).position(|w| w == b"*/")? + 4,
                Some(b'/') => rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len()),
                _ => return None,
            };
        }
    }

    fn value(&mut self) -> Option<Link> {
        self.skip()?;
        let node = match self.peek()? {
            b'{' => self.object()?,
            b'[' => self.array()?,
            b'"' => Node::Text(self.string(b'"')?),
            b'\'' if self.lenient => Node::Text(self.string(b'\'')?),
            b'-' | b'0'..=b'9' => self.number()?,
            _ => self.word()?,
        };
        Some(node.link())
    }

    fn word(&mut self) -> Option<Node> {
        let rest = self.rest();
        let lenient = self.lenient;
        let begins = |word: &str| {
            rest.get(..word.len()).is_some_and(|t| match lenient {
                true => t.eq_ignore_ascii_case(word.as_bytes()),
                false => t == word.as_bytes(),
            })
        };
        let (word, node) = if begins("null") {
            ("null", Node::Null)
        } else if begins("true") {
            ("true", Node::Bool(true))
        } else if begins("false") {
            ("false", Node::Bool(false))
        } else if lenient && begins("nan") {
            ("nan", Node::Double(Text::from_static(b"NaN")))
        } else if lenient && begins("infinity") {
            ("infinity", Node::Double(Text::from_static(b"Infinity")))
        } else {
            return None;
        };
        self.at += word.len();
        Some(node)
    }

    fn enter(&mut self) -> Option<()> {
        self.depth += 1;
        (self.depth <= DEPTH_MAX).then_some(())
    }

    /// Behind an item: whether another one follows.
    fn another(&mut self, close: u8) -> Option<bool> {
        self.skip()?;
        if self.eat(close) {
            return Some(false);
        }
        if !self.eat(b',') {
            return None;
        }
        self.skip()?;
        Some(!(self.lenient && self.eat(close)))
    }

    fn array(&mut self) -> Option<Node> {
        self.at += 1;
        self.skip()?;
        let mut items = Vec::new();
        if self.eat(b']') {
            return Some(Node::Array(items));
        }
        self.enter()?;
        loop {
            items.push(self.value().filter(|_| items.len() < MEMBERS_MAX)?);
            if !self.another(b']')? {
                break;
            }
        }
        self.depth -= 1;
        Some(Node::Array(items))
    }

    fn object(&mut self) -> Option<Node> {
        self.at += 1;
        self.skip()?;
        let mut members = IndexMap::new();
        if self.eat(b'}') {
            return Some(Node::Object(members));
        }
        self.enter()?;
        loop {
            let quote = self.peek().filter(|b| *b == b'"' || self.lenient && *b == b'\'')?;
            let key = self.string(quote)?;
            self.skip()?;
            if !self.eat(b':') {
                return None;
            }
            let value = self.value().filter(|_| members.len() < MEMBERS_MAX)?;
            members.insert(key, value);
            if !self.another(b'}')? {
                break;
            }
        }
        self.depth -= 1;
        Some(Node::Object(members))
    }

    fn number(&mut self) -> Option<Node> {
        let rest = self.rest();
        if self.lenient && rest.get(..9).is_some_and(|t| t.eq_ignore_ascii_case(b"-infinity")) {
            self.at += 9;
            return Some(Node::Double(Text::from_static(b"-Infinity")));
        }
        let length = number_length(rest);
        let written = rest.get(..length).and_then(|t| std::str::from_utf8(t).ok())?;
        self.at += length;
        // a number that breaks off, such as `1e+`, ends before the break
        let text = if self.lenient { written.trim_end_matches(['e', 'E', '-', '+']) } else { written };
        text.parse::<f64>().ok()?;
        if text.contains(['.', 'e', 'E']) {
            return Some(Node::Double(Text::copy_from_slice(text.as_bytes())));
        }
        Some(match (text.parse(), text.parse()) {
            (Ok(n), _) => Node::Int(n),
            (_, Ok(n)) => Node::Unsigned(n),
            _ if text.starts_with('-') => Node::Int(i64::MIN),
            _ => Node::Unsigned(u64::MAX),
        })
    }

    fn string(&mut self, quote: u8) -> Option<Text> {
        self.at += 1;
        let mut out = Vec::new();
        loop {
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                b if b == quote => return Some(Text::from(out)),
                b'\\' => self.escape(&mut out)?,
                b => out.push(b),
            }
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Option<()> {
        let byte = self.peek()?;
        self.at += 1;
        out.push(match byte {
            b'"' | b'\\' | b'/' => byte,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let c = self.code_point()?;
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                return Some(());
            }
            _ => return None,
        });
        Some(())
    }

    fn hex4(&mut self) -> Option<u32> {
        let digits = std::str::from_utf8(self.rest().get(..4)?).ok()?;
        let number =
            digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16))?;
        self.at += 4;
        number.ok()
    }

    /// Behind `\u`; half a pair becomes U+FFFD, or is refused when not lenient.
    fn code_point(&mut self) -> Option<char> {
        let lost = self.lenient.then_some(char::REPLACEMENT_CHARACTER);
        let first = self.hex4()?;
        if let Some(c) = char::from_u32(first) {
            return if first == 0 { lost.map(|_| '\0') } else { Some(c) };
        }
        let follows = first < 0xdc00 && self.rest().starts_with(b"\\u");
        if !follows {
            return lost;
        }
        let before = self.at;
        self.at += 2;
        let second = self.hex4()?;
        if !(0xdc00..0xe000).contains(&second) {
            self.at = before;
            return lost;
        }
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00))
    }
}

/// How far a number goes: digits, one point, one exponent.
fn number_length(text: &[u8]) -> usize {
    let digits =
        |from: usize| text.get(from..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count();
    let mut at = usize::from(text.first() == Some(&b'-'));
    at += digits(at);
    if text.get(at) == Some(&b'.') {
        at += 1 + digits(at + 1);
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        at += 1 + sign + digits(at + 1 + sign);
    }
    at
}
