//! Bracket expressions: `[a-z]`, `[^[:digit:]]`, `[]-]`.

use super::translate::push_byte;
use super::{Options, PatternError};

/// A set of bytes.
#[derive(Clone, Copy)]
pub(super) struct Set([bool; 256]);

/// Reads the bracket expression whose inside begins at `start`; also gives where it ends.
///
/// Ignoring case, glibc works in capital letters: `[Z-a]` is `[Z-A]` and an error.
pub(super) fn parse(pattern: &[u8], start: usize, options: Options) -> Result<(Set, usize), PatternError> {
    let mut reader = Reader { pattern, at: start, fold: options.ignore_case };
    let negated = reader.eat(b'^');
    let mut set = Set([false; 256]);
    let mut first = true;
    loop {
        if reader.peek()? == b']' && !first {
            reader.at += 1;
            break;
        }
        first = false;
        reader.item(&mut set)?;
    }
    Ok((set.finish(negated, options), reader.at))
}

struct Reader<'a> {
    pattern: &'a [u8],
    at: usize,
    fold: bool,
}

/// One thing in brackets.
enum Item {
    Byte(u8),
    Class(fn(u8) -> bool),
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Result<u8, PatternError> {
        self.pattern.get(self.at).copied().ok_or(PatternError::UnclosedBracket)
    }

    fn eat(&mut self, c: u8) -> bool {
        let hit = self.pattern.get(self.at) == Some(&c);
        self.at += usize::from(hit);
        hit
    }

    /// A byte, a range or a class.
    fn item(&mut self, set: &mut Set) -> Result<(), PatternError> {
        let low = match self.single()? {
            Item::Class(class) => {
                for c in 0..=255u8 {
                    set.0[usize::from(c)] |= class(c);
                }
                return Ok(());
            }
            Item::Byte(low) => low,
        };
        let range = self.pattern.get(self.at) == Some(&b'-')
            && self.pattern.get(self.at + 1).is_some_and(|c| *c != b']');
        if !range {
            set.0[usize::from(low)] = true;
            return Ok(());
        }
        self.at += 1;
        let Item::Byte(high) = self.single()? else {
            return Err(PatternError::BadRange);
        };
        if low > high {
            return Err(PatternError::BadRange);
        }
        for c in low..=high {
            set.0[usize::from(c)] = true;
        }
        Ok(())
    }

    fn single(&mut self) -> Result<Item, PatternError> {
        let c = self.peek()?;
        self.at += 1;
        let kind = self.pattern.get(self.at).copied();
        match (c, kind) {
            (b'[', Some(b':')) => self.named(b':').and_then(|name| self.class(name)),
            (b'[', Some(kind @ (b'.' | b'='))) => match self.named(kind)? {
                [byte] => Ok(Item::Byte(self.folded(*byte))),
                _ => Err(PatternError::BadClass),
            },
            _ => Ok(Item::Byte(self.folded(c))),
        }
    }

    /// The name in `[:name:]`, `[.x.]` or `[=x=]`.
    fn named(&mut self, kind: u8) -> Result<&'a [u8], PatternError> {
        let start = self.at + 1;
        let rest = self.pattern.get(start..).unwrap_or_default();
        let length = rest.windows(2).position(|w| w == [kind, b']']).ok_or(PatternError::UnclosedBracket)?;
        self.at = start + length + 2;
        Ok(self.pattern.get(start..start + length).unwrap_or_default())
    }

    fn folded(&self, c: u8) -> u8 {
        if self.fold { c.to_ascii_uppercase() } else { c }
    }

    fn class(&self, name: &[u8]) -> Result<Item, PatternError> {
        let class: fn(u8) -> bool = match name {
            b"alpha" => |c| c.is_ascii_alphabetic(),
            b"upper" | b"lower" if self.fold => |c| c.is_ascii_alphabetic(),
            b"upper" => |c| c.is_ascii_uppercase(),
            b"lower" => |c| c.is_ascii_lowercase(),
            b"digit" => |c| c.is_ascii_digit(),
            b"alnum" => |c| c.is_ascii_alphanumeric(),
            b"xdigit" => |c| c.is_ascii_hexdigit(),
            b"punct" => |c| c.is_ascii_punctuation(),
            b"space" => |c| matches!(c, b' ' | b'\t'..=b'\r'),
            b"blank" => |c| matches!(c, b' ' | b'\t'),
            b"cntrl" => |c| c.is_ascii_control(),
            b"graph" => |c| c.is_ascii_graphic(),
            b"print" => |c| c.is_ascii_graphic() || c == b' ',
            _ => return Err(PatternError::BadClass),
        };
        Ok(Item::Class(class))
    }
}

impl Set {
    /// The bytes of a subject that match.
    fn finish(self, negated: bool, options: Options) -> Set {
        let mut result = Set([false; 256]);
        for c in 0..=255u8 {
            let folded = if options.ignore_case { c.to_ascii_uppercase() } else { c };
            let excluded = negated && options.newline_aware && c == b'\n';
            result.0[usize::from(c)] = self.0[usize::from(folded)] != negated && !excluded;
        }
        result
    }

    /// Writes it as a class of ranges. The set is closed under case, so that flags do not matter.
    pub(super) fn write(&self, out: &mut String) {
        let mut ranges = String::new();
        let mut c = 0;
        while c < 256 {
            if !self.0[c] {
                c += 1;
                continue;
            }
            let end = (c..256).take_while(|i| self.0[*i]).last().unwrap_or(c);
            push_byte(&mut ranges, c as u8);
            if end > c {
                ranges.push('-');
                push_byte(&mut ranges, end as u8);
            }
            c = end + 1;
        }
        if ranges.is_empty() {
            out.push_str("[^\\x00-\\xff]");
        } else {
            out.push('[');
            out.push_str(&ranges);
            out.push(']');
        }
    }
}
