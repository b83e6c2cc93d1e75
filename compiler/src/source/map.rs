//! From the flattened text back to files, lines and columns.

use super::{FileId, Span};
use std::ops::Range;

/// The flattened script with its map.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// All files in place.
    pub text: Vec<u8>,
    files: Vec<SourceFile>,
    lines: Vec<Line>,
}

/// One file of a script.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// As opened.
    pub path: String,
    /// As read, with a final newline.
    pub text: Vec<u8>,
}

/// A place as editors count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Which file.
    pub file: FileId,
    /// From 1.
    pub line: u32,
    /// In bytes, from 1.
    pub column: u32,
}

/// One line of the flattened text.
#[derive(Debug, Clone, Copy)]
struct Line {
    /// Where it begins in the flattened text.
    start: u32,
    /// Where it begins in its file.
    offset: u32,
    file: FileId,
    number: u32,
}

impl Source {
    /// The files in the order of their first appearance.
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// One file.
    pub fn file(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    /// The bytes of a span.
    pub fn slice(&self, span: Span) -> &[u8] {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// A span of the flattened text.
    pub fn span(&self, range: Range<usize>) -> Span {
        let start = offset(range.start);
        let (file, line) = self.line(start).map_or((FileId(0), 1), |l| (l.file, l.number));
        Span { start, end: offset(range.end), line, file }
    }

    /// Where a flattened offset is.
    pub fn position(&self, at: u32) -> Position {
        match self.line(at) {
            Some(l) => Position { file: l.file, line: l.number, column: at - l.start + 1 },
            None => Position { file: FileId(0), line: 1, column: at + 1 },
        }
    }

    /// The file of a span's start and its byte range there; cut at the line's end when it leaves the file.
    pub fn in_file(&self, span: Span) -> Option<(&SourceFile, Range<usize>)> {
        let first = self.line(span.start)?;
        let file = self.file(first.file)?;
        let start = (first.offset + (span.start - first.start)) as usize;
        let last = self.line(span.end.saturating_sub(1).max(span.start))?;
        let end = if last.file == first.file && last.offset >= first.offset {
            (last.offset + span.end.saturating_sub(last.start)) as usize
        } else {
            file.text[start..].iter().position(|b| *b == b'\n').map_or(file.text.len(), |n| start + n)
        };
        let start = start.min(file.text.len());
        Some((file, start..end.clamp(start, file.text.len())))
    }

    /// The same lines with other text in them, and where each of the edits ended up. Edits are in order, do not
    /// overlap, and leave as many line ends as they replace.
    pub(crate) fn edited(&self, edits: &[(Span, Vec<u8>)]) -> (Source, Vec<Span>) {
        let (mut text, mut places, mut at) = (Vec::with_capacity(self.text.len()), Vec::new(), 0);
        for (span, new) in edits {
            text.extend_from_slice(&self.text[at..span.start as usize]);
            let start = text.len();
            text.extend_from_slice(new);
            places.push(start..text.len());
            at = span.end as usize;
        }
        text.extend_from_slice(&self.text[at..]);
        let mut source = Source { text, files: self.files.clone(), lines: self.lines.clone() };
        let lines: Vec<Vec<u8>> = source.text.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
        let mut start = 0;
        for (line, text) in source.lines.iter_mut().zip(&lines) {
            line.start = offset(start);
            start += text.len();
        }
        source.set_lines(self, &lines);
        let places = places.into_iter().map(|range| source.span(range)).collect();
        (source, places)
    }

    /// Gives the files the lines that differ from `old`, and the lines their places in the files.
    fn set_lines(&mut self, old: &Source, lines: &[Vec<u8>]) {
        for (id, file) in self.files.iter_mut().enumerate() {
            let starts: Vec<usize> = std::iter::once(0)
                .chain(file.text.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at + 1))
                .collect();
            let mut texts: Vec<Vec<u8>> =
                file.text.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
            let mut of_file = Vec::new();
            for (index, (line, now)) in old.lines.iter().zip(lines).enumerate() {
                if line.file.0 as usize != id {
                    continue;
                }
                let nth = starts.partition_point(|s| *s <= line.offset as usize).saturating_sub(1);
                // what stands before the script text of a line: a byte-order mark
                let skipped = (line.offset as usize).saturating_sub(starts[nth]);
                of_file.push((index, nth, skipped));
                let end = old.lines.get(index + 1).map_or(old.text.len(), |l| l.start as usize);
                let before = &old.text[line.start as usize..end];
                if let (Some(text), true) = (texts.get_mut(nth), before != &now[..]) {
                    text.truncate(skipped);
                    text.extend_from_slice(now);
                }
            }
            let mut start = 0;
            let begins: Vec<usize> = texts
                .iter()
                .map(|text| {
                    start += text.len();
                    start - text.len()
                })
                .collect();
            for (index, nth, skipped) in of_file {
                self.lines[index].offset = offset(begins.get(nth).map_or(0, |b| b + skipped));
            }
            file.text = texts.concat();
        }
    }

    fn line(&self, at: u32) -> Option<&Line> {
        let after = self.lines.partition_point(|l| l.start <= at);
        self.lines.get(after.checked_sub(1)?)
    }

    /// Registers a file, or finds it when it was included before.
    pub(super) fn add_file(&mut self, path: &str, text: &[u8]) -> FileId {
        if let Some(known) = self.files.iter().position(|f| f.path == path) {
            return FileId(offset(known));
        }
        self.files.push(SourceFile { path: path.to_owned(), text: text.to_vec() });
        FileId(offset(self.files.len() - 1))
    }

    /// Appends one line, newline included, that begins at `at` in its file.
    pub(super) fn add_line(&mut self, file: FileId, number: u32, at: usize, text: &[u8]) {
        self.lines.push(Line { start: offset(self.text.len()), offset: offset(at), file, number });
        self.text.extend_from_slice(text);
    }

    /// The text of each line with its file and number, in order.
    pub(super) fn lines(&self) -> impl Iterator<Item = (FileId, u32, &[u8])> {
        self.lines.iter().enumerate().map(|(i, l)| {
            let end = self.lines.get(i + 1).map_or(self.text.len(), |next| next.start as usize);
            (l.file, l.number, &self.text[l.start as usize..end])
        })
    }

    /// Sets the text shown for a file.
    pub(super) fn set_text(&mut self, file: FileId, text: Vec<u8>) {
        if let Some(known) = self.files.get_mut(file.0 as usize) {
            known.text = text;
        }
    }

    /// Sets where in its file the `index`-th line begins.
    pub(super) fn set_offset(&mut self, index: usize, at: usize) {
        if let Some(line) = self.lines.get_mut(index) {
            line.offset = offset(at);
        }
    }
}

/// Scripts are far below 4 GiB; [`super::load`] refuses larger ones.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
