//! Everything of an expression but its brackets.

use std::fmt::Write;

use super::bracket;
use super::{Options, PatternError};

/// The largest number in `{n,m}`.
const REPEAT_MAX: u32 = 0x7fff;
/// Groups nested deeper than this are refused, so that neither side can run out of stack.
const DEPTH_MAX: usize = 200;
/// More operators than this on one atom (`a****`) are refused: each wraps it once more.
const OPERATORS_MAX: u32 = 20;

/// Reads an expression and writes its translation.
pub(super) struct Translator<'a> {
    pattern: &'a [u8],
    at: usize,
    options: Options,
    out: String,
    /// Where each open group begins in `out`.
    open: Vec<usize>,
    /// Where in `out` the last thing that can be repeated begins.
    atom: Option<usize>,
    /// How many operators it has.
    operators: u32,
}

impl<'a> Translator<'a> {
    pub(super) fn new(pattern: &'a [u8], options: Options) -> Translator<'a> {
        let mut out = String::with_capacity(pattern.len() + 8);
        out.push_str(match (options.ignore_case, options.newline_aware) {
            (true, true) => "(?im-s)",
            (true, false) => "(?is-m)",
            (false, true) => "(?m-is)",
            (false, false) => "(?s-im)",
        });
        Translator { pattern, at: 0, options, out, open: Vec::new(), atom: None, operators: 0 }
    }

    pub(super) fn run(mut self) -> Result<String, PatternError> {
        while let Some(c) = self.next() {
            self.element(c)?;
        }
        if self.open.is_empty() { Ok(self.out) } else { Err(PatternError::UnclosedGroup) }
    }

    fn next(&mut self) -> Option<u8> {
        let c = self.pattern.get(self.at).copied()?;
        self.at += 1;
        Some(c)
    }

    fn peek(&self) -> Option<u8> {
        self.pattern.get(self.at).copied()
    }

    fn element(&mut self, c: u8) -> Result<(), PatternError> {
        match c {
            b'(' => self.open_group()?,
            b')' => self.close_group(),
            b'|' => self.anchor("|"),
            b'^' | b'$' => self.anchor(if c == b'^' { "^" } else { "$" }),
            b'.' => self.push("."),
            b'*' | b'+' | b'?' => self.repeat(char::from(c).encode_utf8(&mut [0; 4]))?,
            b'{' => self.interval()?,
            b'[' => self.bracket()?,
            b'\\' => self.escape()?,
            c => self.literal(c),
        }
        Ok(())
    }

    /// What begins at `start` can be repeated.
    fn set_atom(&mut self, start: usize) {
        self.atom = Some(start);
        self.operators = 0;
    }

    fn push(&mut self, text: &str) {
        self.set_atom(self.out.len());
        self.out.push_str(text);
    }

    /// Something that cannot be repeated.
    fn anchor(&mut self, text: &str) {
        self.atom = None;
        self.out.push_str(text);
    }

    fn literal(&mut self, c: u8) {
        self.set_atom(self.out.len());
        if c.is_ascii_alphanumeric()
            || matches!(c, b' ' | b'_' | b'@' | b':' | b';' | b'/' | b'=' | b',' | b'%')
        {
            self.out.push(char::from(c));
        } else {
            push_byte(&mut self.out, c);
        }
    }

    fn open_group(&mut self) -> Result<(), PatternError> {
        if self.open.len() >= DEPTH_MAX {
            return Err(PatternError::TooLarge);
        }
        self.open.push(self.out.len());
        self.anchor("(");
        Ok(())
    }

    /// A `)` that closes nothing is a character.
    fn close_group(&mut self) {
        match self.open.pop() {
            Some(start) => {
                self.out.push(')');
                self.set_atom(start);
            }
            None => self.literal(b')'),
        }
    }

    /// Repeats the last atom. It is wrapped, since to the other side `a+?` is one operator.
    fn repeat(&mut self, operator: &str) -> Result<(), PatternError> {
        let start = self.atom.ok_or(PatternError::NothingToRepeat)?;
        self.operators += 1;
        if self.operators > OPERATORS_MAX {
            return Err(PatternError::TooLarge);
        }
        self.out.insert_str(start, "(?:");
        self.out.push_str(operator);
        self.out.push(')');
        Ok(())
    }

    /// `{n}`, `{n,}`, `{n,m}`, `{,m}`.
    fn interval(&mut self) -> Result<(), PatternError> {
        if self.atom.is_none() {
            return Err(PatternError::NothingToRepeat);
        }
        let low = self.number()?;
        let (low, high) = match (low, self.next()) {
            (Some(n), Some(b'}')) => (n, Some(n)),
            (low, Some(b',')) => {
                let high = self.number()?;
                if self.next() != Some(b'}') {
                    return Err(PatternError::BadInterval);
                }
                (low.unwrap_or(0), high)
            }
            _ => return Err(PatternError::BadInterval),
        };
        if high.is_some_and(|high| high < low) {
            return Err(PatternError::BadInterval);
        }
        let high = high.map(|h| h.to_string()).unwrap_or_default();
        self.repeat(&format!("{{{low},{high}}}"))
    }

    fn number(&mut self) -> Result<Option<u32>, PatternError> {
        let mut value = None;
        while let Some(c) = self.peek().filter(u8::is_ascii_digit) {
            self.at += 1;
            let n = value.unwrap_or(0) * 10 + u32::from(c - b'0');
            if n > REPEAT_MAX {
                return Err(PatternError::BadInterval);
            }
            value = Some(n);
        }
        Ok(value)
    }

    fn bracket(&mut self) -> Result<(), PatternError> {
        let (set, end) = bracket::parse(self.pattern, self.at, self.options)?;
        self.at = end;
        self.set_atom(self.out.len());
        set.write(&mut self.out);
        Ok(())
    }

    fn escape(&mut self) -> Result<(), PatternError> {
        match self.next().ok_or(PatternError::TrailingBackslash)? {
            b'w' => self.push("[0-9A-Za-z_]"),
            b'W' => self.push("[^0-9A-Za-z_]"),
            b's' => self.push("[\\t-\\r ]"),
            b'S' => self.push("[^\\t-\\r ]"),
            b'b' => self.anchor("\\b"),
            b'B' => self.anchor("\\B"),
            b'<' => self.anchor("\\b{start}"),
            b'>' => self.anchor("\\b{end}"),
            b'`' => self.anchor("\\A"),
            b'\'' => self.anchor("\\z"),
            b'1'..=b'9' => return Err(PatternError::BackReference),
            c => self.literal(c),
        }
        Ok(())
    }
}

/// Writes a byte so that it stands for itself.
pub(super) fn push_byte(out: &mut String, c: u8) {
    let written = write!(out, "\\x{c:02x}");
    debug_assert!(written.is_ok(), "writing into a String cannot fail");
}
