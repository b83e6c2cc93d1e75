//! The text that goes through `-p CMD`, and what comes back.
//!
//! OpenSIPS writes marker lines into the flattened text so that positions survive the command; existing
//! filters expect them, so they are written and read here. Running the command is the caller's work.

use super::{FileId, Source};

const LINE: &str = "__OSSPP_LINE__";
const BEGIN: &str = "__OSSPP_FILEBEGIN__";
const END: &str = "__OSSPP_FILEEND__";

/// The flattened text with marker lines.
pub fn annotated(source: &Source) -> Vec<u8> {
    let mut out = Vec::with_capacity(source.text.len() * 2);
    let mut stack: Vec<FileId> = Vec::new();
    for (file, number, text) in source.lines() {
        while stack.last().is_some_and(|top| *top != file) && stack.contains(&file) {
            stack.pop();
            out.extend_from_slice(format!("{END}\n").as_bytes());
        }
        if stack.last() != Some(&file) {
            let path = source.file(file).map_or("", |f| f.path.as_str());
            out.extend_from_slice(format!("{BEGIN} \"{path}\"\n").as_bytes());
            stack.push(file);
        }
        out.extend_from_slice(format!("{LINE} {number}\n").as_bytes());
        out.extend_from_slice(text);
    }
    for _ in stack {
        out.extend_from_slice(format!("{END}\n").as_bytes());
    }
    out
}

/// A source from text with marker lines; without any, everything is one file called `path`.
pub fn from_annotated(path: &str, text: &[u8]) -> Source {
    let mut source = Source::default();
    let mut stack = vec![source.add_file(path, b"")];
    let (mut number, mut shown) = (0, Vec::<(FileId, Vec<u8>)>::new());
    let mut index = 0;
    for line in text.split_inclusive(|b| *b == b'\n') {
        match marker(line) {
            Some((BEGIN, rest)) => stack.push(source.add_file(rest.trim_matches('"'), b"")),
            Some((END, _)) if stack.len() > 1 => drop(stack.pop()),
            Some((LINE, rest)) => number = rest.parse::<u32>().map_or(number, |n| n.saturating_sub(1)),
            Some(_) => {}
            None => {
                let file = stack.last().copied().unwrap_or_default();
                number += 1;
                let at = append(&mut shown, file, line);
                source.add_line(file, number, 0, line);
                source.set_offset(index, at);
                index += 1;
            }
        }
    }
    for (file, text) in shown {
        source.set_text(file, text);
    }
    source
}

fn append(shown: &mut Vec<(FileId, Vec<u8>)>, file: FileId, line: &[u8]) -> usize {
    let known = shown.iter().position(|(id, _)| *id == file);
    let slot = known.unwrap_or_else(|| {
        shown.push((file, Vec::new()));
        shown.len() - 1
    });
    let at = shown[slot].1.len();
    shown[slot].1.extend_from_slice(line);
    at
}

fn marker(line: &[u8]) -> Option<(&'static str, &str)> {
    let line = std::str::from_utf8(line).ok()?.trim_end_matches('\n');
    [LINE, BEGIN, END].into_iter().find_map(|m| Some((m, line.strip_prefix(m)?.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_survive_the_round_trip() {
        let text = b"__OSSPP_FILEBEGIN__ \"a.cfg\"\n__OSSPP_LINE__ 3\nroute { exit; }\n__OSSPP_FILEEND__\n";
        let source = from_annotated("stdin", text);
        assert_eq!(source.text, b"route { exit; }\n");
        let position = source.position(8);
        assert_eq!((position.line, position.column), (3, 9));
        assert_eq!(source.file(position.file).map(|f| f.path.as_str()), Some("a.cfg"));
    }
}
