//! `{re.subst,…}` and `{s.eval}`.

use std::rc::Rc;

use crate::log::Level;
use crate::place::TransformArg;
use crate::regex::{Options, Subst, until_nul};
use crate::{Context, Text, Value, VarRef, dynamic, variables};

use super::{input, output, some_text, text_arg};

/// The most escapes and variables of a replacement.
const PIECES_MAX: usize = 100;

/// `{s.eval}`: the text as a format string.
pub fn s_eval(cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    let text = input(&value);
    dynamic::evaluate(cx, &text).map_or(Value::Null, output)
}

/// `/expression/replacement/flags`, read.
pub(crate) struct Substitution {
    regex: Subst,
    replacement: Vec<Piece>,
    all: bool,
}

enum Piece {
    Literal(Vec<u8>),
    /// A group of the match; 0 is all of it.
    Group(usize),
    /// The request URI.
    RequestUri,
    Variable(VarRef),
}

/// `{re.subst,…}`: NULL for an empty text, a broken expression, or one that matches nothing at all.
pub fn re_subst(cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    let (Some(text), Some(expression)) = (some_text(&value), text_arg(args, 0)) else { return Value::Null };
    let Some(substitution) = substitution(cx, expression) else {
        cx.log(Level::Error, "tr_eval_re", format_args!("Can't compile regexp"));
        return Value::Null;
    };
    match replaced(cx, &substitution, until_nul(&text)) {
        Some(Some(new)) => output(new),
        Some(None) => value,
        None => Value::Null,
    }
}

/// The expression, read before or now.
fn substitution(cx: &Context, expression: &Text) -> Option<Rc<Substitution>> {
    let cache = &cx.worker.local.substitutions;
    if let Some(known) = cache.borrow().get(expression) {
        return known.clone();
    }
    let read = Substitution::read(cx, &without_brace_escapes(expression)).map(Rc::new);
    let mut cache = cache.borrow_mut();
    if cache.len() >= crate::local::SUBSTITUTIONS_MAX {
        cache.clear();
    }
    cache.insert(Text::copy_from_slice(expression), read.clone());
    read
}

/// Backslashes before braces protected them from the reader of the script.
fn without_brace_escapes(expression: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(expression.len());
    let mut bytes = expression.iter().copied().peekable();
    while let Some(c) = bytes.next() {
        match (c, bytes.peek()) {
            (b'\\', Some(b'{' | b'}')) => {}
            _ => out.push(c),
        }
    }
    out
}

impl Substitution {
    fn read(cx: &Context, text: &[u8]) -> Option<Substitution> {
        let (separator, rest) = text.split_first().filter(|(c, _)| **c != b'\\')?;
        let end = (0..rest.len()).find(|n| rest[*n] == *separator && (*n == 0 || rest[n - 1] != b'\\'))?;
        let (pattern, rest) = (rest.get(..end)?, rest.get(end + 1..)?);
        let (replacement, rest) = pieces(cx, rest, *separator)?;
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
        Some(Substitution { regex: Subst::new(pattern, options).ok()?, replacement, all })
    }
}

/// The replacement up to the separator, and the flags behind it.
fn pieces<'a>(cx: &Context, text: &'a [u8], separator: u8) -> Option<(Vec<Piece>, &'a [u8])> {
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
                let (variable, length) = dynamic::variable(cx, text.get(at - 1..)?)?;
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

/// The new text; `Some(None)` when nothing matches, `None` when an empty text matches.
fn replaced(cx: &mut Context, substitution: &Substitution, text: &[u8]) -> Option<Option<Vec<u8>>> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    let mut found = false;
    while let Some(groups) = substitution.regex.find(text, at) {
        let (start, end) = groups.first().copied().flatten()?;
        if start == end {
            cx.log(Level::Error, "subst_run", format_args!("matched string is empty... invalid regexp?"));
            return None;
        }
        out.extend_from_slice(text.get(at..start)?);
        for piece in &substitution.replacement {
            push(cx, piece, text, &groups, &mut out);
        }
        (at, found) = (end, true);
        if !substitution.all {
            break;
        }
    }
    out.extend_from_slice(text.get(at..)?);
    Some(found.then_some(out))
}

fn push(cx: &mut Context, piece: &Piece, text: &[u8], groups: &[Option<(usize, usize)>], out: &mut Vec<u8>) {
    match piece {
        Piece::Literal(literal) => out.extend_from_slice(literal),
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
