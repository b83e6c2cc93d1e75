//! From text to a tree.
//!
//! - [`lexer`]: bytes to tokens. What needs no counting is a pest grammar (`lexical.pest`), matched one token
//!   at a time. Strings, comments, and variables are read by hand: flex reads them in states of their own,
//!   comments and the parentheses of variables nest without limit (a PEG would recurse), and a string that is
//!   never closed must be reported where it begins.
//! - [`parser`]: tokens to a [`tree`], by recursive descent. It is written by hand because it must go on after
//!   an error, at the next `;`, `}` or top-level word, so that every fault of a script is reported at once; a
//!   PEG stops at its first failure. Nesting is limited, so no input can exhaust the stack.
//! - [`variable`]: the text of a variable, a format string or a transformation to its parts, by pest
//!   (`variable.pest`).
//!
//! The whole language is accepted here, whatever the executors can do. Names mean nothing yet.

pub mod dump;
pub mod globals;
pub mod lexer;
pub mod meanings;
pub mod parser;
pub mod token;
pub mod tree;
pub mod variable;

use crate::diagnostics::Diagnostic;
use crate::source::Source;

/// What the lexer makes of a script.
pub type Lexed = (Vec<token::Token>, Vec<token::Comment>, Vec<Diagnostic>);

/// Reads a whole script.
pub fn parse(source: &Source) -> (tree::Script, Vec<Diagnostic>) {
    parse_lexed(source, lexer::tokens(source))
}

/// Reads a script whose tokens are known already.
pub fn parse_lexed(source: &Source, lexed: Lexed) -> (tree::Script, Vec<Diagnostic>) {
    let (tokens, comments, mut found) = lexed;
    let mut script = parser::script(tokens, source, &mut found);
    script.comments = comments;
    (script, found)
}

/// The text with every byte beyond ASCII replaced, so that offsets stay and pest, which reads only UTF-8,
/// can match it.
pub(crate) fn mask(text: &[u8]) -> String {
    text.iter().map(|b| if b.is_ascii() { char::from(*b) } else { '\x7f' }).collect()
}
