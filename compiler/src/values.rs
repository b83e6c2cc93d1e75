//! Site values: `${NAME}` in a script, filled from `-D NAME=VALUE` or the environment before anything is read.
//!
//! A name is letters, digits and underscores; anything else after `${` is left alone, and so is what stands in
//! comments or behind `$$`. One that has no value is a fault: a script with a hole in it must not go into
//! service.

use std::collections::BTreeMap;

use crate::diagnostics::{Diagnostic, codes};
use crate::source::{Source, Span};
use crate::syntax::lexer;

/// Missing values that are reported; more of them say nothing new.
const FAULTS_MAX: usize = 100;

/// Where values come from.
#[derive(Debug, Clone, Default)]
pub struct Values {
    defined: BTreeMap<String, String>,
    environment: Option<fn(&str) -> Option<String>>,
}

impl Values {
    /// Values given as `NAME=VALUE`; what is not among them comes from `environment`.
    ///
    /// # Errors
    /// What is wrong with a definition.
    pub fn new<S: AsRef<str>>(
        definitions: impl IntoIterator<Item = S>,
        environment: Option<fn(&str) -> Option<String>>,
    ) -> Result<Values, String> {
        let mut defined = BTreeMap::new();
        for definition in definitions {
            let definition = definition.as_ref();
            let (name, value) = definition
                .split_once('=')
                .filter(|(name, _)| name_length(name.as_bytes()) == name.len() && !name.is_empty())
                .ok_or_else(|| format!("-D wants NAME=VALUE, not `{definition}`"))?;
            if value.contains(['\n', '\0']) {
                return Err(format!("the value of {name} must be one line"));
            }
            defined.insert(name.to_owned(), value.to_owned());
        }
        Ok(Values { defined, environment })
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<String> {
        let outside = || self.environment.and_then(|e| e(name)).filter(|v| !v.contains(['\n', '\0']));
        self.defined.get(name).cloned().or_else(outside)
    }

    /// Names that are defined and that a script does not ask for.
    pub fn unused<'a>(&'a self, asked: &'a [String]) -> impl Iterator<Item = &'a str> {
        self.defined.keys().map(String::as_str).filter(|name| !asked.iter().any(|a| a == name))
    }

    /// A text with its values filled in.
    ///
    /// # Errors
    /// The first name without a value.
    pub fn fill_text(&self, text: &str) -> Result<String, String> {
        let mut out = Vec::new();
        let mut at = 0;
        for (range, name) in places(text.as_bytes()) {
            out.extend_from_slice(&text.as_bytes()[at..range.start]);
            out.extend(self.get(&name).ok_or(name)?.into_bytes());
            at = range.end;
        }
        out.extend_from_slice(&text.as_bytes()[at..]);
        Ok(String::from_utf8_lossy(&out).into_owned())
    }
}

/// A source with its values filled in.
#[derive(Debug)]
pub struct Filled {
    /// The text to be read.
    pub source: Source,
    /// The names that it asks for.
    pub names: Vec<String>,
    /// Names without a value.
    pub faults: Vec<Diagnostic>,
}

/// Fills in what a script asks for.
pub fn fill(source: Source, values: &Values) -> Filled {
    let places = outside_comments(&source);
    let (mut edits, mut names, mut unset) = (Vec::new(), Vec::new(), Vec::new());
    for (span, name) in places {
        match values.get(&name) {
            Some(value) => edits.push((span, value.into_bytes())),
            None => {
                unset.push((edits.len(), name.clone()));
                edits.push((span, source.slice(span).to_vec()));
            }
        }
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if edits.is_empty() {
        return Filled { source, names, faults: Vec::new() };
    }
    let (source, spans) = source.edited(&edits);
    let faults = unset
        .iter()
        .take(FAULTS_MAX)
        .filter_map(|(at, name)| Some(no_value(*spans.get(*at)?, name)))
        .collect();
    Filled { source, names, faults }
}

/// The fault of a name without a value.
pub(crate) fn no_value(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(&codes::NO_VALUE, span, format!("`{name}` has no value"))
        .label("to be filled in")
        .help(format!("give it with `-D {name}=VALUE`, or set {name} in the environment"))
}

/// Every site value that a script asks for, with its name.
pub(crate) fn outside_comments(source: &Source) -> Vec<(Span, String)> {
    let places = places(&source.text);
    if places.is_empty() {
        return Vec::new();
    }
    let (_, comments, _) = lexer::tokens(source);
    let spans = places.into_iter().map(|(range, name)| (source.span(range), name));
    let in_comment = |span: &Span| {
        let before = comments.partition_point(|c| c.span.start <= span.start);
        before.checked_sub(1).is_some_and(|i| span.start < comments[i].span.end)
    };
    spans.filter(|(span, _)| !in_comment(span)).collect()
}

/// Every `${NAME}`, with its name.
fn places(text: &[u8]) -> Vec<(std::ops::Range<usize>, String)> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(dollar) = text[at..].iter().position(|b| *b == b'$').map(|n| at + n) {
        let rest = &text[dollar + 1..];
        at = dollar + 1;
        if rest.first() == Some(&b'$') {
            at += 1;
            continue;
        }
        let Some(inner) = rest.strip_prefix(b"{") else { continue };
        let length = name_length(inner);
        if length > 0 && inner.get(length) == Some(&b'}') {
            let end = dollar + 3 + length;
            found.push((dollar..end, String::from_utf8_lossy(&inner[..length]).into_owned()));
            at = end;
        }
    }
    found
}

/// Bytes of the name that a text begins with.
fn name_length(text: &[u8]) -> usize {
    if text.first().is_none_or(u8::is_ascii_digit) {
        return 0;
    }
    text.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_in_braces_are_places() {
        let names = |text: &str| places(text.as_bytes()).into_iter().map(|(_, n)| n).collect::<Vec<_>>();
        assert_eq!(names("udp:${IP}:5060 ${_a1}x"), ["IP", "_a1"]);
        assert_eq!(names("$(hdr(X){s.len}) $ru{uri.host} ${1,2} ${} $${X} ${1} ${a b} ${a"), [""; 0]);
        assert_eq!(names("$$${X}"), ["X"]);
    }

    #[test]
    fn definitions_come_first_and_must_be_names() {
        let values = Values::new(["A=1=2"], Some(|name| (name == "B").then(|| "env".into()))).expect("good");
        assert_eq!(values.fill_text("${A}/${B}").as_deref(), Ok("1=2/env"));
        assert_eq!(values.fill_text("${C}"), Err("C".to_owned()));
        for bad in ["A", "=1", "1A=2", "a b=c"] {
            assert!(Values::new([bad], None).is_err(), "{bad}");
        }
    }
}
