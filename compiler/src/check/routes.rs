//! Which routes there are (LANGUAGE 3.1).

use super::{Checker, shown};
use crate::diagnostics::{Diagnostic, codes, nearest};
use crate::ir::{Bytes, Route, RouteRef};
use crate::source::Span;
use crate::syntax::tree::{self, Item, Script, StatementKind};
use sipc_interface::RouteKind;

/// Named routes of one kind; slot 0 of OpenSIPS' table is the one without a name.
const NAMED_MAX: usize = 99;
/// Timer routes.
const TIMER_MAX: usize = 100;

/// All routes of a script, known before any body is read.
pub(super) struct RouteTable {
    /// By kind, in script order.
    defined: Vec<Defined>,
    pub(super) has_main: bool,
}

struct Defined {
    kind: RouteKind,
    name: Option<Bytes>,
    index: u32,
    head: Span,
}

impl RouteTable {
    pub(super) fn collect(script: &Script, found: &mut Vec<Diagnostic>) -> RouteTable {
        let mut table = RouteTable { defined: Vec::new(), has_main: false };
        for item in &script.items {
            if let Item::Route(route) = item {
                table.define(route, found);
            }
        }
        table
    }

    fn define(&mut self, route: &tree::Route, found: &mut Vec<Diagnostic>) {
        if does_nothing(route) {
            return;
        }
        let name = name_of(route);
        let of_kind = self.defined.iter().filter(|d| d.kind == route.kind);
        let (count, twin) = (of_kind.clone().count(), of_kind.clone().find(|d| d.name == name));
        if let (Some(twin), false) = (twin, route.kind == RouteKind::Timer) {
            found.push(duplicate(route, &name, twin.head));
            return;
        }
        let limit = if route.kind == RouteKind::Timer { TIMER_MAX } else { NAMED_MAX + 1 };
        if count >= limit {
            let message = format!("more than {limit} routes of the kind {}", route.kind.keyword());
            found.push(Diagnostic::new(&codes::TOO_MANY, route.head, message).label("one too many"));
        }
        self.has_main |= route.kind == RouteKind::Request && name.is_none();
        let index = u32::try_from(count).unwrap_or(u32::MAX);
        self.defined.push(Defined { kind: route.kind, name, index, head: route.head });
    }

    pub(super) fn find(&self, kind: RouteKind, name: &[u8]) -> Option<RouteRef> {
        let same = |d: &&Defined| d.kind == kind && d.name.as_deref() == Some(name);
        self.defined.iter().find(same).map(|d| RouteRef { kind, index: d.index })
    }

    /// Whether this very block is the one that counts.
    fn holds(&self, route: &tree::Route) -> bool {
        self.defined.iter().any(|d| d.head == route.head)
    }
}

fn duplicate(route: &tree::Route, name: &Option<Bytes>, first: Span) -> Diagnostic {
    let keyword = route.kind.keyword();
    let (message, words) = match name {
        Some(name) => {
            let name = shown(name);
            (format!("`{keyword}[{name}]` is defined twice"), format!("Script route <{name}> is redefined"))
        }
        None => {
            (format!("`{keyword}` is defined twice"), format!("overwriting default {keyword} routing table"))
        }
    };
    let fault = Diagnostic::new(&codes::DUPLICATE_ROUTE, route.head, message)
        .label("defined again here")
        .at(first, "defined here first")
        .opensips(words);
    match (&route.name, name) {
        (Some(written), None) => {
            fault.note(format!("`{keyword}[{}]` is another name of the main route", shown(&written.text)))
        }
        _ => fault,
    }
}

/// A body of `;` only: OpenSIPS has no actions for it, and takes the route for undefined.
fn does_nothing(route: &tree::Route) -> bool {
    let statements = &route.body.statements;
    !statements.is_empty() && statements.iter().all(|s| matches!(s.kind, StatementKind::Empty))
}

/// The name; `None` for the main route however it is written.
fn name_of(route: &tree::Route) -> Option<Bytes> {
    let name = route.name.as_ref()?.text.clone();
    let main = route.kind == RouteKind::Request && is_zero(&name);
    (!main).then_some(name)
}

/// What `strtol` reads as 0 without a rest: `0`, `00`, ` -0`, and nothing at all.
fn is_zero(name: &[u8]) -> bool {
    let digits = name.trim_ascii_start();
    let digits = digits.strip_prefix(b"-").or(digits.strip_prefix(b"+")).unwrap_or(digits);
    name.is_empty() || (!digits.is_empty() && digits.iter().all(|b| *b == b'0'))
}

impl Checker<'_> {
    pub(super) fn route(&mut self, route: &tree::Route) {
        self.kind = route.kind;
        let body = self.block(&route.body.statements);
        if let Some(interval) = route.interval
            && interval.value <= 0
        {
            let message = "the interval of a timer route must be at least one second".to_owned();
            self.report(&codes::OUT_OF_RANGE, interval.span, message);
        }
        if !self.routes.holds(route) {
            return;
        }
        self.program.routes.push(Route {
            kind: route.kind,
            name: name_of(route),
            interval: route.interval.map(|n| n.value.unsigned_abs()),
            body,
            suspends: false,
            recursive: false,
            reachable: true,
            head: route.head,
            span: route.span,
        });
    }

    /// A route that must exist.
    pub(super) fn route_named(&mut self, kind: RouteKind, name: &[u8], span: Span) -> Option<RouteRef> {
        let known = self.routes.find(kind, name);
        if known.is_none() {
            self.undefined_route(kind, name, span);
        }
        known
    }

    fn undefined_route(&mut self, kind: RouteKind, name: &[u8], span: Span) {
        let (keyword, text) = (kind.keyword(), shown(name));
        let mut fault = self
            .fault(&codes::UNDEFINED_ROUTE, span, format!("there is no `{keyword}[{text}]`"))
            .label("not defined")
            .opensips(format!("called route [{text}] is not defined"));
        let others = self.routes.defined.iter().filter(|d| d.name.as_deref() == Some(name));
        let names: Vec<String> = self
            .routes
            .defined
            .iter()
            .filter(|d| d.kind == kind)
            .filter_map(|d| d.name.as_deref().map(shown))
            .collect();
        if let Some(other) = others.map(|d| (d.kind, d.head)).next() {
            fault = fault.at(other.1, format!("this is a {}, another kind", other.0.keyword()));
        } else if kind == RouteKind::Request && is_zero(name) {
            fault = fault.note("the main route cannot be called");
        } else if let Some(near) = nearest(&text, names.iter().map(String::as_str)) {
            fault = fault.help(format!("`{keyword}[{near}]` has a similar name"));
        }
        self.push(fault);
    }
}
