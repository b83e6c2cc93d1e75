//! Regular expressions of scripts: POSIX extended, matched by a linear-time engine, so that no subject
//! can hang a worker.
//!
//! What the patterns mean is decided in [`sipc_interface::posix`]; here they are compiled, matched and
//! kept. Subjects are bytes and end at their first NUL, as the C functions see them.

use std::collections::HashMap;

use regex::bytes;
use sipc_interface::posix;

use crate::Text;

pub use sipc_interface::posix::{Options, PatternError};

/// The largest compiled size of one expression, bytes.
const COMPILED_SIZE_MAX: usize = 4 << 20;

/// A compiled expression. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Regex(bytes::Regex);

impl Regex {
    /// Compiles a pattern.
    pub fn new(pattern: &[u8], options: Options) -> Result<Regex, PatternError> {
        Regex::translated(&posix::translate(pattern, options)?)
    }

    /// A literal of a condition, which the compiler has checked.
    pub fn condition(pattern: &[u8]) -> Regex {
        Regex::checked(pattern, Options::CONDITION)
    }

    /// A literal argument of a function, which the compiler has checked.
    pub fn parameter(pattern: &[u8]) -> Regex {
        Regex::checked(pattern, Options::PARAMETER)
    }

    fn checked(pattern: &[u8], options: Options) -> Regex {
        Regex::new(pattern, options).unwrap_or_else(|_| Regex::never())
    }

    fn never() -> Regex {
        Regex::translated("[^\\x00-\\xff]").expect("a constant that compiles")
    }

    /// Compiles what [`posix::translate`] gave.
    fn translated(pattern: &str) -> Result<Regex, PatternError> {
        bytes::RegexBuilder::new(pattern)
            .unicode(false)
            .size_limit(COMPILED_SIZE_MAX)
            .build()
            .map(Regex)
            .map_err(|_| PatternError::TooLarge)
    }

    /// Whether it matches somewhere in the subject.
    pub fn is_match(&self, subject: &[u8]) -> bool {
        self.0.is_match(until_nul(subject))
    }

    /// The first match from `start` on, with its groups: 0 is the whole, `None` a group that took no
    /// part. The subject is not cut.
    pub fn captures_at(&self, subject: &[u8], start: usize) -> Option<Vec<Option<(usize, usize)>>> {
        let captures = self.0.captures_at(subject, start)?;
        Some(captures.iter().map(|m| m.map(|m| (m.start(), m.end()))).collect())
    }

    /// How many groups it has.
    pub fn groups(&self) -> usize {
        self.0.captures_len() - 1
    }
}

/// The part of a text that the C functions see.
pub fn until_nul(text: &[u8]) -> &[u8] {
    let end = memchr::memchr(0, text).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// Compiled patterns that came from variables: one cache per worker.
#[derive(Debug, Default)]
pub struct RegexCache {
    known: HashMap<(Text, Options), Result<Regex, PatternError>>,
}

/// More patterns than this are forgotten all at once: a script that builds patterns from messages
/// must not fill the memory.
const CACHED_MAX: usize = 256;

impl RegexCache {
    /// The compiled form of a pattern.
    pub fn get(&mut self, pattern: &Text, options: Options) -> Result<Regex, PatternError> {
        let key = (pattern.clone(), options);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        if self.known.len() >= CACHED_MAX {
            self.known.clear();
        }
        // Detached from the message it may have come from, which must not be kept for its sake.
        let detached = (Text::copy_from_slice(pattern), options);
        let compiled = Regex::new(pattern, options);
        self.known.insert(detached, compiled.clone());
        compiled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, subject: &str) -> bool {
        Regex::new(pattern.as_bytes(), Options::CONDITION).expect("a pattern").is_match(subject.as_bytes())
    }

    #[test]
    fn posix_meaning() {
        assert!(matches("^he.*O$", "Hello"));
        assert!(matches("^a{3}b", "aaab"));
        assert!(matches("^a\\d$", "ad"), "\\d is a plain d");
        assert!(matches("\\<bob\\>", "sip:bob@x"));
        assert!(!matches("\\<bo\\>", "sip:bob@x"));
        assert!(matches("a.b", "a\nb"));
        assert!(!matches("a$", "a\nb"));
        assert!(matches("a+?", "b"), "the ? makes it optional, not lazy");
        assert!(matches("[\\d]", "\\"), "a backslash in brackets is itself");
        assert!(!matches("^[^a]$", "A"), "negation after folding");
    }

    #[test]
    fn newline_awareness() {
        let aware = |p: &str| Regex::new(p.as_bytes(), Options::PARAMETER).expect("a pattern");
        assert!(aware("^b$").is_match(b"a\nb\nc"));
        assert!(!aware("a.b").is_match(b"a\nb"));
        assert!(!aware("a[^x]b").is_match(b"a\nb"));
        assert!(aware("a\\Wb").is_match(b"a\nb"));
    }

    #[test]
    fn bytes_and_nul() {
        assert!(matches("\u{e9}", "caf\u{e9}"));
        assert!(!matches("b", "a\0b"));
    }

    #[test]
    fn a_huge_pattern_is_an_error() {
        let pattern = "((((a{1000}){1000}){1000}){1000})";
        assert_eq!(Regex::new(pattern.as_bytes(), Options::CONDITION).err(), Some(PatternError::TooLarge));
    }

    #[test]
    fn the_cache_is_bounded() {
        let mut cache = RegexCache::default();
        for n in 0..10 * CACHED_MAX {
            assert!(cache.get(&Text::from(n.to_string()), Options::CONDITION).is_ok());
        }
        assert!(cache.known.len() <= CACHED_MAX);
    }
}
