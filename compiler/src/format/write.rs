//! Writes tokens and comments, line by line.

use std::collections::HashMap;

use super::marks::{Line, Mark, marks};
use super::spacing::Pair;
use super::{Other, OtherKind, Read};
use crate::source::Span;
use crate::syntax::token::{Token, TokenKind};

/// The whole file anew.
pub(super) fn write(read: &Read) -> Vec<u8> {
    let pieces = pieces(read);
    let top = Mark { level: 0, comments: 0, hang: 0, line: Line::Always, configuration: true };
    let mut writer = Writer {
        read,
        marks: marks(read),
        out: Vec::new(),
        last: Last::Nothing,
        tokens: [None, None],
        statement: top,
        must_break: false,
    };
    for (index, piece) in pieces.iter().enumerate() {
        let gap = Gap::new(read, index.checked_sub(1).map(|i| pieces[i].span()), piece.span());
        match piece {
            Piece::Other(other) => writer.other(other, &gap, writer.depth(&pieces[index + 1..])),
            Piece::Token(token) => {
                let next = pieces.get(index + 1).map(|p| Gap::new(read, Some(token.span), p.span()));
                writer.token(token, &gap, next.is_none_or(|g| g.lines > 0));
            }
        }
    }
    if writer.last != Last::Nothing {
        writer.out.push(b'\n');
    }
    writer.out
}

enum Piece<'a> {
    Token(&'a Token),
    Other(&'a Other),
}

impl Piece<'_> {
    fn span(&self) -> Span {
        match self {
            Piece::Token(token) => token.span,
            Piece::Other(other) => other.span,
        }
    }
}

fn pieces(read: &Read) -> Vec<Piece<'_>> {
    let tokens = read.tokens.iter().filter(|t| t.kind != TokenKind::End).map(Piece::Token);
    let mut pieces: Vec<Piece<'_>> = tokens.chain(read.others.iter().map(Piece::Other)).collect();
    pieces.sort_by_key(|p| p.span().start);
    pieces
}

/// What stood between two pieces.
struct Gap {
    /// Line ends.
    lines: usize,
}

impl Gap {
    fn new(read: &Read, before: Option<Span>, after: Span) -> Gap {
        // clause words and include lines hold blanks of their own
        let from = before.map_or(0, |b| {
            let text = read.raw(b);
            b.end as usize - (text.len() - text.trim_ascii_end().len())
        });
        let text = read.raw(after);
        let to = after.start as usize + (text.len() - text.trim_ascii_start().len());
        let between = read.source.text.get(from..to).unwrap_or_default();
        Gap { lines: between.iter().filter(|b| **b == b'\n').count() }
    }
}

/// What was written last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    Open,
    Token,
    /// A comment, or ignored characters, behind a token.
    Inline,
    /// A comment on a line of its own.
    Comment,
}

struct Writer<'a> {
    read: &'a Read,
    marks: HashMap<u32, Mark>,
    out: Vec<u8>,
    last: Last,
    /// The last two tokens.
    tokens: [Option<&'a Token>; 2],
    /// Of the line that is being written.
    statement: Mark,
    must_break: bool,
}

impl<'a> Writer<'a> {
    /// How deep a comment stands on its own line: as what follows it.
    fn depth(&self, rest: &[Piece<'_>]) -> usize {
        let next = rest.iter().find_map(|p| match p {
            Piece::Token(token) => Some(token),
            Piece::Other(_) => None,
        });
        let Some(token) = next else { return 0 };
        match self.marks.get(&token.span.start) {
            Some(mark) => mark.comments,
            None => self.statement.level + self.statement.hang,
        }
    }

    fn other(&mut self, other: &Other, gap: &Gap, depth: usize) {
        let text = self.read.raw(other.span).trim_ascii();
        let own_line = self.last == Last::Nothing || gap.lines > 0 || self.must_break;
        if other.kind == OtherKind::Stray || !own_line {
            self.out.push(b' ');
            self.last = Last::Inline;
        } else {
            self.start_line(gap.lines > 1 && self.last != Last::Open, depth);
            self.last = Last::Comment;
        }
        self.out.extend_from_slice(text);
        self.must_break = matches!(other.kind, OtherKind::Line | OtherKind::Include);
    }

    fn start_line(&mut self, empty_line: bool, level: usize) {
        if self.last != Last::Nothing {
            self.out.push(b'\n');
            if empty_line {
                self.out.push(b'\n');
            }
        }
        self.out.extend(std::iter::repeat_n(b'\t', level));
    }

    fn token(&mut self, token: &'a Token, gap: &Gap, ends_line: bool) {
        let mark = self.marks.get(&token.span.start).copied();
        let closes = matches!(token.kind, TokenKind::Symbol("}" | ")" | "]"));
        match mark {
            Some(mark) if self.begins_line(token, mark, gap) => {
                let wide = gap.lines > 1 || mark.line == Line::Apart && self.last != Last::Comment;
                self.start_line(wide && self.last != Last::Open && !closes, mark.level);
            }
            _ if self.must_break
                || (gap.lines > 0 && mark.is_none() && may_begin_line(token, self.tokens[1])) =>
            {
                let hang = if closes { 0 } else { self.statement.hang };
                let level = mark.map_or(self.statement.level + hang, |m| m.level);
                self.start_line(false, level);
            }
            _ => self.gap(token, ends_line),
        }
        if let Some(mark) = mark.filter(|m| m.line != Line::Never) {
            self.statement = mark;
        }
        self.out.extend_from_slice(self.read.raw(token.span).trim_ascii());
        self.last = if matches!(token.kind, TokenKind::Symbol("{")) { Last::Open } else { Last::Token };
        self.tokens = [self.tokens[1], Some(token)];
        self.must_break = false;
    }

    fn begins_line(&self, token: &Token, mark: Mark, gap: &Gap) -> bool {
        let empty_block = matches!(token.kind, TokenKind::Symbol("}")) && self.last == Last::Open;
        match mark.line {
            Line::Apart | Line::Always => self.must_break || !empty_block,
            Line::AsItIs => self.must_break || gap.lines > 0,
            Line::Never => false,
        }
    }

    /// A blank, or none.
    fn gap(&mut self, token: &Token, ends_line: bool) {
        let [earlier, Some(before)] = self.tokens else { return };
        let pair = Pair {
            read: self.read,
            earlier,
            before,
            after: token,
            configuration: self.statement.configuration,
        };
        let ends = matches!(token.kind, TokenKind::Symbol(";" | "," | ")"));
        let after_comment = !ends && matches!(self.last, Last::Inline | Last::Comment);
        let allowed = ends_line || !pair.is_risky();
        if allowed && (after_comment || pair.blank()) {
            self.out.push(b' ');
        }
    }
}

/// Whether a line end in front of a token inside a statement is kept.
fn may_begin_line(token: &Token, before: Option<&Token>) -> bool {
    let after_else = before.is_some_and(|t| matches!(t.kind, TokenKind::Keyword("else")));
    !after_else && !matches!(token.kind, TokenKind::Symbol(";" | "," | "{" | ":"))
}
