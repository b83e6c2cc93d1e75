//! `loadmodule` and `modparam` (LANGUAGE 2.7).

use super::{Checker, shown};
use crate::diagnostics::{codes, nearest};
use crate::ir::{LoadedModule, Parameter, Value};
use crate::source::Span;
use crate::syntax::tree::{self, ParamValue, Text};
use sipc_interface::known::{self, Known};
use sipc_interface::{ModParam, Module, ParamKind, posix};

/// The module that a loadmodule line means: the file name without folder and `.so`.
pub(super) fn name_of(file: &[u8]) -> String {
    let path = shown(file);
    let name = path.rsplit('/').next().unwrap_or_default();
    name.strip_suffix(".so").unwrap_or(name).to_owned()
}

impl Checker<'_> {
    pub(super) fn load_module(&mut self, file: &Text, span: Span) {
        let name = name_of(&file.value);
        if name == "event_route" {
            let message = "event routes need no module".to_owned();
            let fault = self.fault(&codes::IDLE_MODULE, span, message).label("has no effect");
            return self.push(fault.help("remove the line"));
        }
        if !file.value.ends_with(b".so") {
            let fault = self.fault(
                &codes::UNKNOWN_MODULE,
                file.span,
                format!("there is no module file `{}`", shown(&file.value)),
            );
            let fault = fault.label("the suffix `.so` belongs to the name");
            return self.push(fault.help(format!("write \"{name}.so\"")).opensips(failed(&file.value)));
        }
        if self.loaded_twice(&name, span) {
            return;
        }
        match sipc_interface::find_module(&name) {
            Some(module) => {
                self.loaded.push(module);
                self.program.modules.push(LoadedModule { module, span });
            }
            None => self.unknown_module(name, file),
        }
    }

    fn loaded_twice(&mut self, name: &str, span: Span) -> bool {
        if !self.is_loaded(name) && !self.refused.iter().any(|r| r == name) {
            return false;
        }
        let first = self.load_lines.iter().find(|(n, _)| n == name).map_or(span, |(_, first)| *first);
        let message = format!("the module {name} is loaded twice");
        let harmless = matches!(name, "proto_udp" | "proto_tcp");
        let code = if harmless { &codes::IDLE_MODULE } else { &codes::MODULE_TWICE };
        let fault = self.fault(code, span, message).label("loaded again here").at(first, "loaded here first");
        self.push(fault.opensips(failed(name.as_bytes())));
        true
    }

    fn unknown_module(&mut self, name: String, file: &Text) {
        let fault = if known::is_module(&name) {
            let message = format!("the module {name} is not built yet");
            self.fault(&codes::MODULE_NOT_BUILT, file.span, message)
                .label("known to OpenSIPS, not to this build")
        } else {
            let fault = self
                .fault(&codes::UNKNOWN_MODULE, file.span, format!("there is no module {name}"))
                .label("unknown");
            let names = known::all().filter(|(_, kind, _)| *kind == Known::Module).map(|(_, _, n)| n);
            match (name.as_str(), nearest(&name, names)) {
                ("rabbitmq", _) => fault.help("use event_rabbitmq or rabbitmq_consumer"),
                (_, Some(near)) => fault.help(format!("`{near}.so` has a similar name")),
                _ => fault,
            }
        };
        self.push(fault.opensips(failed(&file.value)));
        self.refused.push(name);
    }

    pub(super) fn modparam(&mut self, param: &tree::ModParam) {
        let Some(pattern) = self.module_pattern(&param.modules) else { return };
        let modules: Vec<&'static Module> =
            self.loaded[1..].iter().copied().filter(|m| pattern.is_match(m.name)).collect();
        if modules.is_empty() && !self.refused.iter().any(|r| pattern.is_match(r)) {
            self.no_module(param);
        }
        for module in modules {
            match module.params.iter().find(|p| *p.name.as_bytes() == *param.name.value) {
                Some(known) => self.set_parameter(module, known, param),
                None => self.unknown_parameter(module, &param.name.value, param.name.span),
            }
        }
    }

    /// `^(text)$`, ignoring case.
    fn module_pattern(&mut self, modules: &Text) -> Option<regex_lite::Regex> {
        let whole = [b"^(", &modules.value[..], b")$"].concat();
        let translated = match posix::translate(&whole, posix::Options::CONDITION) {
            Ok(translated) => translated,
            Err(error) => {
                let message = format!("bad regular expression for modules: {}", error.text());
                let fault = self
                    .fault(&codes::BAD_REGEX, modules.span, message)
                    .label("not a POSIX extended expression");
                self.push(fault);
                return None;
            }
        };
        let built = regex_lite::RegexBuilder::new(&translated).case_insensitive(true).build();
        if built.is_err() {
            let message = "this pattern for modules is not built yet".to_owned();
            self.report(&codes::NOT_BUILT, modules.span, message);
        }
        built.ok()
    }

    fn no_module(&mut self, param: &tree::ModParam) {
        let text = shown(&param.modules.value);
        let message = format!("no module that matches `{text}` is loaded");
        let fault =
            self.fault(&codes::NO_MODULE_FOR_PARAMETER, param.modules.span, message).label("nothing to set");
        let later = self.load_lines.iter().find(|(name, _)| *name == text).map(|(_, span)| *span);
        let names = self.loaded[1..].iter().map(|m| m.name);
        let fault = match (later, nearest(&text, names)) {
            (Some(line), _) => fault.at(line, "it is loaded only here").help("move the loadmodule line up"),
            (None, Some(near)) => fault.help(format!("`{near}` is loaded and has a similar name")),
            (None, None) if known::is_module(&text) => {
                fault.help(format!("add `loadmodule \"{text}.so\"` above"))
            }
            (None, None) => fault,
        };
        let name = shown(&param.name.value);
        self.push(fault.opensips(format!("Parameter <{name}> not found in module <{text}> - can't set")));
    }

    fn set_parameter(&mut self, module: &'static Module, known: &'static ModParam, param: &tree::ModParam) {
        let (value, span) = match &param.value {
            ParamValue::Number(number) => (Value::Int(number.value), number.span),
            ParamValue::Text(text) => (Value::Text(text.value.clone()), text.span),
        };
        let fits = match known.kind {
            ParamKind::Any => true,
            ParamKind::Int | ParamKind::Between(..) => matches!(value, Value::Int(_)),
            ParamKind::Text => matches!(value, Value::Text(_)),
        };
        if fits {
            self.check_value(module, known, &value, span);
            self.program.modparams.push(Parameter { module, param: known, value, span: param.span });
            return;
        }
        let wanted = if known.kind.is_number() { "a number" } else { "a string" };
        let message = format!("the parameter `{}` of {} takes {wanted}", known.name, module.name);
        let fault = self.fault(&codes::PARAMETER_TYPE, span, message).label(format!("expected {wanted}"));
        let fault = match &value {
            Value::Text(text) if shown(text).parse::<i32>().is_ok() => {
                fault.help(format!("write {} without quotes", shown(text)))
            }
            Value::Text(text) if matches!(&**text, b"yes" | b"no" | b"on" | b"off") => {
                fault.help(format!("write {} without quotes, which is a number", shown(text)))
            }
            Value::Int(number) => fault.help(format!("write \"{number}\" in quotes")),
            _ => fault,
        };
        let words = format!("Parameter <{}> not found in module <{}> - can't set", known.name, module.name);
        self.push(fault.opensips(words));
    }

    /// What the module itself says of a value.
    fn check_value(&mut self, module: &'static Module, known: &'static ModParam, value: &Value, span: Span) {
        let said = match value {
            Value::Text(text) => (module.check_param)(known.name, &shown(text)),
            Value::Int(number) => known.kind.out_of_bounds(*number).map_or(Ok(None), Err),
            Value::List(_) => return,
        };
        let name = format!("the parameter `{}` of {}", known.name, module.name);
        let fault = match said {
            Ok(None) => return,
            Ok(Some(idle)) => {
                self.fault(&codes::PARAMETER_IN_PART, span, format!("{name} works in part")).label(idle)
            }
            Err(why) => {
                self.fault(&codes::PARAMETER_VALUE, span, format!("{name} cannot have this value")).label(why)
            }
        };
        self.push(fault);
    }

    /// Modules that others need.
    pub(super) fn dependencies(&mut self) {
        for loaded in self.program.modules.clone() {
            for needed in loaded.module.depends {
                if self.is_loaded(needed) || self.refused.iter().any(|r| r == needed) {
                    continue;
                }
                let message = format!("the module {} needs the module {needed}", loaded.module.name);
                let fault = self
                    .fault(&codes::MISSING_DEPENDENCY, loaded.span, message)
                    .label("needs another module");
                self.push(
                    fault
                        .help(format!("add `loadmodule \"{needed}.so\"`"))
                        .opensips("failed to solve module dependencies"),
                );
            }
        }
    }
}

fn failed(file: &[u8]) -> String {
    format!("failed to load module {}", shown(file))
}
