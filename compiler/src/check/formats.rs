//! Texts with variables in them (LANGUAGE 5.10), and where they stand in the script.

use super::Checker;
use crate::ir::{Format, FormatPart, VarRef};
use crate::source::Span;
use crate::syntax::tree::Text;
use std::ops::Range;

/// Where a text stands, so that faults can point into it.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The whole token.
    span: Span,
    /// The offset of the first byte of the text; `None` when escapes moved the bytes.
    exact: Option<usize>,
}

impl Place {
    /// The text is the token itself.
    pub(super) fn of_token(span: Span) -> Place {
        Place { span, exact: Some(span.start as usize) }
    }

    /// The text is the value of a string.
    pub(super) fn of_string(text: &Text) -> Place {
        let plain = text.value.len() + 2 == (text.span.end - text.span.start) as usize;
        Place { span: text.span, exact: plain.then_some(text.span.start as usize + 1) }
    }

    /// The rest of the text from an offset on.
    pub(super) fn from(self, offset: usize) -> Place {
        Place { exact: self.exact.map(|start| start + offset), ..self }
    }
}

impl Checker<'_> {
    /// Where a range of a text stands.
    pub(super) fn span_in(&self, place: Place, range: Range<usize>) -> Span {
        match place.exact {
            Some(start) => self.source.span(start + range.start..start + range.end),
            None => place.span,
        }
    }

    /// The value of a string, split at its variables.
    pub(super) fn format(&mut self, text: &Text) -> Option<Format> {
        self.format_at(&text.value, Place::of_string(text))
    }

    /// The same of a text within a token.
    pub(super) fn format_at(&mut self, text: &[u8], place: Place) -> Option<Format> {
        let mut parts = Vec::new();
        let mut literal = Vec::new();
        let mut at = 0;
        while let Some(next) = text[at..].iter().position(|b| *b == b'$') {
            literal.extend_from_slice(&text[at..at + next]);
            at += next;
            let (variable, end) = self.variable_at(&text[at..], place.from(at))?;
            at += end;
            match variable {
                Some(variable) => {
                    flush(&mut literal, &mut parts);
                    parts.push(FormatPart::Variable(variable));
                }
                None => literal.push(b'$'),
            }
        }
        literal.extend_from_slice(&text[at..]);
        flush(&mut literal, &mut parts);
        Some(Format { parts })
    }

    /// The variable that a string begins with; the rest of it is ignored.
    pub(super) fn variable_in_text(&mut self, text: &Text) -> Option<VarRef> {
        self.value_variable(&text.value, Place::of_string(text)).map(|(variable, _)| variable)
    }
}

fn flush(literal: &mut Vec<u8>, parts: &mut Vec<FormatPart>) {
    if !literal.is_empty() {
        parts.push(FormatPart::Literal(std::mem::take(literal).into()));
    }
}
