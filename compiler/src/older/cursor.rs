//! Walks over tokens, and collects changes.

use super::Change;
use crate::source::{Source, Span};
use crate::syntax::token::{Token, TokenKind};

/// The tokens of a script and the changes found so far.
pub(super) struct Cursor<'a> {
    source: &'a Source,
    tokens: &'a [Token],
    changes: Vec<Change>,
    /// Names of the modules that are loaded.
    loaded: Vec<String>,
    /// Whether the script calls the database functions of avpops.
    pub databases: bool,
}

/// Tokens of one call, at most: what is longer is no call that anybody wrote.
const CALL_MAX: usize = 1_000;

/// A call: the index of its name, the tokens of each argument, the index of the parenthesis that closes it.
pub(super) struct Call {
    pub name: usize,
    pub args: Vec<std::ops::Range<usize>>,
    pub close: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(source: &'a Source, tokens: &'a [Token]) -> Cursor<'a> {
        let mut cursor = Cursor { source, tokens, changes: Vec::new(), loaded: Vec::new(), databases: false };
        let is_load = |at: &usize| matches!(cursor.kind(*at), TokenKind::Keyword("loadmodule"));
        let lines = (0..cursor.len()).filter(is_load);
        cursor.loaded = lines.filter_map(|at| cursor.string(at + 1).map(|file| module(&file))).collect();
        cursor.databases =
            (0..cursor.len()).any(|at| cursor.word(at).is_some_and(|w| super::avpops::is_of_databases(&w)));
        cursor
    }

    /// The changes in order; of two that overlap, the wider one.
    pub fn finish(mut self) -> Vec<Change> {
        self.changes.sort_by_key(|c| (c.span.start, std::cmp::Reverse(c.span.end)));
        let mut end = 0;
        self.changes.retain(|c| {
            let free = c.span.start >= end;
            end = end.max(c.span.end);
            free
        });
        self.changes
    }

    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    pub fn kind(&self, at: usize) -> &TokenKind {
        self.tokens.get(at).map_or(&TokenKind::End, |t| &t.kind)
    }

    /// Whether a module is loaded whose name begins so.
    pub fn loads_any(&self, start: &str) -> bool {
        self.loaded.iter().any(|name| name.starts_with(start))
    }

    /// A token as written.
    pub fn text(&self, at: usize) -> String {
        self.tokens.get(at).map_or_else(String::new, |t| self.slice(t.span))
    }

    /// Several tokens as written, with what stands between them.
    pub fn texts(&self, range: std::ops::Range<usize>) -> String {
        let range = (self.tokens.get(range.start), range.end.checked_sub(1).and_then(|i| self.tokens.get(i)));
        let (Some(first), Some(last)) = range else { return String::new() };
        if last.span.end < first.span.start { String::new() } else { self.slice(first.span.to(last.span)) }
    }

    fn slice(&self, span: Span) -> String {
        String::from_utf8_lossy(self.source.slice(span)).into_owned()
    }

    /// The value of a string token.
    pub fn string(&self, at: usize) -> Option<String> {
        match self.kind(at) {
            TokenKind::Text(value) => Some(String::from_utf8_lossy(value).into_owned()),
            _ => None,
        }
    }

    pub fn is(&self, at: usize, symbol: &str) -> bool {
        matches!(self.kind(at), TokenKind::Symbol(s) if *s == symbol)
    }

    /// A word that is no keyword.
    pub fn word(&self, at: usize) -> Option<String> {
        matches!(self.kind(at), TokenKind::Word).then(|| self.text(at))
    }

    /// Indices of the tokens outside blocks.
    pub fn top_level(&self) -> Vec<usize> {
        let mut depth = 0usize;
        let mut found = Vec::new();
        for at in 0..self.len() {
            match self.kind(at) {
                TokenKind::Symbol("{") => depth += 1,
                TokenKind::Symbol("}") => depth = depth.saturating_sub(1),
                _ if depth == 0 => found.push(at),
                _ => {}
            }
        }
        found
    }

    /// The call that begins with the word at a place.
    pub fn call(&self, name: usize) -> Option<Call> {
        if !self.is(name + 1, "(") {
            return None;
        }
        let (mut depth, mut start, mut args) = (0usize, name + 2, Vec::new());
        for at in name + 1..self.len().min(name + CALL_MAX) {
            match self.kind(at) {
                TokenKind::Symbol("(") => depth += 1,
                TokenKind::Symbol(")") if depth == 1 => {
                    if start < at || !args.is_empty() {
                        args.push(start..at);
                    }
                    return Some(Call { name, args, close: at });
                }
                TokenKind::Symbol(")") => depth -= 1,
                TokenKind::Symbol(",") if depth == 1 => {
                    args.push(start..at);
                    start = at + 1;
                }
                TokenKind::Symbol(";" | "{" | "}") => return None,
                _ => {}
            }
        }
        None
    }

    /// All calls, by their names.
    pub fn calls(&self) -> Vec<(String, Call)> {
        (0..self.len()).filter_map(|at| Some((self.word(at)?, self.call(at)?))).collect()
    }

    /// Whether a module is loaded.
    pub fn loads(&self, module: &str) -> bool {
        self.loaded.iter().any(|m| m == module)
    }

    /// Notes that the tokens of a range are to be written otherwise.
    pub fn change(&mut self, range: std::ops::RangeInclusive<usize>, new: impl Into<String>) {
        self.change_with(range, new, None);
    }

    /// The same, with what that changes.
    pub fn change_with(
        &mut self,
        range: std::ops::RangeInclusive<usize>,
        new: impl Into<String>,
        meaning: Option<&str>,
    ) {
        let (Some(first), Some(last)) = (self.tokens.get(*range.start()), self.tokens.get(*range.end()))
        else {
            return;
        };
        let (new, span) = (new.into(), first.span.to(last.span));
        // what is taken over may name older variables
        let new = super::variables::renamed(&new).unwrap_or(new);
        let old = self.slice(span);
        if old != new {
            self.changes.push(Change { span, old, new, meaning: meaning.map(str::to_owned) });
        }
    }
}

/// The module that a file holds.
fn module(file: &str) -> String {
    let base = file.rsplit('/').next().unwrap_or_default();
    base.strip_suffix(".so").unwrap_or(base).to_owned()
}
