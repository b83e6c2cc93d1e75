//! Regular expressions of scripts: POSIX extended, matched by a linear-time engine, so that no subject
//! can hang a worker.
//!
//! What the patterns mean is decided in [`sipc_interface::posix`]; here they are compiled, matched and
//! kept. Subjects are bytes and end at their first NUL, as the C functions see them.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use regex::bytes;
use regex_automata::hybrid::dfa::{Builder as Compiler, Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};
use sipc_interface::posix;

use crate::Text;
use table::Table;

mod table;

pub use sipc_interface::posix::{Options, PatternError};

/// The largest compiled size of one expression, bytes.
const COMPILED_SIZE_MAX: usize = 4 << 20;

/// Matches nothing, translated.
const NEVER: &str = "[^\\x00-\\xff]";

/// A compiled expression. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Regex(Arc<Compiled>, Option<Matcher>);

/// Tells whether an expression matches somewhere in a text: what the compiler makes of one.
pub type Matcher = fn(&[u8]) -> bool;

#[derive(Debug)]
struct Compiled {
    translated: String,
    /// Made when someone asks more than the table can tell.
    first: OnceLock<bytes::Regex>,
    /// Of a pattern of the script that is small enough.
    table: Option<Table>,
    /// Made when someone asks where a match ends.
    longest: OnceLock<Option<Longest>>,
}

impl Regex {
    /// Compiles a pattern.
    pub fn new(pattern: &[u8], options: Options) -> Result<Regex, PatternError> {
        Regex::translated(posix::translate(pattern, options)?)
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
        let translated = posix::translate(pattern, options).unwrap_or_else(|_| NEVER.to_owned());
        match Table::new(&translated) {
            Some(table) => Regex::made(translated, OnceLock::new(), Some(table)),
            None => Regex::translated(translated)
                .unwrap_or_else(|_| Regex::made(NEVER.to_owned(), OnceLock::new(), None)),
        }
    }

    /// Compiles what [`posix::translate`] gave.
    fn translated(pattern: String) -> Result<Regex, PatternError> {
        let first = OnceLock::from(compile(&pattern)?);
        Ok(Regex::made(pattern, first, None))
    }

    fn made(translated: String, first: OnceLock<bytes::Regex>, table: Option<Table>) -> Regex {
        Regex(Arc::new(Compiled { translated, first, table, longest: OnceLock::new() }), None)
    }

    /// The same, with a function that tells whether it matches.
    pub fn told_by(self, matches: Matcher) -> Regex {
        Regex(self.0, Some(matches))
    }

    fn first(&self) -> &bytes::Regex {
        let compile = || compile(&self.0.translated).or_else(|_| compile(NEVER));
        self.0.first.get_or_init(|| compile().expect("a constant that compiles"))
    }

    /// Whether it matches somewhere in the subject.
    pub fn is_match(&self, subject: &[u8]) -> bool {
        if let Some(matches) = self.1 {
            return matches(subject);
        }
        match &self.0.table {
            Some(table) => table.is_match(subject),
            None => self.first().is_match(until_nul(subject)),
        }
    }

    /// Where the first match from `start` on is: the longest of the leftmost ones, as POSIX wants it.
    pub fn find(&self, subject: &[u8], start: usize) -> Option<Range<usize>> {
        let subject = until_nul(subject);
        if start > subject.len() {
            return None;
        }
        let first = self.first().find_at(subject, start)?;
        let longest = self.0.longest.get_or_init(|| Longest::new(&self.0.translated).ok()).as_ref();
        let end = longest.and_then(|l| l.end(subject, first.start())).unwrap_or(first.end());
        Some(first.start()..end)
    }
}

fn compile(pattern: &str) -> Result<bytes::Regex, PatternError> {
    bytes::RegexBuilder::new(pattern)
        .unicode(false)
        .size_limit(COMPILED_SIZE_MAX)
        .build()
        .map_err(|_| PatternError::TooLarge)
}

/// An expression for replacing: it also finds out what its groups matched.
///
/// POSIX wants the leftmost match, and the longest of these; the engine's own preference is another.
/// So the start comes from one search, the end from a second that follows all alternatives, and the
/// groups from a third that must end there.
#[derive(Debug)]
pub struct Subst {
    /// All that it matches, when that is single bytes wherever they stand.
    single: Option<ByteSet>,
    first: bytes::Regex,
    /// `None` when all matches have one length.
    longest: Option<Longest>,
    exact: bytes::Regex,
}

/// Finds where the longest match ends that begins at a place: it follows all alternatives at once.
#[derive(Debug)]
struct Longest {
    dfa: DFA,
    cache: Mutex<Cache>,
}

impl Longest {
    /// Compiles what [`posix::translate`] gave.
    fn new(translated: &str) -> Result<Longest, PatternError> {
        let syntax = syntax::Config::new().unicode(false).utf8(false);
        let limits = thompson::Config::new().utf8(false).nfa_size_limit(Some(COMPILED_SIZE_MAX));
        let dfa = Compiler::new()
            .syntax(syntax)
            .thompson(limits)
            .configure(DFA::config().match_kind(MatchKind::All))
            .build(translated)
            .map_err(|_| PatternError::TooLarge)?;
        Ok(Longest { cache: Mutex::new(dfa.create_cache()), dfa })
    }

    /// Where the longest match ends that begins at `start`.
    fn end(&self, subject: &[u8], start: usize) -> Option<usize> {
        let input = Input::new(subject).range(start..).anchored(Anchored::Yes);
        let found = match self.cache.try_lock() {
            Some(mut cache) => self.dfa.try_search_fwd(&mut cache, &input),
            // another worker is at it: rare enough to do without what it has learned
            None => self.dfa.try_search_fwd(&mut self.dfa.create_cache(), &input),
        };
        found.ok()?.map(|m| m.offset())
    }
}

/// A text ends at such a byte.
pub(crate) const ENDS: u8 = 2;

/// A set of bytes.
#[derive(Debug, Clone, Copy)]
pub struct ByteSet([u8; 256]);

impl ByteSet {
    /// What an expression matches, when that is always one byte and what stands around it does not matter.
    fn of(translated: &str, compiled: &bytes::Regex) -> Option<ByteSet> {
        let config = syntax::Config::new().unicode(false).utf8(false);
        let parsed = syntax::parse_with(translated, &config).ok()?;
        let properties = parsed.properties();
        let single = properties.minimum_len() == Some(1) && properties.maximum_len() == Some(1);
        let mut set = [0; 256];
        for (byte, place) in (0..=255u8).zip(&mut set) {
            *place = u8::from(compiled.is_match(&[byte]));
        }
        set[0] |= ENDS;
        (single && properties.look_set().is_empty()).then_some(ByteSet(set))
    }

    /// Whether a byte is in it.
    #[inline]
    pub fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte)] & 1 != 0
    }

    /// 1 for a byte that is in it, and [`ENDS`] for a NUL.
    #[inline]
    pub(crate) fn look_up(&self, byte: u8) -> u8 {
        self.0[usize::from(byte)]
    }
}

/// Whether all matches have the same length.
fn has_one_length(translated: &str) -> bool {
    let config = syntax::Config::new().unicode(false).utf8(false);
    syntax::parse_with(translated, &config)
        .is_ok_and(|hir| hir.properties().minimum_len() == hir.properties().maximum_len())
}

/// A match: 0 is the whole, `None` a group that took no part.
pub type Groups = Vec<Option<(usize, usize)>>;

impl Subst {
    /// Compiles a pattern.
    pub fn new(pattern: &[u8], options: Options) -> Result<Subst, PatternError> {
        let translated = posix::translate(pattern, options)?;
        let longest = if has_one_length(&translated) { None } else { Some(Longest::new(&translated)?) };
        let (first, exact) = (compile(&translated)?, compile(&format!("(?:{translated})\\z"))?);
        Ok(Subst { single: ByteSet::of(&translated, &first), first, longest, exact })
    }

    /// The bytes that it matches, when a match is always one byte, whatever stands around it.
    pub fn single_bytes(&self) -> Option<ByteSet> {
        self.single
    }

    /// The first match from `start` on.
    pub fn find(&self, subject: &[u8], start: usize) -> Option<Range<usize>> {
        if start > subject.len() {
            return None;
        }
        let first = self.first.find_at(subject, start)?;
        let longest = self.longest.as_ref().and_then(|longest| longest.end(subject, first.start()));
        Some(first.start()..longest.unwrap_or(first.end()))
    }

    /// What the groups of a match took.
    pub fn groups(&self, subject: &[u8], found: &Range<usize>) -> Groups {
        let captures = subject.get(..found.end).and_then(|text| self.exact.captures_at(text, found.start));
        match captures.filter(|c| c.get(0).is_some_and(|m| m.start() == found.start)) {
            Some(groups) => groups.iter().map(|m| m.map(|m| (m.start(), m.end()))).collect(),
            None => vec![Some((found.start, found.end))],
        }
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
    fn the_longest_of_the_leftmost_matches() {
        let options = Options { ignore_case: false, newline_aware: true };
        let find = |pattern: &str, subject: &str| {
            let subst = Subst::new(pattern.as_bytes(), options).expect("a pattern");
            let found = subst.find(subject.as_bytes(), 0);
            found.map(|found| subst.groups(subject.as_bytes(), &found))
        };
        assert_eq!(find("a|ab", "xabc"), Some(vec![Some((1, 3))]));
        assert_eq!(find("(a|ab)(c|bcd)", "abcd").map(|g| g[0]), Some(Some((0, 4))));
        assert_eq!(find("(a)|(b)", "b"), Some(vec![Some((0, 1)), None, Some((0, 1))]));
        assert_eq!(find("^b$", "a\nb\nc"), Some(vec![Some((2, 3))]));
        assert_eq!(find("z", "abc"), None);
    }

    #[test]
    fn a_table_says_what_the_search_says() {
        let patterns = ["", "a|ab", "^x*$", "\\<bob\\>", "^b$", "[^a]", "a{2,3}$", "é", "(a|b)+c", "$"];
        let subjects =
            ["", "a", "ab", "xx", "a bob b", "a\nb\nc", "aaa", "b\0a", "café", "abababc", "\n", "bobo"];
        for pattern in patterns {
            for options in [Options::CONDITION, Options::PARAMETER] {
                let table = Regex::checked(pattern.as_bytes(), options);
                let Ok(search) = Regex::new(pattern.as_bytes(), options) else { continue };
                assert!(table.0.table.is_some(), "{pattern} is small");
                for subject in subjects.map(str::as_bytes) {
                    assert_eq!(table.is_match(subject), search.is_match(subject), "{pattern} on {subject:?}");
                    assert_eq!(table.find(subject, 0), search.find(subject, 0), "{pattern} in {subject:?}");
                }
            }
        }
        let large = Regex::condition(b"(a|b){0,9}(a|[^c]{40}){20}[ab]{60}");
        assert!(large.0.table.is_none() && large.is_match(&[b'a'; 100]), "no table, and it matches");
    }

    #[test]
    fn where_a_match_is() {
        let regex = Regex::new(b"a|ab|^b", Options::PARAMETER).expect("a pattern");
        assert_eq!(regex.find(b"xabxa", 0), Some(1..3));
        assert_eq!(regex.find(b"xabxa", 3), Some(4..5));
        assert_eq!(regex.find(b"x\nb", 0), Some(2..3));
        assert_eq!(regex.find(b"x\0a", 0), None);
        assert_eq!(regex.find(b"", 7), None);
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
