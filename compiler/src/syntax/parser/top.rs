//! Top-level items: globals, modules, routes (LANGUAGE 2, 3.1).

use super::{Failed, Parse, Parser};
use crate::diagnostics::{codes, nearest};
use crate::syntax::globals;
use crate::syntax::token::TokenKind;
use crate::syntax::tree::{Body, Global, GlobalValue, Item, ModParam, ParamValue, Route};
use sipc_interface::RouteKind;

impl Parser<'_> {
    pub(super) fn items(&mut self) -> Vec<Item> {
        let mut items = Vec::new();
        if self.at_end() && !self.cut {
            self.report(self.diagnostic(&codes::NOTHING, "the script is empty".to_owned()));
        }
        while !self.at_end() {
            let before = self.at;
            match self.item() {
                Ok(item) => items.push(item),
                Err(Failed) => self.skip_item(before),
            }
        }
        items
    }

    fn item(&mut self) -> Parse<Item> {
        let TokenKind::Keyword(word) = *self.kind() else {
            return self.no_item();
        };
        if let Some(kind) = route_kind(word) {
            return self.route_item(kind).map(Item::Route);
        }
        match word {
            "loadmodule" => {
                let start = self.advance();
                let file = self.text("the file of a module in quotes")?;
                let span = start.to(file.span);
                Ok(Item::LoadModule(file, span))
            }
            "modparam" => self.modparam().map(Item::ModParam),
            _ => match globals::spelling(word) {
                Some(name) => self.global(name).map(Item::Global),
                None => self.no_item(),
            },
        }
    }

    /// Something that begins no item.
    fn no_item<T>(&mut self) -> Parse<T> {
        let wanted = "a global, loadmodule, modparam or a route";
        if matches!(self.kind(), TokenKind::Word) && self.is_at(1, "=") {
            return self.unknown_global();
        }
        if let TokenKind::Clause(word) = *self.kind() {
            return self.blank_sensitive(word, wanted);
        }
        let fault =
            self.diagnostic(&codes::TOP_LEVEL, format!("expected {wanted}, found {}", self.describe()));
        let fault = if self.is(";") {
            fault.label("remove this").note("nothing outside routes ends with a semicolon")
        } else if self.is("}") {
            fault.label("closes nothing").help("look for one `}` too many in the route above")
        } else if matches!(self.kind(), TokenKind::Word | TokenKind::Variable) {
            fault.label("cannot stand outside a route").help("statements stand inside a route block")
        } else {
            fault.label("cannot stand here")
        };
        self.fail(fault)
    }

    fn unknown_global<T>(&mut self) -> Parse<T> {
        let name = String::from_utf8_lossy(self.source.slice(self.span())).into_owned();
        let fault = self
            .diagnostic(&codes::UNKNOWN_GLOBAL, format!("there is no global `{name}`"))
            .label("unknown")
            .opensips("unknown config variable");
        let removed = globals::REMOVED.iter().find(|(old, _)| *old == name);
        let names = globals::GLOBALS.iter().flat_map(|g| g.names).copied();
        let fault = match (removed, nearest(&name, names)) {
            (Some((_, instead)), _) => fault
                .note("it belongs to an older release, and the script uses names that only newer ones have")
                .help(format!("{instead}; `sipc migrate` rewrites the script")),
            (None, Some(near)) => fault.help(format!("`{near}` has a similar name")),
            (None, None) => fault,
        };
        self.fail(fault)
    }

    /// Goes on at the next thing that can begin an item.
    fn skip_item(&mut self, before: usize) {
        if self.at == before {
            self.advance();
        }
        let mut depth = 0usize;
        while !self.at_end() {
            if depth == 0 && self.begins_item() {
                return;
            }
            match self.kind() {
                TokenKind::Symbol("{") => depth += 1,
                TokenKind::Symbol("}") if depth > 0 => depth -= 1,
                TokenKind::Symbol("}") if depth == 0 => {
                    self.advance();
                    return;
                }
                _ => {}
            }
            if depth > 0 && self.begins_route() {
                return;
            }
            self.advance();
        }
    }

    fn begins_item(&self) -> bool {
        match self.kind() {
            TokenKind::Keyword("loadmodule" | "modparam") => true,
            TokenKind::Keyword(word) if globals::spelling(word).is_some() => self.is_at(1, "="),
            TokenKind::Keyword(_) => self.begins_route(),
            TokenKind::Word => self.is_at(1, "="),
            _ => false,
        }
    }

    /// A route keyword that a block or a name in brackets follows.
    pub(super) fn begins_route(&self) -> bool {
        matches!(self.kind(), TokenKind::Keyword(word) if route_kind(word).is_some())
            && (self.is_at(1, "{") || self.is_at(1, "["))
    }

    fn global(&mut self, name: &'static str) -> Parse<Global> {
        let name_span = self.advance();
        self.expect("=", &format!("`{name}`"))?;
        let value = self.global_value(name)?;
        let span = name_span.to(self.before());
        if self.is(";") {
            let fault = self
                .diagnostic(&codes::TOP_LEVEL, "a global does not end with a semicolon".to_owned())
                .label("remove this");
            self.report(fault);
            self.advance();
        }
        Ok(Global { name, name_span, value, span })
    }

    fn global_value(&mut self, name: &'static str) -> Parse<GlobalValue> {
        match name {
            "socket" => self.socket(),
            "alias" => self.aliases(),
            "mpath" => self.paths(),
            "dst_blacklist" => self.blacklist(),
            "auto_scaling_profile" => self.profile(),
            "mem-group" => self.mem_group(),
            _ => self.simple_value(name),
        }
    }

    fn simple_value(&mut self, name: &str) -> Parse<GlobalValue> {
        if self.at_number() {
            let signed = self.is("-") || self.is("+");
            let number = self.number("a number")?;
            let profile = match self.kind() {
                TokenKind::Clause("use_auto_scaling_profile") => {
                    self.advance();
                    Some(self.word("the name of a scaling profile")?)
                }
                _ => None,
            };
            return Ok(GlobalValue::Number { number, signed, profile });
        }
        match self.kind() {
            TokenKind::Text(_) => Ok(GlobalValue::Text(self.text("a string")?)),
            TokenKind::Word | TokenKind::Ipv4 | TokenKind::Ipv6 => {
                self.host("a value").map(GlobalValue::Host)
            }
            TokenKind::Symbol("[") => self.host("a value").map(GlobalValue::Host),
            _ => self.unexpected(&format!("a value for `{name}`")),
        }
    }

    fn modparam(&mut self) -> Parse<ModParam> {
        let start = self.advance();
        self.expect("(", "`modparam`")?;
        let modules = self.text("the name of a module in quotes")?;
        self.expect(",", "the module")?;
        let name = self.text("the name of a parameter in quotes")?;
        self.expect(",", "the parameter")?;
        let value = if self.at_number() {
            ParamValue::Number(self.number("a number")?)
        } else {
            ParamValue::Text(self.texts("a number or a string")?)
        };
        let end = self.expect(")", "the value")?;
        if self.is(";") {
            let fault = self
                .diagnostic(&codes::TOP_LEVEL, "modparam does not end with a semicolon".to_owned())
                .label("remove this");
            self.report(fault);
            self.advance();
        }
        Ok(ModParam { modules, name, value, span: start.to(end) })
    }

    fn route_item(&mut self, kind: RouteKind) -> Parse<Route> {
        let start = self.advance();
        let (mut name, mut interval) = (None, None);
        let named = takes_name(kind);
        if named == Some(true) && !self.is("[") {
            return self.unexpected(&format!("`[name]` after `{}`", kind.keyword()));
        }
        if named.is_some() && self.eat("[").is_some() {
            name = Some(self.route_name()?);
            if kind == RouteKind::Timer {
                self.expect(",", "the name of a timer route")?;
                interval = Some(self.unsigned("the seconds of a timer route")?);
            }
            self.expect("]", "the name of a route")?;
        }
        let head = start.to(self.before());
        let body = self.route_body(kind)?;
        let span = start.to(body.span);
        Ok(Route { kind, name, interval, body, head, span })
    }

    fn route_body(&mut self, kind: RouteKind) -> Parse<Body> {
        if !self.is("{") {
            return self.unexpected(&format!("`{{` after the head of a {}", kind.keyword()));
        }
        let faults = self.faults;
        let body = self.block(false)?;
        if body.statements.is_empty() && self.faults == faults && !self.cut {
            let fault = crate::diagnostics::Diagnostic::new(
                &codes::EMPTY_ROUTE,
                body.span,
                "a route needs at least one statement".to_owned(),
            );
            self.report(fault.label("nothing in it").help("write `return;`"));
        }
        Ok(body)
    }
}

fn route_kind(word: &str) -> Option<RouteKind> {
    RouteKind::ALL.into_iter().find(|k| k.keyword() == word)
}

/// Whether a name must be given; `None` when it must not.
fn takes_name(kind: RouteKind) -> Option<bool> {
    match kind {
        RouteKind::Request | RouteKind::Reply => Some(false),
        RouteKind::Failure | RouteKind::Branch | RouteKind::Timer | RouteKind::Event => Some(true),
        RouteKind::Error | RouteKind::Local | RouteKind::Startup => None,
    }
}
