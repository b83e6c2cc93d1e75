//! Paths within documents: `$json(name/key[0].keys)`, `$xml(name/element[0].attr/id)`.

use super::formats::Place;
use super::{Checker, shown};
use crate::diagnostics::codes;
use crate::ir::{InnerName, Path, Step, VarRef};
use sipc_interface::{Inner, Variable};

/// A path being read.
struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    place: Place,
    steps: Vec<Step>,
}

/// Why a text is no path; `None` when that was reported.
type Fault = Option<&'static str>;

impl Checker<'_> {
    /// The path in the parentheses of a variable.
    pub(super) fn path(&mut self, variable: &Variable, text: &[u8], place: Place) -> Option<InnerName> {
        let json = variable.inner == Inner::Json;
        let ends: &[u8] = if json { b"/[." } else { b"/" };
        let end = text.iter().position(|b| ends.contains(b)).unwrap_or(text.len());
        let mut reader = Reader { text, at: end, place, steps: Vec::new() };
        let read = match (json, end) {
            (true, _) => self.json_steps(&mut reader),
            (false, 0) => Err(Some("the name of the document is missing")),
            (false, _) => self.xml_steps(&mut reader),
        };
        match read {
            Ok(()) => Some(InnerName::Path(Path { name: text[..end].into(), steps: reader.steps })),
            Err(None) => None,
            Err(Some(why)) => {
                let at = reader.at.min(text.len().saturating_sub(1));
                let span = self.span_in(place, at..at + 1);
                let message = format!("`{}` is no path of `${}`", shown(text), variable.name);
                let fault = self.fault(&codes::BAD_INNER_NAME, span, message).label(why);
                self.push(fault.opensips("unknown script variable"));
                None
            }
        }
    }

    /// `/key`, `[index]`, `[]`; at the end `.keys` or `.values`.
    fn json_steps(&mut self, r: &mut Reader<'_>) -> Result<(), Fault> {
        while let Some(byte) = r.text.get(r.at).copied() {
            r.at += 1;
            match byte {
                b'/' => self.key(r, b"/[.", true)?,
                b'[' => self.index_step(r, true)?,
                b'.' => {
                    let word = &r.text[r.at..];
                    if !matches!(word, b"keys" | b"values") {
                        return Err(Some("only `.keys` and `.values` can stand here"));
                    }
                    r.steps.push(Step::Word(word.into()));
                    r.at = r.text.len();
                }
                _ => return Err(Some("expected `/`, `[` or `.`")),
            }
        }
        Ok(())
    }

    /// `/element`, `/element[index]`; at the end `.val` or `.attr/name`.
    fn xml_steps(&mut self, r: &mut Reader<'_>) -> Result<(), Fault> {
        while let Some(byte) = r.text.get(r.at).copied() {
            let named = matches!(r.steps.last(), Some(Step::Key(_) | Step::KeyOf(_)));
            r.at += 1;
            match byte {
                b'/' => self.key(r, b"/[", false)?,
                b'[' if named => self.index_step(r, false)?,
                b'.' if r.text[r.at..].starts_with(b"val") => {
                    r.steps.push(Step::Word(b"val"[..].into()));
                    r.at = r.text.len();
                }
                b'.' if r.text[r.at..].starts_with(b"attr/") => {
                    r.steps.push(Step::Word(b"attr"[..].into()));
                    r.at += 5;
                    self.key(r, b"", false)?;
                }
                _ => return Err(Some("expected `/`, `.val` or `.attr/name`, or an index behind an element")),
            }
        }
        Ok(())
    }

    /// The name behind a slash, up to one of the ends.
    fn key(&mut self, r: &mut Reader<'_>, ends: &[u8], may_be_empty: bool) -> Result<(), Fault> {
        if r.text.get(r.at) == Some(&b'$') {
            let variable = self.step_variable(r)?;
            r.steps.push(Step::KeyOf(variable));
            return Ok(());
        }
        let rest = &r.text[r.at..];
        let attribute = ends.is_empty();
        let is_end = |n: usize| {
            let access = !may_be_empty && !attribute && is_access(&rest[n..]);
            ends.contains(&rest[n]) || access
        };
        let length = (0..rest.len()).find(|n| is_end(*n)).unwrap_or(rest.len());
        if length == 0 && !may_be_empty {
            return Err(Some("a name is missing"));
        }
        // OpenSIPS takes a last slash with nothing behind it for the key
        let key = if rest.is_empty() { &b"/"[..] } else { &rest[..length] };
        r.steps.push(Step::Key(key.into()));
        r.at += length;
        Ok(())
    }

    /// What stands in brackets; `r` is behind the first.
    fn index_step(&mut self, r: &mut Reader<'_>, json: bool) -> Result<(), Fault> {
        let rest = &r.text[r.at..];
        let blanks = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
        if rest.get(blanks) == Some(&b'$') {
            r.at += blanks;
            let variable = self.step_variable(r)?;
            r.steps.push(Step::AtOf(variable));
        } else {
            let length = rest.iter().position(|b| *b == b']').unwrap_or(rest.len());
            let number = shown(rest[..length].trim_ascii());
            r.steps.push(match number.parse::<i32>() {
                Ok(n) if json || n >= 0 => Step::At(n),
                _ if json && number.is_empty() => Step::End,
                _ => return Err(Some("this is no index")),
            });
            r.at += length;
        }
        match r.text.get(r.at) {
            Some(b']') => {
                r.at += 1;
                Ok(())
            }
            _ => Err(Some("expected `]`")),
        }
    }

    fn step_variable(&mut self, r: &mut Reader<'_>) -> Result<Box<VarRef>, Fault> {
        let found = self.value_variable(&r.text[r.at..], r.place.from(r.at));
        let (variable, length) = found.ok_or(None)?;
        r.at += length;
        Ok(Box::new(variable))
    }
}

/// `.val` and `.attr/` end the name of an XML element; another dot is part of it.
fn is_access(rest: &[u8]) -> bool {
    rest.starts_with(b".val") || rest.starts_with(b".attr/")
}
