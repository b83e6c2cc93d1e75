//! Which function a call means, and whether it may stand there (LANGUAGE 3.3).

use super::{Checker, shown};
use crate::diagnostics::{codes, nearest};
use crate::ir::Call;
use crate::source::Span;
use crate::syntax::tree;
use sipc_interface::{Function, Module, RouteKind, Routes};

impl Checker<'_> {
    pub(super) fn call(&mut self, call: &tree::Call) -> Option<Call> {
        let name = shown(&call.name.text);
        let Some((module, function)) = self.find_function(&name) else {
            self.unknown_function(&name, call.name.span);
            // The arguments are checked all the same, as far as they have meaning alone.
            self.check_loose_arguments(call);
            return None;
        };
        let allowed = function.routes.contains(self.kind);
        if !allowed {
            self.not_here(function, call.name.span);
        }
        let args = self.arguments(function, call);
        let good = args.as_ref().is_some_and(|args| self.literals(module, function, args, call));
        Some(Call { module, function, args: args.filter(|_| allowed && good)?, span: call.span })
    }

    /// The call inside `async(…)` or `launch(…)`.
    pub(super) fn async_call(&mut self, statement: &str, call: &tree::Call) -> Option<Call> {
        let name = shown(&call.name.text);
        if !self.loaded.iter().any(|m| m.name == "tm") {
            let message = format!("`{statement}` needs the module `tm`, which is not loaded");
            let fault = self.fault(&codes::MISSING_DEPENDENCY, call.span, message);
            let label = "in OpenSIPS this fails each time that it is reached";
            self.push(fault.label(label).help("add `loadmodule \"tm.so\"`"));
        }
        let find = |m: &&'static Module| m.async_functions.iter().find(|f| f.name == name).map(|f| (*m, f));
        let Some((module, function)) = self.loaded.iter().rev().find_map(find) else {
            self.unknown_async(&name, call.name.span);
            self.check_loose_arguments(call);
            return None;
        };
        let args = self.arguments(function, call)?;
        let good = self.literals(module, function, &args, call);
        good.then_some(Call { module, function, args, span: call.span })
    }

    /// Core functions first, then those of the module loaded last.
    fn find_function(&self, name: &str) -> Option<(&'static Module, &'static Function)> {
        let find = |m: &&'static Module| m.functions.iter().find(|f| f.name == name).map(|f| (*m, f));
        let (core, modules) = self.loaded.split_first()?;
        find(core).or_else(|| modules.iter().rev().find_map(find))
    }

    fn not_here(&mut self, function: &Function, span: Span) {
        let keyword = self.kind.keyword();
        let message = format!("`{}` cannot be called in a {keyword}", function.name);
        let mut fault = self
            .fault(&codes::FUNCTION_NOT_HERE, span, message)
            .label(format!("allowed only in {}", in_words(function.routes)))
            .opensips(format!("Command <{}> cannot be used in the block\n", function.name));
        if self.kind == RouteKind::Request {
            fault = fault.note(
                "the kind of the block in which the call is written decides, not the kind of its callers",
            );
        }
        self.push(fault);
    }
}

/// A set of route kinds as text.
pub(super) fn in_words(routes: Routes) -> String {
    let words: Vec<String> = routes.iter().map(|k| format!("`{}`", k.keyword())).collect();
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => "no route".to_owned(),
    }
}

/// The name that is nearest to a misspelt one, among all functions there are.
pub(super) fn near_function(name: &str) -> Option<&'static str> {
    let built = std::iter::once(sipc_interface::core()).chain(sipc_interface::modules::ALL.iter().copied());
    let built: Vec<&str> = built.flat_map(|m| m.functions).map(|f| f.name).collect();
    let known =
        sipc_interface::known::all().filter(|(_, kind, _)| *kind == sipc_interface::known::Known::Function);
    nearest(name, built).or_else(|| nearest(name, known.map(|(_, _, name)| name)))
}
