//! Substitution expressions: `/expression/replacement/flags`, as `{re.subst}` and module `textops` take
//! them.

use std::ops::Range;
use std::rc::Rc;

use crate::log::Level;
use crate::regex::{ByteSet, ENDS, Groups, Options, Subst, until_nul};
use crate::short::Short;
use crate::{Context, Text, VarRef, dynamic, local, variables};

/// The most escapes and variables of a replacement.
const PIECES_MAX: usize = 100;

/// An expression, read.
pub struct Substitution {
    regex: Subst,
    replacement: Vec<Piece>,
    all: bool,
    /// Whether the replacement has a group other than the whole match.
    groups: bool,
    /// What comes in place of each byte of a set, where that is all that it does.
    each: Option<(ByteSet, Vec<u8>)>,
}

/// The set and the text, for an expression that matches single bytes and puts a constant text in place of them.
fn each(regex: &Subst, replacement: &[Piece]) -> Option<(ByteSet, Vec<u8>)> {
    let set = regex.single_bytes()?;
    let literal = |piece: &Piece| match piece {
        Piece::Literal(text) => Some(text.clone()),
        _ => None,
    };
    Some((set, replacement.iter().map(literal).collect::<Option<Vec<_>>>()?.concat()))
}

enum Piece {
    Literal(Vec<u8>),
    /// A group of the match; 0 is all of it.
    Group(usize),
    /// The request URI.
    RequestUri,
    Variable(VarRef),
}

/// What is to be put in place of which range of the text.
pub type Replacement = (Range<usize>, Vec<u8>);

/// An empty text matched, which a substitution takes for a fault of the expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmptyMatch;

/// The expression, read before or now; `None` for a broken one, which was logged.
pub fn find(cx: &Context, expression: &Text) -> Option<Rc<Substitution>> {
    let cache = &cx.worker.local.substitutions;
    if let Some(known) = cache.borrow().get(expression) {
        return known.clone();
    }
    let read = Substitution::read(expression, |text| dynamic::variable(cx, text)).map(Rc::new);
    if read.is_none() {
        let shown = String::from_utf8_lossy(expression);
        cx.log(Level::Error, "subst_parser", format_args!("bad substitution expression {shown}"));
    }
    let mut cache = cache.borrow_mut();
    if cache.len() >= local::SUBSTITUTIONS_MAX {
        cache.clear();
    }
    cache.insert(Text::copy_from_slice(expression), read.clone());
    read
}

impl Substitution {
    /// Reads one of the script that has no variable in it; `None` for a broken one.
    pub fn constant(text: &[u8]) -> Option<Substitution> {
        Substitution::read(text, |_| None)
    }

    /// Reads one; `variable` reads a variable at the start of a text and tells its length.
    fn read(text: &[u8], variable: impl Fn(&[u8]) -> Option<(VarRef, usize)>) -> Option<Substitution> {
        let (separator, rest) = text.split_first().filter(|(c, _)| **c != b'\\')?;
        let end = (0..rest.len()).find(|n| rest[*n] == *separator && (*n == 0 || rest[n - 1] != b'\\'))?;
        let (pattern, rest) = (rest.get(..end)?, rest.get(end + 1..)?);
        let (replacement, rest) = pieces(variable, rest, *separator)?;
        let mut options = Options { ignore_case: false, newline_aware: true };
        let mut all = false;
        for flag in rest {
            match flag {
                b'i' => options.ignore_case = true,
                b's' => options.newline_aware = false,
                b'g' => all = true,
                _ => return None,
            }
        }
        let groups = replacement.iter().any(|piece| matches!(piece, Piece::Group(n) if *n > 0));
        let regex = Subst::new(pattern, options).ok()?;
        let each = if all { each(&regex, &replacement) } else { None };
        Some(Substitution { regex, replacement, all, groups, each })
    }

    /// What it replaces in a text, from `start` on; nothing when it matches nowhere. A text ends at its
    /// first NUL.
    pub fn replacements(
        &self,
        cx: &mut Context,
        text: &[u8],
        start: usize,
    ) -> Result<Vec<Replacement>, EmptyMatch> {
        let text = until_nul(text);
        let mut found = Vec::new();
        let mut at = start;
        while let Some(whole) = self.regex.find(text, at) {
            if whole.is_empty() {
                cx.log(Level::Error, "subst_run", format_args!("matched string is empty... invalid regexp?"));
                return Err(EmptyMatch);
            }
            let groups = if self.groups { self.regex.groups(text, &whole) } else { Vec::new() };
            let mut new = Vec::new();
            for piece in &self.replacement {
                push(cx, piece, text, (&whole, &groups), &mut new);
            }
            at = whole.end;
            found.push((whole, new));
            if !self.all {
                break;
            }
        }
        Ok(found)
    }

    /// What is left of a short text when bytes of a set are taken out of it; `None` where more is to be done.
    #[inline]
    pub fn removed(&self, text: &[u8]) -> Option<Short> {
        let (set, _) = self.each.as_ref().filter(|(_, new)| new.is_empty())?;
        let mut seen = 0;
        let left = Short::filtered(text, |byte| {
            let found = set.look_up(byte);
            seen |= found;
            found & 1 == 0
        });
        left.filter(|_| seen & ENDS == 0)
    }

    /// The new text; `None` when nothing matches.
    pub fn apply(&self, cx: &mut Context, text: &[u8]) -> Result<Option<Vec<u8>>, EmptyMatch> {
        if let Some((set, new)) = &self.each {
            return Ok(replaced(text, set, new));
        }
        let text = until_nul(text);
        let found = self.replacements(cx, text, 0)?;
        if found.is_empty() {
            return Ok(None);
        }
        let mut out = Vec::with_capacity(text.len());
        let mut at = 0;
        for (range, new) in found {
            out.extend_from_slice(text.get(at..range.start).unwrap_or_default());
            out.extend_from_slice(&new);
            at = range.end;
        }
        out.extend_from_slice(text.get(at..).unwrap_or_default());
        Ok(Some(out))
    }
}

/// The text with something else in place of the bytes of a set; `None` when it has none of them. It ends at its first NUL.
fn replaced(text: &[u8], set: &ByteSet, new: &[u8]) -> Option<Vec<u8>> {
    let first = text.iter().position(|byte| set.has(*byte) || *byte == 0)?;
    let text = if text.get(first..)?.contains(&0) { until_nul(text) } else { text };
    let (before, rest) = text.split_at_checked(first).filter(|(_, rest)| !rest.is_empty())?;
    let mut out = Vec::with_capacity(text.len());
    out.extend_from_slice(before);
    if new.is_empty() {
        out.extend_from_slice(rest);
        out.retain(|byte| !set.has(*byte));
        return Some(out);
    }
    for byte in rest {
        match set.has(*byte) {
            true => out.extend_from_slice(new),
            false => out.push(*byte),
        }
    }
    Some(out)
}

/// The replacement up to the separator, and the flags behind it.
fn pieces(
    read_variable: impl Fn(&[u8]) -> Option<(VarRef, usize)>,
    text: &[u8],
    separator: u8,
) -> Option<(Vec<Piece>, &[u8])> {
    let mut pieces = Vec::new();
    let mut literal = Vec::new();
    let mut at = 0;
    loop {
        let c = *text.get(at)?;
        at += 1;
        let piece = match c {
            c if c == separator => break,
            b'\\' => {
                let escaped = *text.get(at)?;
                at += 1;
                escape(escaped)
            }
            b'$' => {
                let (variable, length) = read_variable(text.get(at - 1..)?)?;
                at += length - 1;
                Piece::Variable(variable)
            }
            c => {
                literal.push(c);
                continue;
            }
        };
        pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        pieces.push(piece);
        if pieces.len() >= 2 * PIECES_MAX {
            return None;
        }
    }
    pieces.push(Piece::Literal(literal));
    Some((pieces, text.get(at..)?))
}

fn escape(c: u8) -> Piece {
    match c {
        b'0'..=b'9' => Piece::Group(usize::from(c - b'0')),
        b'u' => Piece::RequestUri,
        b'n' => Piece::Literal(vec![b'\n']),
        b'r' => Piece::Literal(vec![b'\r']),
        b't' => Piece::Literal(vec![b'\t']),
        c => Piece::Literal(vec![c]),
    }
}

/// Appends a piece; `found` is the whole match and its groups, which are there when a piece asks for one.
fn push(
    cx: &mut Context,
    piece: &Piece,
    text: &[u8],
    (whole, groups): (&Range<usize>, &Groups),
    out: &mut Vec<u8>,
) {
    match piece {
        Piece::Literal(literal) => out.extend_from_slice(literal),
        Piece::Group(0) => out.extend_from_slice(text.get(whole.clone()).unwrap_or_default()),
        Piece::Group(n) => {
            if let Some((start, end)) = groups.get(*n).copied().flatten() {
                out.extend_from_slice(text.get(start..end).unwrap_or_default());
            }
        }
        Piece::RequestUri => out.extend_from_slice(&variables::current_ruri(cx).unwrap_or_default()),
        Piece::Variable(variable) => {
            let value = variable.read(cx);
            if !value.is_null() {
                value.print(out);
            }
        }
    }
}
