//! What is open in the editor, over what is on disk; and places in texts as editors count them, in lines and
//! UTF-16 units.

use std::collections::BTreeMap;
use std::ops::Range;

use lsp_types::Position;
use sipc_compiler::source::{Disk, Files};

/// The documents that are open, by path.
#[derive(Debug, Default)]
pub struct Documents {
    open: BTreeMap<String, String>,
}

impl Documents {
    pub fn set(&mut self, uri: &str, text: String) {
        self.open.insert(path(uri), text);
    }

    pub fn close(&mut self, uri: &str) {
        self.open.remove(&path(uri));
    }

    /// The text of an open document.
    pub fn text(&self, uri: &str) -> Option<String> {
        self.open.get(&path(uri)).cloned()
    }
}

impl Files for Documents {
    fn read(&self, path: &str) -> std::io::Result<Vec<u8>> {
        self.open.get(path).map_or_else(|| Disk.read(path), |text| Ok(text.clone().into_bytes()))
    }

    fn exists(&self, path: &str) -> bool {
        self.open.contains_key(path) || Disk.exists(path)
    }
}

/// The path of a `file:` URI; any other URI stands for itself.
pub fn path(uri: &str) -> String {
    let Some(rest) = uri.strip_prefix("file://") else { return uri.to_owned() };
    let (mut out, mut bytes) = (Vec::new(), rest.bytes());
    while let Some(byte) = bytes.next() {
        let hex = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16));
        let ahead = bytes.clone();
        match (byte, hex(bytes.next()), hex(bytes.next())) {
            (b'%', Some(high), Some(low)) => out.push((high * 16 + low) as u8),
            _ => {
                out.push(byte);
                bytes = ahead;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The URI of a path.
pub fn uri(path: &str) -> String {
    if !path.starts_with('/') {
        return path.to_owned();
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/".contains(&b);
    let shown = path.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") });
    format!("file://{}", shown.collect::<String>())
}

/// The byte at a position; positions beyond a line or the text stand for their ends.
pub fn offset(text: &str, position: Position) -> usize {
    let mut start = 0;
    for _ in 0..position.line {
        match text[start..].find('\n') {
            Some(at) => start += at + 1,
            None => return text.len(),
        }
    }
    let mut units = 0;
    for (at, c) in text[start..].char_indices() {
        if units >= position.character || c == '\n' {
            return start + at;
        }
        units += u32::try_from(c.len_utf16()).unwrap_or(1);
    }
    text.len()
}

/// The positions of a range of bytes.
pub fn range(text: &str, range: Range<usize>) -> lsp_types::Range {
    lsp_types::Range { start: position(text, range.start), end: position(text, range.end) }
}

fn position(text: &str, at: usize) -> Position {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let start = before.rfind('\n').map_or(0, |n| n + 1);
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let line = count(before.bytes().filter(|b| *b == b'\n').count());
    Position { line, character: count(before[start..].encode_utf16().count()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_as_editors_count() {
        let text = "a\nb\u{1f600}cé\n";
        let at = |line, character| offset(text, Position { line, character });
        assert_eq!((at(0, 0), at(1, 1), at(1, 3), at(1, 99), at(9, 0)), (0, 3, 7, 10, 11));
        for n in [0, 2, 3, 7, 8, 10, 11] {
            assert_eq!(offset(text, position(text, n)), n);
        }
    }

    #[test]
    fn uris_are_paths() {
        assert_eq!(path("file:///a%20b/%C3%A9.cfg"), "/a b/é.cfg");
        assert_eq!(path(&uri("/a b/é%.cfg")), "/a b/é%.cfg");
        assert_eq!(path("untitled:1"), "untitled:1");
        assert_eq!(path("file:///100%"), "/100%");
    }
}
