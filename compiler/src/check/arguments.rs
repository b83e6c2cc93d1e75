//! Arguments against parameters (LANGUAGE 9).

use super::formats::Place;
use super::variables::Flag;
use super::{Checker, shown};
use crate::diagnostics::{Diagnostic, codes};
use crate::ir::{Arg, Format, FormatPart};
use crate::source::Span;
use crate::syntax::tree::{self, Argument, Scalar, Text};
use sipc_interface::{Function, Kind, Param, RouteKind, posix};

/// The methods that OpenSIPS knows.
const METHODS: &[&str] = &[
    "INVITE",
    "CANCEL",
    "ACK",
    "BYE",
    "INFO",
    "OPTIONS",
    "UPDATE",
    "REGISTER",
    "MESSAGE",
    "SUBSCRIBE",
    "NOTIFY",
    "PRACK",
    "REFER",
    "PUBLISH",
];

impl Checker<'_> {
    /// All arguments, one per parameter.
    pub(super) fn arguments(&mut self, function: &'static Function, call: &tree::Call) -> Option<Vec<Arg>> {
        if !self.right_count(function, call) {
            self.check_loose_arguments(call);
            return None;
        }
        let mut args: Vec<Option<Arg>> = Vec::new();
        for (i, param) in function.params.iter().enumerate() {
            args.push(match call.args.get(i) {
                Some(Argument::Scalar(scalar)) => self.argument(function, param, scalar),
                Some(Argument::Empty(span)) if !param.optional => {
                    self.omitted(function, param, if call.args.len() == 1 { call.span } else { *span });
                    None
                }
                Some(Argument::Empty(_)) | None => Some(Arg::Omitted),
            });
        }
        args.into_iter().collect()
    }

    fn right_count(&mut self, function: &Function, call: &tree::Call) -> bool {
        let (given, most) = (call.args.len(), function.params.len());
        let least = function.params.iter().rposition(|p| !p.optional).map_or(0, |last| last + 1);
        if (least..=most).contains(&given) {
            return true;
        }
        let (few, name) = (given < least, function.name);
        let wanted = match (least, most) {
            (_, 0) => "no arguments".to_owned(),
            (1, 1) => "one argument".to_owned(),
            (least, most) if least == most => format!("{least} arguments"),
            (least, most) => format!("{least} to {most} arguments"),
        };
        let message = format!("`{name}` takes {wanted}, not {given}");
        let words = if few { "few" } else { "many" };
        let span = if few { call.span } else { argument_span(&call.args[most]).to(call.span.tail()) };
        let fault = self
            .fault(&codes::ARGUMENT_COUNT, span, message)
            .label(if few { "too few arguments" } else { "too many arguments" })
            .help(signature(function))
            .opensips(format!("too {words} parameters for command <{name}>\n"));
        self.push(fault);
        false
    }

    fn omitted(&mut self, function: &Function, param: &Param, span: Span) {
        let message = format!("the parameter `{}` of `{}` must be given", param.name, function.name);
        let fault = self
            .fault(&codes::ARGUMENT_COUNT, span, message)
            .label("nothing here")
            .help(signature(function))
            .opensips(format!("mandatory parameter omitted for command <{}>\n", function.name));
        self.push(fault);
    }

    fn argument(&mut self, function: &Function, param: &Param, scalar: &Scalar) -> Option<Arg> {
        match (param.kind, scalar) {
            (Kind::Int, Scalar::Number(number)) => {
                let value = number.value;
                self.checked(function, param, value.to_string().as_bytes(), number.span)?;
                Some(Arg::Int(value))
            }
            (Kind::Variable | Kind::Target, Scalar::Variable(variable)) => {
                let found = self.variable(variable)?;
                self.checked(function, param, found.variable.name.as_bytes(), variable.span)?;
                if param.kind == Kind::Target && !found.variable.writable {
                    let message =
                        format!("`{}` stores into this variable, which is read-only", function.name);
                    let fault = self.fault(&codes::NOT_WRITABLE, variable.span, message);
                    self.push(fault.label("cannot be assigned to"));
                    return None;
                }
                Some(Arg::Variable(found))
            }
            (Kind::Variable | Kind::Target, _) | (_, Scalar::Null(_)) => {
                self.wrong_kind(function, param, scalar)
            }
            (_, Scalar::Variable(variable)) if param.fixed => {
                self.not_fixed(function, param, variable.span, "a variable");
                None
            }
            (_, Scalar::Variable(variable)) => self.variable(variable).map(Arg::Dynamic),
            (Kind::Int, Scalar::Text(_)) | (_, Scalar::Number(_)) => self.wrong_kind(function, param, scalar),
            (_, Scalar::Text(text)) => self.text_argument(function, param, text),
        }
    }

    fn text_argument(&mut self, function: &Function, param: &Param, text: &Text) -> Option<Arg> {
        if param.kind == Kind::Regex {
            return self.pattern(text, posix::Options::PARAMETER).map(Arg::Regex);
        }
        if param.expand && text.value.contains(&b'$') {
            let format = self.format(text)?;
            if param.fixed {
                self.not_fixed(function, param, text.span, "a string with variables");
                return None;
            }
            if format.literal().is_none() {
                return Some(Arg::Format(format));
            }
            return self.literal_argument(function, param, &joined(&format), text);
        }
        self.literal_argument(function, param, &text.value, text)
    }

    /// A literal, converted to what the parameter wants.
    fn literal_argument(
        &mut self,
        function: &Function,
        param: &Param,
        value: &[u8],
        text: &Text,
    ) -> Option<Arg> {
        self.checked(function, param, value, text.span)?;
        match param.kind {
            Kind::MessageFlag => self.flag(Flag::Message, value, text.span).map(Arg::Flag),
            Kind::BranchFlag => self.flag(Flag::Branch, value, text.span).map(Arg::Flag),
            Kind::DialogFlag => self.flag(Flag::Dialog, value, text.span).map(Arg::Flag),
            Kind::FailureRoute => self.route_named(RouteKind::Failure, value, text.span).map(Arg::Route),
            Kind::ReplyRoute => self.route_named(RouteKind::Reply, value, text.span).map(Arg::Route),
            Kind::BranchRoute => self.route_named(RouteKind::Branch, value, text.span).map(Arg::Route),
            Kind::Route => self.route_named(RouteKind::Request, value, text.span).map(Arg::Route),
            Kind::Methods => self.methods(value, text),
            _ => Some(Arg::Text(value.into())),
        }
    }

    /// Whether a literal is what the function's declaration asks for.
    fn checked(&mut self, function: &Function, param: &Param, value: &[u8], span: Span) -> Option<()> {
        let Some(Err(why)) = param.check.map(|check| check(value)) else { return Some(()) };
        let message =
            format!("`{}` cannot be the parameter `{}` of `{}`", shown(value), param.name, function.name);
        let fault = self.fault(&codes::BAD_LITERAL, span, message).label(why);
        self.push(fault.opensips("Fixup failed for param"));
        None
    }

    /// `INVITE|ACK`: tokens joined by bars.
    fn methods(&mut self, value: &[u8], text: &Text) -> Option<Arg> {
        let token = |b: &u8| b.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(b);
        // A method that OpenSIPS does not know can only stand alone.
        let single = !value.contains(&b'|');
        let known = |method: &[u8]| METHODS.iter().any(|m| method.eq_ignore_ascii_case(m.as_bytes()));
        let good =
            |method: &[u8]| !method.is_empty() && method.iter().all(token) && (single || known(method));
        if value.split(|b| *b == b'|').all(|m| good(m.trim_ascii())) {
            return Some(Arg::Methods(value.into()));
        }
        let message = format!("`{}` is not a list of methods", shown(value));
        let fault = self.fault(&codes::BAD_LITERAL, text.span, message).label("cannot be read");
        self.push(fault.help("write methods joined by `|`, as in \"INVITE|ACK\""));
        None
    }

    fn wrong_kind(&mut self, function: &Function, param: &Param, scalar: &Scalar) -> Option<Arg> {
        let (wanted, words) = wanted(param.kind);
        let given = match scalar {
            Scalar::Text(_) => "a string",
            Scalar::Number(_) => "a number",
            Scalar::Null(_) => "NULL",
            Scalar::Variable(_) => "a variable",
        };
        let message =
            format!("the parameter `{}` of `{}` takes {wanted}, not {given}", param.name, function.name);
        let fault = Diagnostic::new(&codes::ARGUMENT_KIND, scalar.span(), message)
            .label(format!("expected {wanted}"))
            .opensips(format!("Failed to fix command <{}>: expected to be {words}", function.name));
        let fault = match (param.kind, scalar) {
            (Kind::Variable | Kind::Target, Scalar::Text(text)) if text.value.first() == Some(&b'$') => {
                fault.help(format!("write it without quotes: {}", shown(&text.value)))
            }
            (Kind::Int, Scalar::Text(text)) if shown(&text.value).parse::<i32>().is_ok() => {
                fault.help(format!("write it without quotes: {}", shown(&text.value)))
            }
            (_, Scalar::Number(number)) => fault.help(format!("write it in quotes: \"{}\"", number.value)),
            _ => fault,
        };
        self.push(fault);
        None
    }

    fn not_fixed(&mut self, function: &Function, param: &Param, span: Span, given: &str) {
        let message = format!(
            "the parameter `{}` of `{}` must be a plain string, not {given}",
            param.name, function.name
        );
        let fault = self
            .fault(&codes::ARGUMENT_FIXED, span, message)
            .label("its value must be known when the script is loaded")
            .opensips(format!("Failed to fix command <{}>: does not support variables", function.name));
        self.push(fault);
    }

    /// Finds faults in the arguments of a call whose function is not known.
    pub(super) fn check_loose_arguments(&mut self, call: &tree::Call) {
        for argument in &call.args {
            if let Argument::Scalar(Scalar::Variable(variable)) = argument {
                let text = self.source.slice(variable.span);
                let _ = self.value_variable(text, Place::of_token(variable.span));
            }
        }
    }
}

/// What a kind accepts, here and in OpenSIPS' words.
fn wanted(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Int => ("a number or a variable", "an integer or variable"),
        Kind::Variable | Kind::Target => ("a variable", "a variable"),
        _ => ("a string or a variable", "a string or variable"),
    }
}

/// `name(first, [second])`.
fn signature(function: &Function) -> String {
    let params: Vec<String> = function
        .params
        .iter()
        .map(|p| if p.optional { format!("[{}]", p.name) } else { p.name.to_owned() })
        .collect();
    format!("it is called as `{}({})`", function.name, params.join(", "))
}

fn argument_span(argument: &Argument) -> Span {
    match argument {
        Argument::Empty(span) => *span,
        Argument::Scalar(scalar) => scalar.span(),
    }
}

/// The text of a format without variables; `$$` has become `$` in it.
fn joined(format: &Format) -> Vec<u8> {
    let parts = format.parts.iter().map(|p| match p {
        FormatPart::Literal(text) => &text[..],
        FormatPart::Variable(_) => &[],
    });
    parts.collect::<Vec<_>>().concat()
}
