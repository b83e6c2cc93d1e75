//! Tokens and keywords.

use crate::ir::Bytes;
use crate::source::Span;

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where; its text is the source's.
    pub span: Span,
}

/// The kinds of token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenKind {
    /// A word that is no keyword.
    Word,
    /// A keyword, in the spelling of the manual.
    Keyword(&'static str),
    /// A clause word with its blanks.
    Clause(&'static str),
    /// A number or a boolean word.
    Number(i32),
    /// `NULL` or `null`.
    Null,
    /// A string with its escapes resolved.
    Text(Bytes),
    /// A variable with everything that belongs to its token.
    Variable,
    /// An IPv4 address by shape.
    Ipv4,
    /// An IPv6 address by shape.
    Ipv6,
    /// A network by shape.
    Network,
    /// An operator or punctuation; `and`, `or` and `not` are `&&`, `||` and `!`.
    Symbol(&'static str),
    /// The end of the script.
    End,
}

/// A comment, kept for formatting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// With its signs, without the line end.
    pub span: Span,
    /// `/* */`.
    pub block: bool,
}

/// Statement words and the words of clauses (LANGUAGE 1.9, 1.12).
const WORDS: &[&str] = &[
    "assert",
    "drop",
    "exit",
    "return",
    "log",
    "error",
    "route",
    "failure_route",
    "onreply_route",
    "branch_route",
    "error_route",
    "local_route",
    "startup_route",
    "timer_route",
    "event_route",
    "if",
    "else",
    "switch",
    "case",
    "default",
    "break",
    "while",
    "for",
    "in",
    "xdbg",
    "xlog",
    "readonly",
    "expire",
    "sync",
    "async",
    "launch",
    "any",
    "tag",
    "loadmodule",
    "modparam",
];

/// Keywords of sockets that may also be written in upper case.
const EITHER_CASE: &[&str] = &["anycast", "accept_subdomain", "frag", "reuse_port", "bond"];

/// What a word is.
pub fn word(text: &str) -> TokenKind {
    match text {
        "yes" | "true" | "on" | "enable" => return TokenKind::Number(1),
        "no" | "false" | "off" | "disable" => return TokenKind::Number(0),
        "null" | "NULL" => return TokenKind::Null,
        "and" => return TokenKind::Symbol("&&"),
        "or" => return TokenKind::Symbol("||"),
        "not" => return TokenKind::Symbol("!"),
        _ => {}
    }
    keyword(text).map_or(TokenKind::Word, TokenKind::Keyword)
}

/// The keyword that a word is, if it is one.
pub fn keyword(text: &str) -> Option<&'static str> {
    let same = |k: &&&str| **k == text;
    WORDS
        .iter()
        .find(same)
        .or_else(|| EITHER_CASE.iter().find(|k| **k == text || k.to_ascii_uppercase() == text))
        .copied()
        .or_else(|| super::globals::spelling(text))
}
