//! The full form: message, excerpt with the place underlined, notes, help.

use super::{Diagnostic, Severity};
use crate::source::{Source, Span};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::borrow::Cow;

/// One diagnostic with its excerpt; `colour` for terminals.
pub fn render(found: &Diagnostic, source: &Source, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let level = match found.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let excerpts = excerpts(found, source);
    let mut group: Group<'_> = Group::with_title(level.primary_title(&found.message).id(found.code.id));
    for excerpt in &excerpts {
        group = group.element(excerpt.snippet());
    }
    group = group.elements(found.notes.iter().map(|n| Level::NOTE.message(n.as_str())));
    group = group.elements(found.help.iter().map(|h| Level::HELP.message(h.as_str())));
    renderer.render(&[group])
}

/// The lines of one file with everything to underline in them.
struct Excerpt<'a> {
    path: &'a str,
    text: Cow<'a, str>,
    marks: Vec<(std::ops::Range<usize>, &'a str, AnnotationKind)>,
}

impl Excerpt<'_> {
    fn snippet(&self) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
        let marks = self.marks.iter().map(|(range, label, kind)| {
            let mark = kind.span(range.clone());
            if label.is_empty() { mark } else { mark.label(*label) }
        });
        Snippet::source(self.text.as_ref()).path(self.path).annotations(marks)
    }
}

fn excerpts<'a>(found: &'a Diagnostic, source: &'a Source) -> Vec<Excerpt<'a>> {
    let mut excerpts: Vec<Excerpt<'a>> = Vec::new();
    let primary = (found.span, found.label.as_str(), AnnotationKind::Primary);
    let others = found.labels.iter().map(|(s, l)| (*s, l.as_str(), AnnotationKind::Context));
    for (span, label, kind) in std::iter::once(primary).chain(others) {
        let Some((path, text, range)) = place(source, span) else {
            continue;
        };
        match excerpts.iter_mut().find(|e| e.path == path) {
            Some(known) => known.marks.push((range, label, kind)),
            None => excerpts.push(Excerpt { path, text, marks: vec![(range, label, kind)] }),
        }
    }
    excerpts
}

fn place(source: &Source, span: Span) -> Option<(&str, Cow<'_, str>, std::ops::Range<usize>)> {
    let (file, range) = source.in_file(span)?;
    let text = match std::str::from_utf8(&file.text) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            Cow::Owned(file.text.iter().map(|b| if b.is_ascii() { char::from(*b) } else { '?' }).collect())
        }
    };
    let mut range = range;
    while !text.is_char_boundary(range.start) {
        range.start -= 1;
    }
    while !text.is_char_boundary(range.end) {
        range.end += 1;
    }
    // Trailing newlines and the lines after them would only lengthen the excerpt.
    let kept = text[range.clone()].trim_end().len();
    range.end = range.start + kept;
    Some((&file.path, text, range))
}
