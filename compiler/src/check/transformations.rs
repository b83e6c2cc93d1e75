//! Transformations and their arguments (LANGUAGE 7.1).

use super::formats::Place;
use super::{Checker, shown};
use crate::diagnostics::{codes, nearest};
use crate::ir::{Transform, TransformValue};
use crate::source::Span;
use crate::syntax::variable::{self, Argument, TransformParts};
use sipc_interface::{TransformArg, Transformation, known};
use std::ops::Range;

impl Checker<'_> {
    /// One `{class.name,…}` of a variable; ranges are into the text of the variable.
    pub(super) fn transformation(
        &mut self,
        text: &[u8],
        parts: &TransformParts,
        place: Place,
    ) -> Option<Transform> {
        let body = &text[parts.body.clone()];
        let place = place.from(parts.body.start);
        let comma = body.iter().position(|b| *b == b',').unwrap_or(body.len());
        let class = shown(&text[parts.class.clone()]).to_ascii_lowercase();
        let name = shown(body[..comma].trim_ascii()).to_ascii_lowercase();
        if let Some(transformation) =
            self.find_transformation(&format!("{class}.{}", without_tail(&class, &name)))
        {
            let args = self.transformation_args(transformation, body, comma, None, place)?;
            return Some(Transform { transformation, args });
        }
        // `{nameaddr.1.uri}`: an index before the name.
        let prefixed =
            name.rsplit_once('.').and_then(|(_, name)| self.find_transformation(&format!("{class}.{name}")));
        if let Some(transformation) = prefixed.filter(|t| t.args.last() == Some(&TransformArg::Prefix)) {
            let dot = body[..comma].iter().rposition(|b| *b == b'.').unwrap_or(0);
            let args = self.transformation_args(transformation, body, comma, Some(0..dot), place)?;
            return Some(Transform { transformation, args });
        }
        let span = self.span_in(place, 0..body.len());
        self.unknown_transformation(&class, &name, span);
        None
    }

    fn find_transformation(&self, name: &str) -> Option<&'static Transformation> {
        self.loaded.iter().find_map(|m| m.transformations.iter().find(|t| t.name == name))
    }

    fn unknown_transformation(&mut self, class: &str, name: &str, span: Span) {
        let full = format!("{class}.{name}");
        let all = sipc_interface::modules::ALL.iter().chain(self.loaded.iter());
        let tables: Vec<&str> = all.flat_map(|m| m.transformations).map(|t| t.name).collect();
        let fault =
            self.fault(&codes::UNKNOWN_TRANSFORMATION, span, format!("there is no transformation `{full}`"));
        let fault = fault.label("unknown").opensips("unknown script variable");
        let fault = if tables.contains(&full.as_str()) {
            fault.note("it belongs to a module that is not loaded above")
        } else if matches!(class, "isup" | "rest") && known::is_module("rest_client") {
            fault.note("OpenSIPS has this class in a module; it is not built yet")
        } else if let Some(near) = nearest(&full, tables) {
            fault.help(format!("`{near}` has a similar name"))
        } else {
            fault
        };
        self.push(fault);
    }

    fn transformation_args(
        &mut self,
        of: &'static Transformation,
        body: &[u8],
        comma: usize,
        prefix: Option<Range<usize>>,
        place: Place,
    ) -> Option<Vec<TransformValue>> {
        let mut args = Vec::new();
        let mut at = comma;
        for kind in of.args {
            if *kind == TransformArg::Prefix {
                args.push(match &prefix {
                    Some(range) => self.number_of(of, &body[range.clone()], 0, place.from(range.start))?.0,
                    None => TransformValue::Omitted,
                });
                continue;
            }
            at += body[at..].iter().take_while(|b| b.is_ascii_whitespace()).count();
            if body.get(at) != Some(&b',') {
                if *kind == TransformArg::OptionalNumber && at >= body.len() {
                    args.push(TransformValue::Omitted);
                    continue;
                }
                let span = self.span_in(place, 0..body.len());
                return self.bad_argument(of, span, "an argument is missing");
            }
            let (value, end) = self.transformation_arg(of, *kind, body, at + 1, place)?;
            args.push(value);
            at = end;
        }
        Some(args)
    }

    fn transformation_arg(
        &mut self,
        of: &'static Transformation,
        kind: TransformArg,
        body: &[u8],
        from: usize,
        place: Place,
    ) -> Option<(TransformValue, usize)> {
        let blanks = body[from..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        let dollar = body.get(from + blanks) == Some(&b'$');
        match kind {
            TransformArg::Number | TransformArg::OptionalNumber | TransformArg::Prefix => {
                self.number_of(of, body, from, place)
            }
            TransformArg::Character => match body.get(from) {
                Some(byte) => Some((TransformValue::Text([*byte].into()), from + 1)),
                None => {
                    let span = self.span_in(place, 0..body.len());
                    self.bad_argument(of, span, "the separator is missing")
                }
            },
            TransformArg::Padding if dollar => {
                let span = self.span_in(place, from..body.len());
                self.bad_argument(of, span, "it takes no variable")
            }
            _ if dollar => {
                let start = from + blanks;
                let (variable, end) = self.value_variable(&body[start..], place.from(start))?;
                Some((TransformValue::Dynamic(variable), start + end))
            }
            TransformArg::Rest => {
                let start = from + blanks;
                Some((TransformValue::Text(body[start..].trim_ascii_end().into()), body.len()))
            }
            _ => self.text_of_argument(of, kind, body, from, place),
        }
    }

    fn text_of_argument(
        &mut self,
        of: &'static Transformation,
        kind: TransformArg,
        body: &[u8],
        from: usize,
        place: Place,
    ) -> Option<(TransformValue, usize)> {
        let open = matches!(kind, TransformArg::Padding | TransformArg::Substitution);
        let Some(Argument::Text(range, end)) = variable::text_argument(body, from, open) else {
            let span = self.span_in(place, from..body.len());
            return self.bad_argument(of, span, "a text is missing");
        };
        if kind == TransformArg::Padding && matches!(&body[range.clone()], b"" | b"''" | b"\"\"") {
            let span = self.span_in(place, 0..body.len());
            return self.bad_argument(of, span, "there is nothing to fill with");
        }
        Some((TransformValue::Text(body[range].into()), end))
    }

    /// A number or a variable that begins at `from`.
    fn number_of(
        &mut self,
        of: &'static Transformation,
        body: &[u8],
        from: usize,
        place: Place,
    ) -> Option<(TransformValue, usize)> {
        let blanks = body[from..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        let start = from + blanks;
        let padded = of.args.contains(&TransformArg::Padding);
        if body.get(start) == Some(&b'$') && !padded {
            let (variable, end) = self.value_variable(&body[start..], place.from(start))?;
            return Some((TransformValue::Dynamic(variable), start + end));
        }
        let span = self.span_in(place, start.min(body.len().saturating_sub(1))..body.len());
        match variable::number_argument(body, from) {
            Some(Argument::Number(value, _)) if value < 0 && matches!(of.name, "s.width" | "sdp.line") => {
                self.bad_argument(of, span, "it must not be negative")
            }
            Some(Argument::Number(value, end)) => Some((TransformValue::Number(value), end)),
            _ => self.bad_argument(of, span, "a number is expected"),
        }
    }

    fn bad_argument<T>(&mut self, of: &Transformation, span: Span, why: &str) -> Option<T> {
        let fault =
            self.fault(&codes::BAD_TRANSFORMATION, span, format!("wrong arguments for `{}`", of.name));
        self.push(fault.label(why).opensips("unknown script variable"));
        None
    }
}

/// OpenSIPS looks only at the beginning of `trimr…` and `triml…`.
fn without_tail<'a>(class: &str, name: &'a str) -> &'a str {
    let long_trim = class == "s" && (name.starts_with("trimr") || name.starts_with("triml"));
    if long_trim { &name[..5] } else { name }
}
