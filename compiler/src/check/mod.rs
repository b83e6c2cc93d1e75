//! Names, counts, kinds, contexts: the tree against the interface tables, giving the IR.
//!
//! One pass over the items in script order, since order matters: a function or variable exists only below
//! its loadmodule line. Every fault is pushed and the rest goes on, so the [`Program`] that results is whole
//! only when there was no error.

mod arguments;
mod calls;
mod clauses;
mod conditions;
mod contexts;
mod formats;
mod globals;
mod literals;
mod modules;
mod networks;
mod routes;
mod statements;
mod transformations;
mod unknown;
mod values;
mod declared;
mod paths;
mod variables;

pub(crate) use contexts::title;

use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{Bytes, FileInfo, Program};
use crate::source::{Source, Span};
use crate::syntax::tree::{Item, Script};
use clauses::ClauseNames;
use routes::RouteTable;
use sipc_interface::{Module, RouteKind};

/// Checks a tree and lowers it.
pub fn check(script: &Script, source: &Source) -> (Program, Vec<Diagnostic>) {
    let mut checker = Checker::new(script, source);
    for item in &script.items {
        checker.item(item);
    }
    checker.finish();
    (checker.program, checker.found)
}

struct Checker<'a> {
    source: &'a Source,
    program: Program,
    found: Vec<Diagnostic>,
    /// Modules loaded so far, the core first.
    loaded: Vec<&'static Module>,
    /// Names of modules that were loaded but that this build has not.
    refused: Vec<String>,
    /// All loadmodule lines, for "it is loaded below".
    load_lines: Vec<(String, Span)>,
    routes: RouteTable,
    clauses: ClauseNames,
    /// The kind of the block being lowered.
    kind: RouteKind,
}

impl<'a> Checker<'a> {
    fn new(script: &Script, source: &'a Source) -> Checker<'a> {
        let mut found = Vec::new();
        let load_lines = script.items.iter().filter_map(|item| match item {
            Item::LoadModule(file, span) => Some((modules::name_of(&file.value), *span)),
            _ => None,
        });
        Checker {
            source,
            program: Program {
                files: source.files().iter().map(|f| FileInfo { path: f.path.clone() }).collect(),
                ..Program::default()
            },
            loaded: vec![sipc_interface::core()],
            refused: Vec::new(),
            load_lines: load_lines.collect(),
            routes: RouteTable::collect(script, &mut found),
            clauses: ClauseNames::collect(script),
            found,
            kind: RouteKind::Request,
        }
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Global(global) => self.global(global),
            Item::LoadModule(file, span) => self.load_module(file, *span),
            Item::ModParam(param) => self.modparam(param),
            Item::Route(route) => self.route(route),
        }
    }

    fn finish(&mut self) {
        self.program.routes.sort_by_key(|r| r.kind);
        self.dependencies();
        self.transports();
        // Paths through routes mean something only when all of them are there.
        if !crate::diagnostics::has_errors(&self.found) {
            contexts::check(&self.program, &mut self.found);
        }
        if self.program.unnamed(RouteKind::Request).is_none() && !self.routes.has_main {
            let message = "there is no main route".to_owned();
            self.report(&crate::diagnostics::codes::NO_MAIN_ROUTE, Span::default(), message);
        }
    }

    /// A fault to be completed and pushed.
    fn fault(&self, code: &'static Code, span: Span, message: String) -> Diagnostic {
        Diagnostic::new(code, span, message)
    }

    fn push(&mut self, fault: Diagnostic) {
        self.found.push(fault);
    }

    /// A fault with nothing but a message.
    fn report(&mut self, code: &'static Code, span: Span, message: String) {
        self.push(Diagnostic::new(code, span, message));
    }

    fn is_loaded(&self, module: &str) -> bool {
        self.loaded.iter().any(|m| m.name == module)
    }
}

/// Text for a message; scripts need not be UTF-8.
fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// The position of a name in a list of slots, added when it is new.
fn slot(names: &mut Vec<Bytes>, name: &[u8]) -> u32 {
    let at = names.iter().position(|n| &**n == name).unwrap_or_else(|| {
        names.push(name.into());
        names.len() - 1
    });
    u32::try_from(at).unwrap_or(u32::MAX)
}
