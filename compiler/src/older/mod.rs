//! Spellings of older releases (LANGUAGE 11), and what they are today.
//!
//! [`changes`] finds them in the tokens of a script and says what to write instead. Two use it: the driver, which
//! reads an older script as if it had been rewritten and warns of each place, and `sipc migrate`, which
//! rewrites the file. So what is accepted and what is written are always the same.
//!
//! A script that names one of the parameters that only newer releases have ([`is_present`]) is of today and
//! gets no such help: OpenSIPS 4.0 refuses older spellings in it, and so does this program.

mod apply;
mod avpops;
mod calls;
mod cursor;
mod flags;
mod globals;
mod modules;
mod operands;
mod variables;

pub use apply::{in_files, read_anew};

use crate::source::{Source, Span};
use crate::syntax::token::{Token, TokenKind};
use crate::syntax::{Lexed, lexer};
use cursor::Cursor;

/// One place to be written otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What is replaced.
    pub span: Span,
    /// As it stands.
    pub old: String,
    /// What replaces it; empty when it goes.
    pub new: String,
    /// What that changes for the one who runs it, if anything.
    pub meaning: Option<String>,
}

impl Change {
    /// The change in one line.
    pub fn text(&self) -> String {
        let new = self.new.replace('\n', " ");
        match new.is_empty() {
            true => format!("`{}` is no more", self.old),
            false => format!("`{}` is written `{new}` now", self.old),
        }
    }
}

/// Parameters that came with release 3.4 or later: a script with one of them is no older script.
const PRESENT: &[&str] = &[
    "stderror_enabled",
    "stderror_level_filter",
    "stderror_log_format",
    "syslog_enabled",
    "syslog_facility",
    "syslog_level_filter",
    "syslog_log_format",
    "syslog_name",
    "log_event_enabled",
    "tcp_threads",
];

/// Whether a script names something that older releases do not know.
pub fn is_present(tokens: &[Token]) -> bool {
    tokens.iter().any(|t| matches!(t.kind, TokenKind::Keyword(word) if PRESENT.contains(&word)))
}

/// Everything in a script that is spelled otherwise today, in order.
pub fn changes(source: &Source) -> Vec<Change> {
    let (tokens, _, _) = lexer::tokens(source);
    found(source, &tokens)
}

/// The same, for scripts of older releases only.
pub fn changes_of_older(source: &Source, lexed: &Lexed) -> Vec<Change> {
    let (tokens, _, faults) = lexed;
    if is_present(tokens) || crate::diagnostics::has_errors(faults) {
        return Vec::new();
    }
    found(source, tokens)
}

fn found(source: &Source, tokens: &[Token]) -> Vec<Change> {
    let mut cursor = Cursor::new(source, tokens);
    globals::find(&mut cursor);
    modules::find(&mut cursor);
    avpops::find(&mut cursor);
    calls::find(&mut cursor);
    operands::find(&mut cursor);
    variables::find(&mut cursor);
    cursor.finish()
}
