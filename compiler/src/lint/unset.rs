//! Variables that are read somewhere and set nowhere.

use crate::diagnostics::{Diagnostic, codes, nearest};
use crate::ir::{Arg, Bytes, InnerName, Program, Value, VarRef};
use crate::passes::uses::{Use, uses};
use crate::passes::walk::{call_of, statements};
use sipc_interface::Inner;
use std::collections::{BTreeMap, BTreeSet};

/// Pushes what is found.
pub fn check(program: &Program, found: &mut Vec<Diagnostic>) {
    let seen = Seen::of(program);
    for (inner, names, sigil) in
        [(Inner::ScriptVar, &program.script_vars, "var"), (Inner::Avp, &program.avps, "avp")]
    {
        if seen.open.contains(sigil) {
            continue;
        }
        let set: Vec<&str> = names
            .iter()
            .enumerate()
            .filter(|(slot, _)| seen.set.contains(&(sigil, *slot)))
            .filter_map(|(_, name)| std::str::from_utf8(name).ok())
            .collect();
        for (slot, name) in names.iter().enumerate() {
            let Some(read) = seen.read.get(&(sigil, slot)) else { continue };
            if seen.set.contains(&(sigil, slot)) || mentioned(program, name) {
                continue;
            }
            debug_assert_eq!(read.variable.inner, inner, "slots are numbered per kind");
            found.push(never_set(read, sigil, name, &set));
        }
    }
}

fn never_set(read: &VarRef, sigil: &str, name: &Bytes, set: &[&str]) -> Diagnostic {
    let name = String::from_utf8_lossy(name);
    let message = format!("`${sigil}({name})` is read but never set");
    let fault = Diagnostic::new(&codes::NEVER_SET, read.span, message).label("always NULL");
    match nearest(&name, set.iter().copied()) {
        Some(other) => fault.help(format!("`${sigil}({other})` is set")),
        None => fault,
    }
}

#[derive(Default)]
struct Seen<'a> {
    set: BTreeSet<(&'static str, usize)>,
    read: BTreeMap<(&'static str, usize), &'a VarRef>,
    /// Kinds of which some are set by names known only at run time.
    open: BTreeSet<&'static str>,
}

impl<'a> Seen<'a> {
    fn of(program: &'a Program) -> Seen<'a> {
        let mut seen = Seen::default();
        uses(program, &mut |v, what| seen.note(v, what));
        seen
    }

    fn note(&mut self, v: &'a VarRef, what: Use) {
        let sigil = match v.variable.inner {
            Inner::ScriptVar => "var",
            Inner::Avp => "avp",
            _ => return,
        };
        match (&v.inner, what) {
            (InnerName::Slot(slot), Use::Read) => {
                self.read.entry((sigil, *slot as usize)).or_insert(v);
            }
            (InnerName::Slot(slot), Use::Write | Use::Handed) => {
                self.set.insert((sigil, *slot as usize));
            }
            (_, Use::Read) => {}
            (_, Use::Write | Use::Handed) => {
                self.open.insert(sigil);
            }
        }
    }
}

/// Whether a module parameter or an argument spells the name: modules set variables that they are told by name.
fn mentioned(program: &Program, name: &[u8]) -> bool {
    let spells = |text: &[u8]| !name.is_empty() && text.windows(name.len()).any(|w| w == name);
    if program.modparams.iter().any(|p| matches!(&p.value, Value::Text(text) if spells(text))) {
        return true;
    }
    let mut found = false;
    for route in &program.routes {
        statements(&route.body, &mut |s| {
            let args = call_of(s).map(|c| c.args.as_slice()).unwrap_or_default();
            found |= args.iter().any(|a| matches!(a, Arg::Text(text) if spells(text)));
        });
    }
    found
}
