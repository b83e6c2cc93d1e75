//! Variables: name, inner name, index, context (LANGUAGE 6.1).

use super::formats::Place;
use super::{Checker, shown, slot};
use crate::diagnostics::{codes, nearest};
use crate::ir::{Index, InnerName, MessageContext, VarRef};
use crate::source::Span;
use crate::syntax::tree;
use crate::syntax::variable::{self, Parts};
use sipc_interface::{Inner, Module, Variable};

/// Named flags of one sort.
const FLAGS_MAX: usize = 32;

/// Which sort of flag.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flag {
    Message,
    Branch,
    Dialog,
}

impl Checker<'_> {
    /// A variable of the script text.
    pub(super) fn variable(&mut self, variable: &tree::Variable) -> Option<VarRef> {
        let text = self.source.slice(variable.span);
        let (found, end) = self.value_variable(text, Place::of_token(variable.span))?;
        if end < text.len() {
            let span = self.span_in(Place::of_token(variable.span), end..text.len());
            let message = format!("`{}` is ignored", shown(&text[end..]));
            let (name, rest) = (shown(&text[1..end]), shown(&text[end..]));
            let fault = self.fault(&codes::SWALLOWED, span, message);
            self.push(fault.label("has no effect here").help(format!("write `$({name}{rest})`")));
        }
        Some(found)
    }

    /// A variable as a value, and where it ends; `$$` is the variable `$`.
    pub(super) fn value_variable(&mut self, text: &[u8], place: Place) -> Option<(VarRef, usize)> {
        let (found, end) = self.variable_at(text, place)?;
        if let Some(found) = found {
            return Some((found, end));
        }
        let span = self.span_in(place, 0..end);
        let core = sipc_interface::core();
        let dollar = core.variables.iter().find(|v| v.name == "$");
        match dollar {
            Some(variable) => Some((plain(core, variable, span), end)),
            None => {
                self.report(&codes::VARIABLE_NOT_BUILT, span, "`$$` is not built yet".to_owned());
                None
            }
        }
    }

    /// The variable that begins a text, and where it ends; no variable for `$$`.
    pub(super) fn variable_at(&mut self, text: &[u8], place: Place) -> Option<(Option<VarRef>, usize)> {
        let parts = match variable::parse(text) {
            Ok(parts) => parts,
            Err(fault) => {
                let at = fault.at.min(text.len().saturating_sub(1));
                let span = self.span_in(place, at..at + 1);
                let message = format!("this variable cannot be read: {}", fault.why);
                let fault = self.fault(&codes::BAD_VARIABLE, span, message).label("here");
                self.push(fault.opensips("unknown script variable"));
                return None;
            }
        };
        if parts.dollar {
            return Some((None, parts.end));
        }
        let variable = self.resolve(text, &parts, place)?;
        Some((Some(variable), parts.end))
    }

    fn resolve(&mut self, text: &[u8], parts: &Parts, place: Place) -> Option<VarRef> {
        let span = self.span_in(place, 0..parts.end);
        let name = shown(&text[parts.name.clone()]);
        let Some((module, variable)) = self.find_variable(&name, parts.inner.is_some()) else {
            self.unknown_variable(&name, parts.inner.is_some(), span);
            return None;
        };
        let mut found = plain(module, variable, span);
        found.context = self.message_context(text, parts, place)?;
        if let Some(range) = &parts.inner {
            let inner = &text[range.clone()];
            found.inner = self.inner(variable, inner, place.from(range.start))?;
        }
        if let Some(range) = &parts.index {
            let index = &text[range.clone()];
            found.index = self.index(module, variable, index, place.from(range.start))?;
        }
        for part in &parts.transformations {
            found.transformations.push(self.transformation(text, part, place)?);
        }
        Some(found)
    }

    /// The entry of a name: core first, then modules in the order of their loading. `with_inner` tells apart
    /// entries of the same name.
    fn find_variable(&self, name: &str, with_inner: bool) -> Option<(&'static Module, &'static Variable)> {
        let fits = |v: &&Variable| {
            v.name == name
                && match v.inner {
                    Inner::None => !with_inner,
                    Inner::Optional => true,
                    _ => with_inner,
                }
        };
        self.loaded.iter().find_map(|m| m.variables.iter().find(fits).map(|v| (*m, v)))
    }

    fn message_context(&mut self, text: &[u8], parts: &Parts, place: Place) -> Option<MessageContext> {
        let Some(range) = &parts.context else { return Some(MessageContext::Current) };
        let name = &text[range.clone()];
        let context = match name {
            b"request" => MessageContext::Request,
            b"reply" => MessageContext::Reply,
            _ => {
                let span = self.span_in(place, range.clone());
                let fault = self.fault(
                    &codes::UNKNOWN_CONTEXT,
                    span,
                    format!("there is no context `{}`", shown(name)),
                );
                self.push(fault.label("unknown").help("the contexts are `request` and `reply`"));
                return None;
            }
        };
        if !self.load_lines.iter().any(|(module, _)| module == "tm") {
            let span = self.span_in(place, range.clone());
            let fault =
                self.fault(&codes::UNKNOWN_CONTEXT, span, "message contexts need the module tm".to_owned());
            self.push(fault.label("tm is not loaded").help("add `loadmodule \"tm.so\"`"));
        }
        Some(context)
    }

    fn inner(&mut self, variable: &'static Variable, text: &[u8], place: Place) -> Option<InnerName> {
        let dynamic = text.first() == Some(&b'$');
        match variable.inner {
            Inner::None => None,
            Inner::ScriptVar => Some(InnerName::Slot(slot(&mut self.program.script_vars, text))),
            Inner::Name | Inner::Optional | Inner::Avp | Inner::Position if dynamic => {
                let (inner, _) = self.value_variable(text, place)?;
                Some(InnerName::Dynamic(Box::new(inner)))
            }
            Inner::Avp => Some(InnerName::Slot(slot(&mut self.program.avps, text))),
            Inner::Literal | Inner::Name | Inner::Optional => self.inner_text(variable, text, place),
            Inner::OneOf(words) => self.one_of(variable, words, text, place),
            Inner::MessageFlag => {
                self.flag(Flag::Message, text, self.span_in(place, 0..text.len())).map(InnerName::Bit)
            }
            Inner::BranchFlag => {
                self.flag(Flag::Branch, text, self.span_in(place, 0..text.len())).map(InnerName::Bit)
            }
            Inner::Position => self.inner_position(variable, text, place),
            Inner::Format => self.inner_format(text, place),
            Inner::Json | Inner::Xml => self.path(variable, text, place),
        }
    }

    fn one_of(
        &mut self,
        variable: &Variable,
        words: &[&str],
        text: &[u8],
        place: Place,
    ) -> Option<InnerName> {
        let word = shown(text).to_ascii_lowercase();
        if words.contains(&word.as_str()) {
            return Some(InnerName::Text(word.into_bytes().into()));
        }
        let span = self.span_in(place, 0..text.len());
        let message = format!("`${}` has no `{}`", variable.name, shown(text));
        let fault = self.fault(&codes::BAD_INNER_NAME, span, message).label("unknown");
        let fault = match nearest(&word, words.iter().copied()) {
            Some(near) => fault.help(format!("`{near}` has a similar name")),
            None => fault.help(format!("it has {}", words.join(", "))),
        };
        self.push(fault.opensips("unknown script variable"));
        None
    }

    fn inner_format(&mut self, text: &[u8], place: Place) -> Option<InnerName> {
        let format = self.format_at(text, place)?;
        let literal = format.literal().map(Into::into);
        Some(literal.map_or(InnerName::Format(format), InnerName::Text))
    }

    /// A literal name; header names and colours have a shape.
    fn inner_text(&mut self, variable: &Variable, text: &[u8], place: Place) -> Option<InnerName> {
        let wanted = match variable.name {
            "hdr" | "hdrcnt" if text.iter().any(u8::is_ascii_whitespace) => {
                "the name of a header, without blanks"
            }
            "C" if !is_colour(text) => "two letters, for the foreground and the background",
            _ => return Some(InnerName::Text(text.into())),
        };
        let span = self.span_in(place, 0..text.len());
        let message = format!("`${}` takes {wanted}, not `{}`", variable.name, shown(text));
        let fault = self.fault(&codes::BAD_INNER_NAME, span, message).label("cannot be used");
        self.push(fault.opensips("unknown script variable"));
        None
    }

    /// `$param(1)`, `$param(name)`, `$return(0)`.
    fn inner_position(&mut self, variable: &Variable, text: &[u8], place: Place) -> Option<InnerName> {
        if let Ok(number) = shown(text).parse::<u32>() {
            return Some(InnerName::Number(number as i32));
        }
        if variable.name != "return" {
            return Some(InnerName::Text(text.into()));
        }
        let span = self.span_in(place, 0..text.len());
        let message = format!("`$return` takes a number, not `{}`", shown(text));
        let fault = self.fault(&codes::BAD_INNER_NAME, span, message).label("not a number");
        self.push(fault.opensips("unknown script variable"));
        None
    }

    /// The bit of a named flag; the name is registered by its first use.
    pub(super) fn flag(&mut self, sort: Flag, name: &[u8], span: Span) -> Option<u32> {
        let names = match sort {
            Flag::Message => &mut self.program.message_flags,
            Flag::Branch => &mut self.program.branch_flags,
            Flag::Dialog => &mut self.program.dialog_flags,
        };
        let known = names.iter().any(|n| **n == *name);
        if !known && names.len() >= FLAGS_MAX {
            let message = format!("more than {FLAGS_MAX} flags are named");
            let fault = self.fault(&codes::TOO_MANY, span, message).label("one too many");
            self.push(fault);
            return None;
        }
        if name.is_empty() {
            let fault = self.fault(&codes::EMPTY_TEXT, span, "a flag needs a name".to_owned()).label("empty");
            self.push(fault.opensips("Fixup flag failed!"));
            return None;
        }
        Some(slot(names, name))
    }

    fn index(&mut self, module: &Module, variable: &Variable, text: &[u8], place: Place) -> Option<Index> {
        let span = self.span_in(place, 0..text.len());
        if !variable.indexed {
            let message = format!("`${}` takes no index", variable.name);
            let fault = self.fault(&codes::BAD_INDEX, span, message).label("it has one value");
            self.push(fault.opensips("unknown script variable"));
            return None;
        }
        if text.first() == Some(&b'$') && variable.inner != Inner::Json {
            let (index, _) = self.value_variable(text, place)?;
            return Some(Index::Dynamic(Box::new(index)));
        }
        if text == b"*" {
            return Some(Index::All);
        }
        if variable.inner == Inner::Json {
            let message = format!("`${}` takes no index but `[*]`", variable.name);
            let fault = self.fault(&codes::BAD_INDEX, span, message).label("only `for` can use it");
            let help = "write the index into the parentheses, as in `$json(list[0])`";
            self.push(fault.help(help).opensips("unknown script variable"));
            return None;
        }
        let (negative, digits) = text.strip_prefix(b"-").map_or((false, text), |rest| (true, rest));
        if digits.iter().all(u8::is_ascii_digit) {
            let value = digits.iter().fold(0i32, |n, d| n.wrapping_mul(10).wrapping_add(i32::from(d - b'0')));
            return Some(Index::At(if negative { value.wrapping_neg() } else { value }));
        }
        let word = shown(text).to_ascii_lowercase();
        let words: &[&str] = match variable.name {
            "avp" | "bavp" => &["append"],
            name if name.starts_with("sdp") => &["insert", "insertafter"],
            _ => &[],
        };
        if words.contains(&word.as_str())
            || !module.name.is_empty() && module.name != "core" && words.is_empty()
        {
            return Some(Index::Word(if words.is_empty() { text.into() } else { word.into_bytes().into() }));
        }
        let message = format!("`{}` is no index of `${}`", shown(text), variable.name);
        let fault =
            self.fault(&codes::BAD_INDEX, span, message).label("expected a number, `*` or a variable");
        self.push(fault.opensips("unknown script variable"));
        None
    }
}

/// A foreground letter, which may be a capital, and a background letter.
fn is_colour(text: &[u8]) -> bool {
    let letters = b"xsrgybpcw";
    matches!(text, [front, back] if letters.contains(&front.to_ascii_lowercase()) && letters.contains(back))
}

fn plain(module: &'static Module, variable: &'static Variable, span: Span) -> VarRef {
    VarRef {
        module,
        variable,
        inner: InnerName::None,
        index: Index::None,
        context: MessageContext::Current,
        transformations: Vec::new(),
        span,
    }
}
