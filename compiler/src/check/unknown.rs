//! What to say about names that are not found. Three answers, never mixed up: there is no such name; OpenSIPS
//! has it and this build has not; its module is not loaded.

use super::calls::near_function;
use super::{Checker, shown};
use crate::diagnostics::{Diagnostic, codes, nearest};
use crate::source::Span;
use sipc_interface::known::{self, Known};
use sipc_interface::{Inner, Module};

impl Checker<'_> {
    pub(super) fn unknown_function(&mut self, name: &str, span: Span) {
        let owner = sipc_interface::modules::ALL.iter().find(|m| m.functions.iter().any(|f| f.name == name));
        let owners = known::owners(Known::Function, name);
        if self.all_refused(&owners) {
            return;
        }
        let fault = if let Some(module) = owner {
            let message = format!("`{name}` belongs to the module {}, which is not loaded", module.name);
            let fault = self.fault(&codes::FUNCTION_NOT_LOADED, span, message).label("its module is missing");
            self.load_help(fault, module.name)
        } else if !owners.is_empty() {
            let message = format!("`{name}` {} is not built yet", of_modules(&owners));
            self.fault(&codes::FUNCTION_NOT_BUILT, span, message)
                .label("known to OpenSIPS, not to this build")
        } else {
            self.no_such_function(name, span)
        };
        self.push(fault.opensips(format!("unknown command <{name}>, missing loadmodule?")));
    }

    /// Whether the loadmodule lines of all owners were refused, which is fault enough.
    fn all_refused(&self, owners: &[&str]) -> bool {
        !owners.is_empty() && owners.iter().all(|owner| self.refused.iter().any(|r| r == owner))
    }

    fn no_such_function(&self, name: &str, span: Span) -> Diagnostic {
        let fault = self
            .fault(&codes::UNKNOWN_FUNCTION, span, format!("there is no function `{name}`"))
            .label("unknown");
        let asynchronous = known::owners(Known::AsyncFunction, name);
        if !asynchronous.is_empty() {
            return fault.note(format!("only async() and launch() can start `{name}`"));
        }
        match near_function(name) {
            Some(near) => fault.help(format!("`{near}` has a similar name")),
            None => fault,
        }
    }

    /// The loadmodule line that is missing, or where it stands when it comes too late.
    fn load_help(&self, fault: Diagnostic, module: &str) -> Diagnostic {
        match self.load_lines.iter().find(|(name, _)| name == module) {
            Some((_, line)) => {
                fault.at(*line, "it is loaded only here").help("move the loadmodule line above the first use")
            }
            None => fault.help(format!("add `loadmodule \"{module}.so\"` above")),
        }
    }

    pub(super) fn unknown_async(&mut self, name: &str, span: Span) {
        let has = |m: &&&'static Module| m.async_functions.iter().any(|f| f.name == name);
        let owner = sipc_interface::modules::ALL.iter().find(has);
        let owners = known::owners(Known::AsyncFunction, name);
        if self.all_refused(&owners) {
            return;
        }
        let fault = if let Some(module) = owner {
            let message = format!("`{name}` belongs to the module {}, which is not loaded", module.name);
            self.load_help(
                self.fault(&codes::FUNCTION_NOT_LOADED, span, message).label("its module is missing"),
                module.name,
            )
        } else if !owners.is_empty() {
            let message = format!("`{name}` {} is not built yet", of_modules(&owners));
            self.fault(&codes::FUNCTION_NOT_BUILT, span, message)
                .label("known to OpenSIPS, not to this build")
        } else {
            self.no_such_async(name, span)
        };
        self.push(fault.opensips(format!("unknown async command <{name}>, missing loadmodule?")));
    }

    fn no_such_async(&self, name: &str, span: Span) -> Diagnostic {
        let message = format!("`{name}` cannot be started by async() or launch()");
        let fault = self.fault(&codes::UNKNOWN_ASYNC, span, message).label("no asynchronous function");
        let ordinary = self.loaded.iter().any(|m| m.functions.iter().any(|f| f.name == name))
            || !known::owners(Known::Function, name).is_empty();
        let names = known::all().filter(|(_, kind, _)| *kind == Known::AsyncFunction).map(|(_, _, n)| n);
        match nearest(name, names) {
            _ if ordinary => fault.help("call it directly; nothing blocks other calls here"),
            Some(near) => fault.help(format!("`{near}` has a similar name")),
            None => fault,
        }
    }

    pub(super) fn unknown_variable(&mut self, name: &str, with_inner: bool, span: Span) {
        let written = if with_inner { format!("${name}(…)") } else { format!("${name}") };
        let owner = sipc_interface::modules::ALL.iter().find(|m| m.variables.iter().any(|v| v.name == name));
        let owners = known::owners(Known::Variable, name);
        if self.all_refused(&owners) {
            return;
        }
        let other = self.loaded.iter().flat_map(|m| m.variables).find(|v| v.name == name);
        let fault = if let Some(other) = other {
            let fault =
                self.fault(&codes::UNKNOWN_VARIABLE, span, format!("there is no variable `{written}`"));
            match other.inner {
                Inner::None => fault.label("takes no name in parentheses").help(format!("write `${name}`")),
                _ => fault.label("needs a name in parentheses").help(format!("write `${name}(…)`")),
            }
        } else if let Some(module) = owner.filter(|m| !self.is_loaded(m.name)) {
            let message = format!("`{written}` belongs to the module {}, which is not loaded", module.name);
            let fault = self.fault(&codes::VARIABLE_NOT_LOADED, span, message).label("its module is missing");
            self.load_help(fault, module.name)
        } else if !owners.is_empty() {
            let message = format!("`{written}` {} is not built yet", of_modules(&owners));
            self.fault(&codes::VARIABLE_NOT_BUILT, span, message)
                .label("known to OpenSIPS, not to this build")
        } else {
            self.no_such_variable(name, &written, span)
        };
        self.push(fault.opensips("unknown script variable"));
    }

    fn no_such_variable(&self, name: &str, written: &str, span: Span) -> Diagnostic {
        let fault = self
            .fault(&codes::UNKNOWN_VARIABLE, span, format!("there is no variable `{written}`"))
            .label("unknown");
        let names = || self.loaded.iter().flat_map(|m| m.variables).map(|v| v.name);
        if let Some((head, tail)) = name.rsplit_once('.')
            && names().any(|n| n == head)
        {
            return fault.help(format!("for `${head}` followed by `.{tail}`, write `$({head}).{tail}`"));
        }
        if let Some(instead) = replaced(name) {
            return fault.note("it belongs to an older release").help(instead);
        }
        let near = if name.len() < 3 {
            names().find(|n| n.eq_ignore_ascii_case(name))
        } else {
            nearest(name, names())
        };
        match near {
            Some(near) => fault.help(format!("`${near}` has a similar name")),
            None => fault,
        }
    }

    pub(super) fn unknown_parameter(&mut self, module: &Module, name: &[u8], span: Span) {
        let text = shown(name);
        let built = known::owners(Known::Param, &text).contains(&module.name);
        let fault = if built {
            let message = format!("the parameter `{text}` of {} is not built yet", module.name);
            self.fault(&codes::PARAMETER_NOT_BUILT, span, message)
                .label("known to OpenSIPS, not to this build")
        } else {
            let message = format!("the module {} has no parameter `{text}`", module.name);
            let fault = self.fault(&codes::UNKNOWN_PARAMETER, span, message).label("unknown");
            match nearest(&text, module.params.iter().map(|p| p.name)) {
                Some(near) => fault.help(format!("`{near}` has a similar name")),
                None => fault,
            }
        };
        let words = format!("Parameter <{text}> not found in module <{}> - can't set", module.name);
        self.push(fault.opensips(words));
    }
}

/// "of the module x", "of the core".
fn of_modules(owners: &[&str]) -> String {
    match owners {
        [] | [""] => "of the core".to_owned(),
        [one] => format!("of the module {one}"),
        many => format!("of the modules {}", many.join(", ")),
    }
}

/// Variables of older releases.
fn replaced(name: &str) -> Option<&'static str> {
    Some(match name {
        "fs" => "use `$socket_out`",
        "Ri" => "use `$socket_in(ip)`",
        "Rp" => "use `$socket_in(port)`",
        "pr" | "proto" => "use `$socket_in(proto)`",
        "af" => "use `$socket_in(af)`",
        "rT" => "use `$route.type`",
        "sf" => "use an AVP or a message flag",
        _ => return None,
    })
}
