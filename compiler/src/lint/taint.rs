//! Text of strangers that reaches a shell, a query or a header line as it came.
//!
//! Variables are followed without regard to order: one that is given such text anywhere counts as such
//! everywhere. `$param` and `$return` are not followed.

use super::shown;
use crate::diagnostics::{Diagnostic, codes};
use crate::ir::{Arg, Expr, InnerName, Program, StatementKind, VarRef};
use crate::passes::uses::{Use, expression, format};
use crate::passes::walk::{call_of, statements};
use crate::source::Source;
use sipc_interface::conduct::{Sink, sinks};
use sipc_interface::{Inner, ValueType};
use std::collections::BTreeSet;

/// Core variables that a sender chooses freely, as far as SIP's grammar lets it.
#[rustfmt::skip]
const STRANGE: &[&str] = &[
    "ru", "ruri", "rU", "ruri.user", "rd", "ruri.domain", "ou", "ouri", "oU", "od", "op", "du", "duri", "dd",
    "path", "branch", "msg.branch", "msg.branch.uri", "msg.branch.duri", "msg.branch.path", "fu", "from", "fU",
    "from.user", "fd", "from.domain", "fn", "ft", "tu", "to", "tU", "to.user", "td", "to.domain", "tn", "tt",
    "ci", "cs", "ct", "ct.fields", "cT", "hdr", "hdr_name", "ua", "rt", "re", "ai", "pu", "pU", "pd", "pn", "di",
    "dir", "dip", "rr", "mb", "rb", "au", "aU", "ad", "adu", "ar", "an", "auth.nonce", "auth.resp", "auth.cnonce",
    "auth.opaque", "auth.nc", "Au", "sdp", "sdp.stream", "sdp.session", "json", "json_pretty",
    "json_compact_noescape", "json_compact", "xml",
];

/// Those that may hold line ends.
const LINES: &[&str] =
    &["mb", "rb", "sdp", "sdp.stream", "sdp.session", "json", "json_compact_noescape", "xml"];

/// Transformations after which text is harmless to a query.
const CLEAN: &[&str] = &[
    "s.int",
    "s.len",
    "s.md5",
    "s.sha1",
    "s.sha224",
    "s.sha256",
    "s.sha384",
    "s.sha512",
    "s.crc32",
    "s.encode.hexa",
    "s.b64encode",
    "s.escape.user",
    "s.escape.param",
    "s.index",
    "s.rindex",
    "s.hex2dec",
    "uri.port",
    "ip.isip",
    "ip.isip4",
    "ip.isip6",
    "ip.resolve",
    "param.count",
    "csv.count",
    "nameaddr.len",
];

/// Transformations that can make a line end out of other text.
const DECODING: &[&str] =
    &["s.unescape.common", "s.unescape.user", "s.unescape.param", "s.decode.hexa", "s.b64decode", "s.xor"];

/// Pushes what is found.
pub fn check(program: &Program, source: &Source, found: &mut Vec<Diagnostic>) {
    for sink in [Sink::Shell, Sink::Query, Sink::Header] {
        let tainted = Tainted::of(program, sink);
        for route in &program.routes {
            statements(&route.body, &mut |s| {
                let Some(call) = call_of(s) else { return };
                for (at, _) in sinks(call.module.name, call.function.name).filter(|(_, k)| *k == sink) {
                    let mut from = None;
                    each(call.args.get(at), &mut |v| {
                        if from.is_none() && tainted.is_strange(v) {
                            from = Some(v);
                        }
                    });
                    if let Some(v) = from {
                        found.push(report(v, sink, call.function.name, source));
                    }
                }
            });
        }
    }
}

fn each<'a>(arg: Option<&'a Arg>, visit: &mut dyn FnMut(&'a VarRef)) {
    match arg {
        Some(Arg::Format(text)) => format(text, &mut |v, _| visit(v)),
        Some(Arg::Dynamic(v)) => visit(v),
        _ => {}
    }
}

fn report(v: &VarRef, sink: Sink, function: &str, source: &Source) -> Diagnostic {
    let (what, way) = match sink {
        Sink::Shell => ("a command line", "pass it in an environment variable, or through {s.escape.user}"),
        Sink::Query => ("a query", "escape it with {s.escape.common}"),
        Sink::Header => ("a header", "a line end in it begins another header: encode it, or test it before"),
    };
    let message = format!("`{}` goes into {what} as its sender wrote it", shown(v, source));
    let fault = Diagnostic::new(&codes::TAINTED, v.span, message);
    fault.label(format!("used by {function}()")).help(way)
}

/// Variables that hold text of strangers.
struct Tainted {
    sink: Sink,
    /// (is an AVP, slot)
    slots: BTreeSet<(bool, u32)>,
}

impl Tainted {
    fn of(program: &Program, sink: Sink) -> Tainted {
        let mut tainted = Tainted { sink, slots: BTreeSet::new() };
        loop {
            let before = tainted.slots.len();
            for route in &program.routes {
                statements(&route.body, &mut |s| match &s.kind {
                    StatementKind::Assign { target, value, .. } => tainted.assign(target, value),
                    StatementKind::ForEach { iterator, source, .. } if tainted.is_strange(source) => {
                        tainted.slots.extend(slot(iterator));
                    }
                    _ => {}
                });
            }
            if tainted.slots.len() == before {
                return tainted;
            }
        }
    }

    fn assign(&mut self, target: &VarRef, value: &Expr) {
        let mut strange = false;
        expression(value, &mut |v, what| strange |= what == Use::Read && self.is_strange(v));
        if strange && !matches!(value, Expr::Compare(_)) {
            self.slots.extend(slot(target));
        }
    }

    fn is_strange(&self, v: &VarRef) -> bool {
        let has = |names: &[&str]| v.transformations.iter().any(|t| names.contains(&t.transformation.name));
        let from_message = v.variable.value != ValueType::Int && STRANGE.contains(&v.variable.name);
        let held = slot(v).is_some_and(|s| self.slots.contains(&s));
        let cleaned = has(CLEAN) || (self.sink != Sink::Shell && has(&["s.escape.common"]));
        match self.sink {
            Sink::Header => {
                !cleaned && (held || (from_message && (LINES.contains(&v.variable.name) || has(DECODING))))
            }
            Sink::Shell | Sink::Query => !cleaned && (held || from_message),
        }
    }
}

fn slot(v: &VarRef) -> Option<(bool, u32)> {
    match (&v.inner, v.variable.inner) {
        (InnerName::Slot(slot), Inner::ScriptVar) => Some((false, *slot)),
        (InnerName::Slot(slot), Inner::Avp) => Some((true, *slot)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{CLEAN, DECODING, LINES, STRANGE};
    use sipc_interface::modules::ALL;

    #[test]
    fn the_names_are_those_of_the_tables() {
        let tables = || ALL.iter().copied().chain([sipc_interface::core()]);
        for name in STRANGE.iter().chain(LINES) {
            assert!(tables().any(|m| m.variables.iter().any(|v| v.name == *name)), "${name}");
        }
        for name in CLEAN.iter().chain(DECODING) {
            assert!(tables().any(|m| m.transformations.iter().any(|t| t.name == *name)), "{name}");
        }
    }
}
