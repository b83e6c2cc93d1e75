//! Include lines.

use super::{FileId, Files, Source, Span};
use crate::diagnostics::{Diagnostic, codes};
use crate::values::{self, Values};

/// Files nested in each other, the main file included (LANGUAGE 1.2).
const DEPTH_MAX: usize = 20;
/// Bytes of a path that was put together from an include line.
const JOINED_PATH_MAX: usize = 256;
/// Bytes of any path.
const PATH_MAX: usize = 2048;
/// Bytes of a whole script; offsets are 32 bits wide.
const SCRIPT_MAX: usize = 1 << 30;

/// Reads a script and everything it includes.
///
/// The result is usable also when there are diagnostics: an include that failed is left out.
pub fn load(files: &dyn Files, path: &str) -> (Source, Vec<Diagnostic>) {
    load_with(files, path, &Values::default())
}

/// The same, with site values in the paths of include lines.
pub fn load_with(files: &dyn Files, path: &str, values: &Values) -> (Source, Vec<Diagnostic>) {
    let mut flattener = Flattener { values: values.clone(), ..Flattener::new(files) };
    flattener.main(path);
    (flattener.source, flattener.found)
}

/// Reads one file and nothing that it includes; the include lines are blanked, and their spans given.
pub fn load_alone(files: &dyn Files, path: &str) -> (Source, Vec<Span>, Vec<Diagnostic>) {
    let mut flattener = Flattener { alone: Some(Vec::new()), ..Flattener::new(files) };
    flattener.main(path);
    (flattener.source, flattener.alone.unwrap_or_default(), flattener.found)
}

struct Flattener<'a> {
    files: &'a dyn Files,
    source: Source,
    stack: Vec<String>,
    found: Vec<Diagnostic>,
    /// The include lines, when they are not followed.
    alone: Option<Vec<Span>>,
    values: Values,
}

impl<'a> Flattener<'a> {
    fn new(files: &'a dyn Files) -> Flattener<'a> {
        Flattener {
            files,
            source: Source::default(),
            stack: Vec::new(),
            found: Vec::new(),
            alone: None,
            values: Values::default(),
        }
    }

    fn main(&mut self, path: &str) {
        match self.files.read(path) {
            Ok(text) => self.file(path, text),
            Err(error) => {
                self.source.add_file(path, b"");
                let message = format!("cannot read `{path}`: {error}");
                self.found.push(Diagnostic::new(&codes::UNREADABLE_SCRIPT, Span::default(), message));
            }
        }
    }

    fn file(&mut self, path: &str, mut text: Vec<u8>) {
        let bom = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        if text.last().is_some_and(|b| *b != b'\n') {
            text.push(b'\n');
        }
        let id = self.source.add_file(path, &text);
        self.stack.push(path.to_owned());
        let mut at = bom;
        for (number, line) in (1..).zip(text[bom..].split_inclusive(|b| *b == b'\n')) {
            self.line(id, number, at, line);
            at += line.len();
            if self.source.text.len() > SCRIPT_MAX {
                self.report(
                    id,
                    number,
                    at,
                    &codes::SCRIPT_TOO_LARGE,
                    "the script is larger than 1 GiB".into(),
                );
                break;
            }
        }
        self.stack.pop();
    }

    fn line(&mut self, file: FileId, number: u32, at: usize, line: &[u8]) {
        let place = self.source.text.len();
        self.source.add_line(file, number, at, line);
        if let Some(nul) = line.iter().position(|b| *b == 0) {
            let span = self.source.span(place + nul..place + nul + 1);
            self.found.push(
                Diagnostic::new(&codes::NUL_BYTE, span, "a script cannot contain NUL bytes".into())
                    .label("here"),
            );
        }
        let Some(quoted) = included_path(line) else {
            return;
        };
        let span = self.source.span(place + quoted.start..place + quoted.end);
        let path = String::from_utf8_lossy(&line[quoted]).into_owned();
        // The line itself is not script text: blank it, but keep it for positions.
        let end = self.source.text.len();
        self.source.text[place..end].iter_mut().for_each(|b| *b = if *b == b'\n' { b'\n' } else { b' ' });
        match &mut self.alone {
            Some(lines) => lines.push(self.source.span(place..end)),
            None => match self.values.fill_text(&path) {
                Ok(path) => self.include(&path, span),
                Err(name) => self.found.push(values::no_value(span, &name)),
            },
        }
    }

    fn include(&mut self, written: &str, span: Span) {
        let path = match self.resolve(written) {
            Ok(path) => path,
            Err(message) => {
                self.found.push(Diagnostic::new(&codes::PATH_TOO_LONG, span, message).label("this path"));
                return;
            }
        };
        if self.stack.contains(&path) {
            let mut chain = self.stack.join(" -> ");
            chain.push_str(" -> ");
            chain.push_str(&path);
            self.found.push(
                Diagnostic::new(&codes::INCLUDE_LOOP, span, format!("`{path}` includes itself"))
                    .label("included again here")
                    .note(format!("the chain is {chain}")),
            );
            return;
        }
        if self.stack.len() >= DEPTH_MAX {
            let message = format!("includes are nested more than {DEPTH_MAX} deep");
            self.found
                .push(Diagnostic::new(&codes::INCLUDE_DEPTH, span, message).label("this one is too deep"));
            return;
        }
        match self.files.read(&path) {
            Ok(text) => self.file(&path, text),
            Err(error) => self.unreadable(&path, written, &error, span),
        }
    }

    fn unreadable(&mut self, path: &str, written: &str, error: &std::io::Error, span: Span) {
        let mut found = Diagnostic::new(
            &codes::UNREADABLE_INCLUDE,
            span,
            format!("cannot read `{path}`: {}", said(error)),
        )
        .label("included here")
        .opensips(format!("failed to open {path}"));
        if path != written {
            found = found.note(format!("`{written}` is not in the current directory either"));
        }
        self.found.push(found);
    }

    /// As is when absolute or when it exists from the current directory; else beside the including file.
    fn resolve(&self, written: &str) -> Result<String, String> {
        let path = if written.starts_with('/') || self.files.exists(written) {
            written.to_owned()
        } else {
            let including = self.stack.last().map_or("", String::as_str);
            let folder =
                including.rsplit_once('/').map_or(".", |(dir, _)| if dir.is_empty() { "/" } else { dir });
            if folder.len() + 1 + written.len() + 1 > JOINED_PATH_MAX {
                return Err(format!("the path is longer than {JOINED_PATH_MAX} bytes"));
            }
            match folder {
                "." => written.to_owned(),
                _ => format!("{}/{written}", folder.trim_end_matches('/')),
            }
        };
        if path.len() >= PATH_MAX {
            return Err(format!("the path is longer than {PATH_MAX} bytes"));
        }
        Ok(path)
    }

    fn report(
        &mut self,
        file: FileId,
        line: u32,
        at: usize,
        code: &'static crate::diagnostics::Code,
        text: String,
    ) {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        self.found.push(Diagnostic::new(code, Span { start: at, end: at, line, file }, text));
    }
}

/// The system's words without its error number.
fn said(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

/// Where the path stands in an include line; `None` when it is none, malformed ones included.
fn included_path(line: &[u8]) -> Option<std::ops::Range<usize>> {
    let blank = line.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let rest = &line[blank..];
    let word = [&b"include_file"[..], b"import_file"].into_iter().find(|w| rest.starts_with(w))?.len();
    let space = rest[word..].iter().take_while(|b| b.is_ascii_whitespace() || **b == 0x0b).count();
    let open = blank + word + space;
    let quote = *line.get(open).filter(|b| matches!(b, b'"' | b'\''))?;
    let length = line[open + 1..].iter().position(|b| *b == quote)?;
    (length >= 2).then_some(open + 1..open + 1 + length)
}

#[cfg(test)]
mod tests {
    use super::included_path;

    #[test]
    fn include_lines_are_told_from_others() {
        let path = |line: &str| included_path(line.as_bytes()).map(|r| line[r].to_owned());
        assert_eq!(path("  import_file 'ab' # x\n").as_deref(), Some("ab"));
        assert_eq!(path("include_file\"a.cfg\"\n").as_deref(), Some("a.cfg"));
        for other in [
            "# include_file \"a.cfg\"\n",
            "include_file_x \"a\"\n",
            "include_file \"a\"\n",
            "include_file \"ab\n",
        ] {
            assert_eq!(path(other), None, "{other}");
        }
    }
}
