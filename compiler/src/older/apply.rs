//! Puts changes into a text.

use super::Change;
use crate::source::{Source, Span};

/// The source with the changes made in it, every line in its place, and where each change stands now.
pub fn read_anew(source: &Source, changes: &[Change]) -> (Source, Vec<Span>) {
    let edits: Vec<(Span, Vec<u8>)> = changes
        .iter()
        .map(|change| {
            // lines must stay what they were: the text goes into the first, the others stay empty
            let lines = change.old.bytes().filter(|b| *b == b'\n').count();
            let text = change.new.replace('\n', " ") + &"\n".repeat(lines);
            (change.span, text.into_bytes())
        })
        .collect();
    source.edited(&edits)
}

/// The files that change, with their new texts.
pub fn in_files(source: &Source, changes: &[Change]) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for file in source.files() {
        let mut edits: Vec<(std::ops::Range<usize>, &Change)> = changes
            .iter()
            .filter_map(|change| Some((source.in_file(change.span)?, change)))
            .filter(|((of, _), _)| of.path == file.path)
            .map(|((_, range), change)| (range, change))
            .collect();
        edits.sort_by_key(|(range, _)| range.start);
        // a file that is included twice has each change twice
        edits.dedup_by_key(|(range, _)| range.start);
        if !edits.is_empty() {
            found.push((file.path.clone(), edited(&file.text, &edits)));
        }
    }
    found
}

fn edited(text: &[u8], edits: &[(std::ops::Range<usize>, &Change)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    for (range, change) in edits {
        if range.start < at {
            continue;
        }
        out.extend_from_slice(&text[at..range.start]);
        at = range.end;
        let alone = text[at..].iter().find(|b| !matches!(b, b' ' | b'\t' | b'\r'));
        let indent = indentation(&text[..range.start]);
        if change.new.is_empty() && alone.is_none_or(|b| *b == b'\n') {
            // kept as a comment, so that its author sees what became of it
            out.extend_from_slice(b"# ");
            out.extend_from_slice(&with_lines(&text[range.clone()], b"\n# "));
        } else {
            out.extend_from_slice(&with_lines(change.new.as_bytes(), &[b"\n", indent].concat()));
        }
    }
    out.extend_from_slice(&text[at..]);
    out
}

/// The blanks at the start of the last line.
fn indentation(before: &[u8]) -> &[u8] {
    let line = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    let blanks = before[line..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    &before[line..line + blanks]
}

/// The text with something else for its line ends.
fn with_lines(text: &[u8], end: &[u8]) -> Vec<u8> {
    text.split(|b| *b == b'\n').collect::<Vec<_>>().join(end)
}
