//! One expression. A byte is a character here, as for PCRE without its UTF option: neither messages nor scripts
//! promise UTF-8.

use std::borrow::Cow;

use fancy_regex::{Regex, RegexBuilder};

use crate::translate::translate;

/// The parameters `pcre_…`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Capitals are as small letters.
    pub caseless: bool,
    /// `^` and `$` match at lines.
    pub multiline: bool,
    /// A dot matches line ends.
    pub dotall: bool,
    /// Blanks have no meaning.
    pub extended: bool,
}

/// A compiled expression.
pub struct Pattern(Regex);

impl Pattern {
    /// Compiles; the error says what is wrong.
    pub fn new(expression: &[u8], options: Options) -> Result<Pattern, String> {
        let translated = translate(expression, options);
        let built = RegexBuilder::new(&translated)
            .case_insensitive(options.caseless)
            .multi_line(options.multiline)
            .dot_matches_new_line(options.dotall)
            .ignore_whitespace(options.extended)
            .build();
        built.map(Pattern).map_err(|e| e.to_string())
    }

    /// How many groups it has, the whole match among them.
    pub fn groups(&self) -> usize {
        self.0.captures_len()
    }

    /// What the groups of the first match took, the whole match first; `None` when nothing matches, or when that
    /// takes too many steps.
    pub fn captures(&self, text: &[u8]) -> Option<Vec<Vec<u8>>> {
        let text = characters(text);
        let captures = self.0.captures(&*text).ok()??;
        // each character stands for a byte
        let bytes = |part: &str| part.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect();
        Some(
            (0..captures.len())
                .map(|n| captures.get(n).map(|m| bytes(m.as_str())).unwrap_or_default())
                .collect(),
        )
    }

    /// Whether a text matches; it does not when that takes too many steps.
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.0.is_match(&*characters(text)).unwrap_or(false)
    }
}

/// A character per byte.
fn characters(text: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(text) {
        Ok(text) if text.is_ascii() => Cow::Borrowed(text),
        _ => Cow::Owned(text.iter().copied().map(char::from).collect()),
    }
}
