//! `sipc fmt`: lays a script out anew, changing nothing but blanks, line ends and empty lines.
//!
//! Tokens and comments are written as they stand, in their order; the tree says only which of them begin a
//! line and how deep ([`marks`]), and [`spacing`] where a blank stands between two. So no comment can be lost,
//! and what is written is read back and compared before anybody gets it. Line breaks inside a statement are
//! kept, because only their author knows what they group. Include lines are not followed: they are lines like
//! comments, and site values (`${NAME}`) are left as they are.

mod marks;
mod spacing;
mod write;

use crate::diagnostics::{Diagnostic, codes};
use crate::source::{Memory, Source, Span, load_alone};
use crate::syntax::token::{Token, TokenKind};
use crate::syntax::tree::Script;
use crate::syntax::{lexer, parse_lexed};
use crate::values::outside_comments;

/// How often a script with site values is read until it can be read.
const ATTEMPTS_MAX: usize = 100;

/// Why a script was not laid out.
#[derive(Debug)]
pub enum Refused {
    /// It cannot be read: its text and what is wrong with it.
    Faults(Source, Vec<Diagnostic>),
    /// It would be read otherwise than before.
    Changed,
}

/// One file laid out anew.
///
/// # Errors
/// The faults of a script that cannot be read.
pub fn format(path: &str, text: &[u8]) -> Result<Vec<u8>, Box<Refused>> {
    let read = Read::new(path, text);
    if !read.faults.is_empty() {
        return Err(Box::new(Refused::Faults(read.source, read.faults)));
    }
    let written = write::write(&read);
    let again = Read::new(path, &written);
    if read.same_as(&again) { Ok(written) } else { Err(Box::new(Refused::Changed)) }
}

/// A file with its tokens, its tree, and all that is no token.
struct Read {
    source: Source,
    tokens: Vec<Token>,
    script: Script,
    /// Comments, include lines and ignored characters, in order.
    others: Vec<Other>,
    faults: Vec<Diagnostic>,
}

/// Reads a text in which site values are not filled in yet: something stands in for each, a word where that can
/// be read, or else a number.
fn read_template(source: &mut Source) -> (Vec<Token>, Script, Vec<Diagnostic>) {
    let mut places: Vec<(Span, u8)> =
        outside_comments(source).into_iter().map(|(span, _)| (span, b'x')).collect();
    let mut attempts = 0;
    loop {
        attempts += 1;
        for (span, stand_in) in &places {
            source.text[span.start as usize..span.end as usize].fill(*stand_in);
        }
        let lexed = lexer::tokens(source);
        let tokens = lexed.0.clone();
        let (script, found) = parse_lexed(source, lexed);
        let fault = found.iter().find(|f| f.is_error()).map(|f| f.span);
        let is_meant = |(span, stand_in): &&mut (Span, u8)| {
            *stand_in == b'x' && fault.is_some_and(|f| f.start <= span.start && span.start <= f.end)
        };
        match places.iter_mut().find(is_meant).filter(|_| attempts < ATTEMPTS_MAX) {
            Some((_, stand_in)) => *stand_in = b'1',
            None => return (tokens, script, found),
        }
    }
}

/// What stands between tokens.
#[derive(Debug, Clone, Copy)]
struct Other {
    span: Span,
    kind: OtherKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OtherKind {
    /// `# …`
    Line,
    /// `/* … */`
    Block,
    /// `include_file "…"`
    Include,
    /// Characters that begin no token.
    Stray,
}

impl Read {
    fn new(path: &str, text: &[u8]) -> Read {
        let (mut source, includes, mut faults) = load_alone(&Memory::of(path, text), path);
        let (tokens, script, found) = read_template(&mut source);
        let mut others: Vec<Other> = script
            .comments
            .iter()
            .map(|c| Other { span: c.span, kind: if c.block { OtherKind::Block } else { OtherKind::Line } })
            .collect();
        let stray = found.iter().filter(|f| f.code.id == codes::STRAY_CHARACTER.id);
        others.extend(stray.map(|f| Other { span: f.span, kind: OtherKind::Stray }));
        let inside = |span: &Span| {
            let holds = |other: Span| other.start < span.start && span.start < other.end;
            others.iter().any(|o| holds(o.span)) || tokens.iter().any(|t| holds(t.span))
        };
        let lines: Vec<Span> = includes.iter().copied().filter(|span| !inside(span)).collect();
        others.extend(lines.iter().map(|span| Other { span: *span, kind: OtherKind::Include }));
        others.sort_by_key(|other| other.span.start);
        // what an include line brings may be all that a route or a script has
        let filled = |f: &Diagnostic| {
            !includes.is_empty() && [codes::EMPTY_ROUTE.id, codes::NOTHING.id].contains(&f.code.id)
        };
        faults.extend(found.into_iter().filter(|f| f.is_error() && !filled(f)));
        Read { source, tokens, script, others, faults }
    }

    /// The bytes of a span as they stand in the file, include lines not blanked.
    fn raw(&self, span: Span) -> &[u8] {
        match self.source.in_file(span) {
            Some((file, range)) => &file.text[range],
            None => self.source.slice(span),
        }
    }

    /// Whether both consist of the same tokens, comments and include lines.
    fn same_as(&self, other: &Read) -> bool {
        let token = |read: &Read, t: &Token| match t.kind {
            TokenKind::Clause(_) | TokenKind::Symbol(_) => (t.kind.clone(), Vec::new()),
            _ => (t.kind.clone(), read.raw(t.span).to_vec()),
        };
        let tokens = |read: &Read| read.tokens.iter().map(|t| token(read, t)).collect::<Vec<_>>();
        let others = |read: &Read| {
            read.others.iter().map(|o| (o.kind, read.raw(o.span).trim_ascii().to_vec())).collect::<Vec<_>>()
        };
        other.faults.is_empty() && tokens(self) == tokens(other) && others(self) == others(other)
    }
}
