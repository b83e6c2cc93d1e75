//! Where a blank stands between two tokens of a line.

use super::Read;
use crate::syntax::token::{Token, TokenKind};

/// Words that are another token when blanks stand around them (LANGUAGE 1.9).
const BETWEEN_BLANKS: &[&str] =
    &["as", "on", "tos", "use_workers", "use_auto_scaling_profile", "scale", "cycles"];
const OPERATORS: &[&str] = &[
    "==", "=~", "!=", "!~", ">=", "<=", "<<", ">>", "&&", "||", ":=", "+=", "-=", "/=", "*=", "%=", "&=",
    "|=", "^=", "=", ">", "<", "&", "|", "^", "+", "-", "*", "/", "%",
];

/// Two neighbouring tokens, and the one before them.
pub(super) struct Pair<'a> {
    pub read: &'a Read,
    pub earlier: Option<&'a Token>,
    pub before: &'a Token,
    pub after: &'a Token,
    /// Whether they stand on the right side of a global.
    pub configuration: bool,
}

impl Pair<'_> {
    /// Whether a blank stands between them.
    pub fn blank(&self) -> bool {
        if matches!(self.before.kind, TokenKind::Clause(_)) || matches!(self.after.kind, TokenKind::Clause(_))
        {
            return true;
        }
        if self.swallows() || self.would_join() {
            return true;
        }
        if self.configuration { self.in_configuration() } else { self.in_code() }
    }

    /// A word that must not have a blank on its left, if one follows on its right.
    pub fn is_risky(&self) -> bool {
        let text = self.text(self.after).to_ascii_lowercase();
        !matches!(self.after.kind, TokenKind::Clause(_))
            && matches!(self.before.kind, TokenKind::Symbol(_))
            && BETWEEN_BLANKS.contains(&text.as_str())
    }

    fn text(&self, token: &Token) -> String {
        String::from_utf8_lossy(self.read.raw(token.span)).into_owned()
    }

    fn was_apart(&self) -> bool {
        self.before.span.end < self.after.span.start
    }

    /// A variable goes on until something ends it.
    fn swallows(&self) -> bool {
        let TokenKind::Variable = self.before.kind else { return false };
        let ended = self.read.raw(self.before.span).ends_with(b")");
        let next = self.read.raw(self.after.span).first().copied().unwrap_or(b' ');
        !ended && !b";,=<>!&|^~+-*/%)".contains(&next) && !self.text(self.after).starts_with(":=")
    }

    /// Two words without a blank are one.
    fn would_join(&self) -> bool {
        let of_word = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
        let (before, after) = (self.read.raw(self.before.span), self.read.raw(self.after.span));
        of_word(before.last().copied()) && of_word(after.first().copied())
    }

    /// Hosts, addresses and ports stand as they were written.
    fn in_configuration(&self) -> bool {
        let is = |token: &Token, symbol: &str| matches!(token.kind, TokenKind::Symbol(s) if s == symbol);
        if is(self.before, "=") || is(self.after, "=") {
            return true;
        }
        if is(self.before, ",") || is(self.after, ",") {
            return is(self.before, ",");
        }
        self.was_apart()
    }

    fn in_code(&self) -> bool {
        let before = match self.before.kind {
            TokenKind::Symbol(symbol) => symbol,
            _ => "",
        };
        let after = match self.after.kind {
            TokenKind::Symbol(symbol) => symbol,
            _ => "",
        };
        match (before, after) {
            (",", ")") | ("{", "}") | (_, ";" | "," | ":") => false,
            ("." | ":", _) | (_, ".") => self.was_apart(),
            ("(", _) | (_, ")" | "]") => false,
            ("[", _) => false,
            ("!", _) => self.text(self.before).starts_with('n'),
            ("~", _) => false,
            ("+" | "-", _) if self.is_sign() => false,
            (_, "(") => self.before_parenthesis(),
            (_, "[") => !matches!(self.before.kind, TokenKind::Keyword(_)),
            _ => true,
        }
    }

    /// Whether `before` is the sign of a number, not an operator between two values.
    fn is_sign(&self) -> bool {
        let ends_value = |t: &Token| match t.kind {
            TokenKind::Symbol(s) => matches!(s, ")" | "]"),
            TokenKind::Keyword(_) | TokenKind::Clause(_) => false,
            _ => true,
        };
        matches!(self.after.kind, TokenKind::Number(_)) && !self.earlier.is_some_and(ends_value)
    }

    fn before_parenthesis(&self) -> bool {
        match self.before.kind {
            TokenKind::Word => false,
            TokenKind::Keyword(word) => matches!(word, "if" | "while" | "for" | "switch" | "in"),
            TokenKind::Symbol(s) => OPERATORS.contains(&s) || s == "," || s == "{" || s == "}",
            _ => true,
        }
    }
}
