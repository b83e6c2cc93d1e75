//! POSIX extended regular expressions as glibc takes them, translated to the syntax of the `regex`
//! crate.
//!
//! Both sides of the build need it: the compiler refuses a bad literal, the runtime compiles the
//! translation. It runs nothing and compiles nothing. The translation is for byte expressions without
//! Unicode; it says itself whether case and line ends matter.

mod bracket;
#[cfg(test)]
mod tests;
mod translate;

use std::fmt;

/// How an expression is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Options {
    /// Upper and lower case are the same.
    pub ignore_case: bool,
    /// `.` and `[^…]` do not match a line end, `^` and `$` match at line ends.
    pub newline_aware: bool,
}

impl Options {
    /// For `=~` and `!~`.
    pub const CONDITION: Options = Options { ignore_case: true, newline_aware: false };
    /// For parameters of functions.
    pub const PARAMETER: Options = Options { ignore_case: true, newline_aware: true };
}

/// What is wrong with an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatternError {
    /// `(` without `)`.
    UnclosedGroup,
    /// `[` without `]`.
    UnclosedBracket,
    /// `*`, `+`, `?` or `{` with nothing before it.
    NothingToRepeat,
    /// `{` that is not followed by numbers and `}`, or numbers out of order or too large.
    BadInterval,
    /// `[z-a]`, or a range that ends in a class.
    BadRange,
    /// An unknown name in `[[:name:]]`, or an element of several characters.
    BadClass,
    /// A backslash at the end.
    TrailingBackslash,
    /// `\1` to `\9`: matching these can take time without bound.
    BackReference,
    /// It would become larger than can be compiled.
    TooLarge,
}

impl PatternError {
    /// In words, for a diagnostic.
    pub const fn text(self) -> &'static str {
        match self {
            PatternError::UnclosedGroup => "`(` is not closed",
            PatternError::UnclosedBracket => "`[` is not closed",
            PatternError::NothingToRepeat => "there is nothing to repeat before `*`, `+`, `?` or `{`",
            PatternError::BadInterval => {
                "`{` must be followed by one or two numbers and `}`; write `\\{` for the character"
            }
            PatternError::BadRange => "the range in `[ ]` is in the wrong order",
            PatternError::BadClass => "unknown class name in `[ ]`",
            PatternError::TrailingBackslash => "there is nothing after the last backslash",
            PatternError::BackReference => "back-references are not supported",
            PatternError::TooLarge => "it is too large",
        }
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// Translates an expression; bytes behind a NUL do not count.
pub fn translate(pattern: &[u8], options: Options) -> Result<String, PatternError> {
    let end = pattern.iter().position(|c| *c == 0).unwrap_or(pattern.len());
    translate::Translator::new(pattern.get(..end).unwrap_or_default(), options).run()
}
