//! Variables that are found in a text while running: `{s.eval}` and the replacement of `{re.subst}`.
//!
//! Everything else of a script is read by the compiler; here only what is needed to read a name, its
//! parentheses, an index and transformations is written once more. Variables of modules are not known
//! here, and a `$var` that the script never names has no value.

use sipc_interface as interface;

use crate::format::Formatter;
use crate::place::{Index, IndexRef, Inner, InnerRef, Source, Transform, TransformArg, TransformRef, VarRef};
use crate::{Context, Text, transformations, variables};

/// Variables nested deeper than this are refused.
const DEPTH_MAX: usize = 10;

/// The text with its variables replaced; `None` when one is broken or unknown, or the result is too
/// long.
pub fn evaluate(cx: &mut Context, text: &[u8]) -> Option<Text> {
    let mut out = Formatter::new(cx);
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'$', rest) {
        out.literal(rest.get(..at)?);
        let (variable, length) = variable(cx, rest.get(at..)?)?;
        out.value(&variable.read(cx));
        rest = rest.get(at + length..)?;
    }
    out.literal(rest);
    out.finish(cx)
}

/// The variable that begins a text, and its length.
pub fn variable(cx: &Context, text: &[u8]) -> Option<(VarRef, usize)> {
    let mut reader = Reader { cx, text, at: 0, depth: 0 };
    let variable = reader.variable()?;
    Some((variable, reader.at))
}

struct Reader<'a> {
    cx: &'a Context,
    text: &'a [u8],
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn eat(&mut self, c: u8) -> bool {
        let hit = self.text.get(self.at) == Some(&c);
        self.at += usize::from(hit);
        hit
    }

    fn expect(&mut self, c: u8) -> Option<()> {
        self.eat(c).then_some(())
    }

    fn skip_blanks(&mut self) {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// What stands before a closing bracket, the brackets within it in pairs.
    fn until(&mut self, open: u8, close: u8) -> Option<&'a [u8]> {
        let start = self.at;
        let mut depth = 0usize;
        loop {
            let c = *self.text.get(self.at)?;
            self.at += 1;
            match c {
                c if c == close && depth == 0 => return self.text.get(start..self.at - 1),
                c if c == close => depth -= 1,
                c if c == open => depth += 1,
                _ => {}
            }
        }
    }

    fn name(&mut self) -> Option<&'a str> {
        let start = self.at;
        let is_name = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'.');
        while self.text.get(self.at).is_some_and(is_name) {
            self.at += 1;
        }
        std::str::from_utf8(self.text.get(start..self.at)?).ok()
    }

    fn variable(&mut self) -> Option<VarRef> {
        self.expect(b'$')?;
        if self.eat(b'$') {
            return Some(VarRef::plain(variables::dollar, None));
        }
        if !self.eat(b'(') {
            return self.named();
        }
        self.skip_blanks();
        let source = if self.eat(b'<') { source(self.until(b'<', b'>')?)? } else { Source::Current };
        let mut found = if self.eat(b'$') { VarRef::plain(variables::dollar, None) } else { self.named()? };
        found.source = source;
        if self.eat(b'[') {
            let index = self.until(b'[', b']')?;
            found.index = self.index(index)?;
        }
        self.skip_blanks();
        while self.eat(b'{') {
            let body = self.until(b'{', b'}')?;
            found.transforms.push(self.transform(body)?);
            self.skip_blanks();
        }
        self.expect(b')')?;
        Some(found)
    }

    /// A name and what stands in its parentheses.
    fn named(&mut self) -> Option<VarRef> {
        let name = self.name()?;
        let inner = if self.eat(b'(') { Some(self.until(b'(', b')')?) } else { None };
        let (get, set) = variables::find(name, inner.is_some())?;
        let mut found = VarRef::plain(get, set);
        if let Some(inner) = inner {
            found.inner = self.inner(name, inner)?;
        }
        Some(found)
    }

    fn nested(&self, text: &'a [u8]) -> Option<(VarRef, usize)> {
        let depth = self.depth + 1;
        let mut reader = Reader { cx: self.cx, text, at: 0, depth };
        let found = if depth > DEPTH_MAX { None } else { reader.variable() };
        found.map(|variable| (variable, reader.at))
    }

    fn inner(&self, name: &str, text: &'a [u8]) -> Option<InnerRef> {
        let kind = interface::core()
            .variables
            .iter()
            .find(|v| v.name == name && v.inner != interface::Inner::None)?;
        if text.first() == Some(&b'$') {
            return Some(InnerRef::Variable(Box::new(self.nested(text)?.0)));
        }
        let configuration = &self.cx.shared().configuration;
        let place = |names: &[String]| {
            names
                .iter()
                .position(|n| n.as_bytes() == text)
                .and_then(|n| i32::try_from(n).ok())
                .map(Inner::Number)
        };
        Some(InnerRef::Constant(match kind.inner {
            interface::Inner::ScriptVar => place(&configuration.script_vars).unwrap_or(Inner::Number(-1)),
            interface::Inner::MessageFlag => place(&configuration.message_flags)?,
            interface::Inner::BranchFlag => place(&configuration.branch_flags)?,
            interface::Inner::OneOf(_) => Inner::Name(Text::from(text.to_ascii_lowercase())),
            _ => Inner::Name(Text::copy_from_slice(text)),
        }))
    }

    fn index(&self, text: &'a [u8]) -> Option<IndexRef> {
        if text.first() == Some(&b'$') {
            return Some(IndexRef::Variable(Box::new(self.nested(text)?.0)));
        }
        let number = || std::str::from_utf8(text).ok().and_then(|t| t.parse().ok());
        Some(IndexRef::Constant(match text {
            b"*" => Index::All,
            _ => number().map_or_else(|| Index::Word(Text::copy_from_slice(text)), Index::At),
        }))
    }

    /// `class.name,argument,argument`
    fn transform(&self, body: &'a [u8]) -> Option<Transform> {
        let end = memchr::memchr(b',', body).unwrap_or(body.len());
        let written = std::str::from_utf8(body.get(..end)?).ok()?.trim().to_ascii_lowercase();
        let (name, prefix) = without_prefix(&written);
        let declared = interface::core().transformations.iter().find(|t| t.name == name)?;
        let mut args = Vec::new();
        let mut rest = body.get(end..)?;
        for kind in declared.args {
            match (*kind, rest) {
                (interface::TransformArg::Prefix, _) => args.extend(prefix.map(number)),
                (interface::TransformArg::OptionalNumber, b"") => {}
                (kind, [b',', text @ ..]) => {
                    let (arg, length) = self.argument(kind, text)?;
                    args.push(arg);
                    rest = text.get(length..)?.trim_ascii_start();
                }
                _ => return None,
            }
        }
        Some(Transform { apply: transformations::find(&name)?, args })
    }

    /// One argument and its length.
    fn argument(&self, kind: interface::TransformArg, text: &'a [u8]) -> Option<(TransformRef, usize)> {
        use interface::TransformArg as Kind;
        let is_number = matches!(kind, Kind::Number | Kind::OptionalNumber);
        let skip = text.len() - text.trim_ascii_start().len();
        let bare = text.get(skip..)?;
        if kind == Kind::Character {
            let one = Text::copy_from_slice(text.get(..1)?);
            return Some((TransformRef::Constant(TransformArg::Text(one)), 1));
        }
        if bare.first() == Some(&b'$') {
            let (variable, length) = self.nested(bare)?;
            let variable = Box::new(variable);
            let arg = if is_number { TransformRef::Number(variable) } else { TransformRef::Text(variable) };
            return Some((arg, skip + length));
        }
        let keeps_blanks = matches!(kind, Kind::Padding | Kind::Substitution | Kind::Rest);
        let ends = |n: &usize| {
            let c = bare[*n];
            c == b',' && (*n == 0 || bare[n - 1] != b'\\') || !keeps_blanks && c.is_ascii_whitespace()
        };
        let length = (0..bare.len()).find(ends).unwrap_or(bare.len());
        let word = bare.get(..length)?;
        let arg = match is_number {
            true => number(std::str::from_utf8(word).ok()?.trim().parse().ok()?),
            false => TransformRef::Constant(TransformArg::Text(Text::copy_from_slice(word))),
        };
        Some((arg, skip + length))
    }
}

fn number(n: i32) -> TransformRef {
    TransformRef::Constant(TransformArg::Number(n))
}

/// `nameaddr.1.uri` as `nameaddr.uri` and 1.
fn without_prefix(name: &str) -> (String, Option<i32>) {
    let parts = name.splitn(3, '.').collect::<Vec<_>>();
    match parts[..] {
        [class, index, function] if index.parse::<i32>().is_ok() => {
            (format!("{class}.{function}"), index.parse().ok())
        }
        _ => (name.to_owned(), None),
    }
}

fn source(context: &[u8]) -> Option<Source> {
    match context {
        b"request" => Some(Source::Request),
        b"reply" => Some(Source::Reply),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Value;
    use crate::testing::{OPTIONS, context};

    fn eval(text: &str) -> Option<String> {
        let cx = &mut context(OPTIONS);
        cx.set_var(0, Value::literal(b"X-List"));
        evaluate(cx, text.as_bytes()).map(|t| String::from_utf8_lossy(&t).into_owned())
    }

    #[test]
    fn variables_in_texts() {
        assert_eq!(eval("u=$rU m=$rm").as_deref(), Some("u=bob m=OPTIONS"));
        assert_eq!(eval("$(ru{uri.host}{s.toupper})!").as_deref(), Some("BILOXI.EXAMPLE!"));
        assert_eq!(eval("$(hdr($var(x))[-1]) $$5 $du").as_deref(), Some("three $5 <null>"));
        assert_eq!(eval("$(hdr(Contact){nameaddr.1.uri})").as_deref(), Some("sip:al2@192.0.2.9"));
        assert_eq!(eval("$(rU{s.substr,1,0}) $(rU{s.select, 1 ,o})").as_deref(), Some("ob b"));
        assert_eq!(eval("$(rU{s.index,o}{s.fill.left,' ',3})").as_deref(), Some("  1"));
        for broken in ["$nosuch", "$(rU", "$(rU{s.nosuch})", "$hdr(", "$", "$(rU{s.substr})"] {
            assert_eq!(eval(broken), None, "{broken}");
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = format!("{}rU{}", "$hdr(".repeat(5000), ")".repeat(5000));
        assert_eq!(eval(&deep), None);
    }
}
