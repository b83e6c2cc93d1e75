//! What stands at the cursor.

use std::ops::Range;

use sipc_compiler::source::{Memory, Source, load_alone};
use sipc_compiler::syntax::lexer;
use sipc_compiler::syntax::token::{Token, TokenKind};
use sipc_interface::{Kind, RouteKind};

struct Place {
    source: Source,
    tokens: Vec<Token>,
    /// The token at the cursor.
    at: usize,
}

impl Place {
    fn new(text: &str, offset: usize) -> Option<Place> {
        let (source, _, _) = load_alone(&Memory::of("document", text), "document");
        let (tokens, _, _) = lexer::tokens(&source);
        let offset = u32::try_from(offset).ok()?;
        let holds = |t: &Token| t.span.start <= offset && offset <= t.span.end && t.kind != TokenKind::End;
        let at = tokens.iter().rposition(|t| holds(t) && !matches!(t.kind, TokenKind::Symbol(_)))?;
        Some(Place { source, tokens, at })
    }

    fn text(&self, at: usize) -> String {
        let span = self.tokens.get(at).map_or_else(Default::default, |t| t.span);
        String::from_utf8_lossy(self.source.slice(span)).into_owned()
    }

    fn string(&self, at: usize) -> Option<String> {
        match &self.tokens.get(at)?.kind {
            TokenKind::Text(value) => Some(String::from_utf8_lossy(value).into_owned()),
            _ => None,
        }
    }

    fn range(&self) -> Range<usize> {
        let span = self.tokens[self.at].span;
        span.start as usize..span.end as usize
    }

    fn is(&self, at: Option<usize>, kind: &TokenKind) -> bool {
        at.and_then(|at| self.tokens.get(at)).is_some_and(|t| t.kind == *kind)
    }

    /// The call around the cursor and the number of the argument in it.
    fn call(&self) -> Option<(String, usize)> {
        let (mut depth, mut argument) = (0usize, 0usize);
        for at in (0..self.at).rev().take(200) {
            match self.tokens[at].kind {
                TokenKind::Symbol(")") => depth += 1,
                TokenKind::Symbol("(") if depth == 0 => {
                    return Some((self.text(at.checked_sub(1)?), argument));
                }
                TokenKind::Symbol("(") => depth -= 1,
                TokenKind::Symbol(",") if depth == 0 => argument += 1,
                TokenKind::Symbol(";" | "{" | "}") => return None,
                _ => {}
            }
        }
        None
    }
}

/// The names that can be explained at a byte of a text, and where they stand.
pub fn names(text: &str, offset: usize) -> Option<(Range<usize>, Vec<String>)> {
    let place = Place::new(text, offset)?;
    let names = match place.tokens[place.at].kind {
        TokenKind::Variable => in_variable(&place.text(place.at), offset - place.range().start),
        TokenKind::Word | TokenKind::Keyword(_) => vec![place.text(place.at)],
        TokenKind::Text(_) => in_string(&place),
        _ => return None,
    };
    Some((place.range(), names))
}

/// The transformation at the cursor, or the variable.
fn in_variable(text: &str, cursor: usize) -> Vec<String> {
    let before = text.get(..cursor).unwrap_or(text);
    if let Some(open) = before.rfind('{').filter(|open| !before[*open..].contains('}')) {
        let inner = text[open + 1..].split(['}', ',']).next().unwrap_or_default();
        return vec![format!("{{{inner}}}")];
    }
    let name = text.trim_start_matches('$').trim_start_matches('(');
    let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.').unwrap_or(name.len());
    vec![format!("${}", &name[..end])]
}

/// A module, or a parameter of one.
fn in_string(place: &Place) -> Vec<String> {
    let Some(text) = place.string(place.at) else { return Vec::new() };
    let module = |text: &str| text.rsplit('/').next().unwrap_or_default().trim_end_matches(".so").to_owned();
    if place.is(place.at.checked_sub(1), &TokenKind::Keyword("loadmodule")) {
        return vec![module(&text)];
    }
    match place.call() {
        Some((call, 0)) if call == "modparam" => text.split('|').map(str::to_owned).collect(),
        Some((call, 1)) if call == "modparam" => {
            let owners = place.at.checked_sub(2).and_then(|at| place.string(at)).unwrap_or_default();
            owners.split('|').map(|owner| format!("{owner}.{text}")).collect()
        }
        _ => Vec::new(),
    }
}

/// The route that is named at a byte of a text.
pub fn route(text: &str, offset: usize) -> Option<(RouteKind, String)> {
    let place = Place::new(text, offset)?;
    let name = match place.tokens[place.at].kind {
        TokenKind::Text(_) => place.string(place.at)?,
        TokenKind::Word | TokenKind::Number(_) => place.text(place.at),
        _ => return None,
    };
    let (call, argument) = place.call()?;
    Some((names_route(&call, argument)?, name))
}

/// The kind of route that an argument of a call names.
pub fn names_route(call: &str, argument: usize) -> Option<RouteKind> {
    match (call, argument) {
        ("route", 0) | ("async", 1) | ("launch", 1) => return Some(RouteKind::Request),
        _ => {}
    }
    let function = crate::explain::tables().find_map(|m| m.functions.iter().find(|f| f.name == call))?;
    match function.params.get(argument)?.kind {
        Kind::FailureRoute => Some(RouteKind::Failure),
        Kind::ReplyRoute => Some(RouteKind::Reply),
        Kind::BranchRoute => Some(RouteKind::Branch),
        Kind::Route => Some(RouteKind::Request),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> (String, usize) {
        let cursor = text.find('^').expect("the test has a cursor");
        (text.replacen('^', "", 1), cursor)
    }

    #[test]
    fn names_are_found_at_the_cursor() {
        for (text, name) in [
            ("route { t_re^lay(); }", "t_relay"),
            ("route { $var(x) = $(ru^{uri.host}); }", "$ru"),
            ("route { $var(x) = $(ru{uri.ho^st}); }", "{uri.host}"),
            ("loadmodule \"/x/t^m.so\"", "tm"),
            ("modparam(\"tm\", \"fr_^timeout\", 5)", "tm.fr_timeout"),
            ("log_le^vel = 3", "log_level"),
        ] {
            let (text, cursor) = at(text);
            assert_eq!(names(&text, cursor).map(|(_, names)| names), Some(vec![name.to_owned()]), "{text}");
        }
    }

    #[test]
    fn routes_are_told_by_who_names_them() {
        for (text, expected) in [
            ("route { route(a^b, 1); }", Some(RouteKind::Request)),
            ("route { t_on_failure(\"a^b\"); }", Some(RouteKind::Failure)),
            ("route { xlog(\"a^b\"); }", None),
        ] {
            let (text, cursor) = at(text);
            assert_eq!(route(&text, cursor), expected.map(|kind| (kind, "ab".to_owned())), "{text}");
        }
    }
}
