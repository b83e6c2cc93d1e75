//! Statements: expressions of the type `Flow`.

use super::expressions::operator;
use super::variables::{Stored, getter, setter, stored};
use super::{Emitter, literals};
use crate::ir::{
    Arm, AssignOp, BinaryOp, Block, Call, Case, Condition, Expr, Format, Index, Label, LogLevel, Return,
    RouteArg, RouteRef, Statement, StatementKind, VarRef,
};
use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use std::collections::{BTreeSet, HashSet};
use std::net::Ipv4Addr;
use syn::Lifetime;

/// A label with the line in it.
pub(super) fn label(word: &str, line: u32, count: usize) -> Lifetime {
    Lifetime::new(&format!("'{word}_{line}_{count}"), proc_macro2::Span::call_site())
}

/// What the tokens of a statement end with. They always stand in a block of their own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// A `Flow`.
    Flow,
    /// The value, an `i32`; what ends the script leaves the function.
    Value,
    /// Nothing: more statements follow.
    Nothing,
}

impl Ends {
    pub(super) fn with(self, flow: &TokenStream) -> TokenStream {
        match self {
            Ends::Flow => flow.clone(),
            Ends::Value => quote! { #flow? },
            Ends::Nothing => quote! { #flow?; },
        }
    }

    /// With a value after which the list goes on.
    fn settled(self, value: &TokenStream) -> TokenStream {
        match self {
            Ends::Flow => quote! { Flow::Continue(#value) },
            Ends::Value => value.clone(),
            Ends::Nothing => TokenStream::new(),
        }
    }
}

/// How a branch of an `if` goes on.
#[derive(Clone, Copy)]
enum Leaves<'a> {
    /// As the statement ends.
    Ends(Ends),
    /// With its `Flow` to behind a chain.
    Label(&'a Lifetime),
}

impl Leaves<'_> {
    /// With a value after which the list goes on.
    fn settled(self, value: &TokenStream) -> TokenStream {
        match self {
            Leaves::Ends(ends) => ends.settled(value),
            Leaves::Label(label) => quote! { break #label Flow::Continue(#value); },
        }
    }
}

impl Emitter<'_> {
    /// A list; its end is that of its last statement.
    pub(super) fn list(&mut self, block: &[Statement], ends: Ends) -> TokenStream {
        let Some((last, rest)) = block.split_last() else {
            return ends.with(&quote! { Flow::Continue(1) });
        };
        let rest: Vec<TokenStream> = rest.iter().map(|s| self.with_line(s, Ends::Nothing)).collect();
        let last = self.with_line(last, ends);
        quote! { #(#rest)* #last }
    }

    /// A statement behind the note of its line.
    fn with_line(&mut self, statement: &Statement, ends: Ends) -> TokenStream {
        let line = line_number(statement.span.line);
        let trace = self.trace(statement);
        let names = self.names(statement);
        let flow = self.flow(statement, ends);
        quote! { cx.at(#line); #trace #names #flow }
    }

    /// Finds the names that a statement asks for.
    fn names(&mut self, statement: &Statement) -> TokenStream {
        let wanted = crate::passes::names::wanted(statement);
        let wanted: Vec<TokenStream> = wanted.iter().map(|v| self.reference(v)).collect();
        quote! { #(names::find(cx, &#wanted).await;)* }
    }

    /// Tells `script_trace` of an action, in scripts that use it.
    pub(super) fn trace(&self, statement: &Statement) -> TokenStream {
        let name = crate::passes::trace::name(statement).filter(|_| self.traced);
        name.map_or_else(TokenStream::new, |(class, action)| traced(statement.span.line, class, action))
    }

    /// One statement.
    pub(super) fn flow(&mut self, statement: &Statement, ends: Ends) -> TokenStream {
        let line = statement.span.line;
        match &statement.kind {
            StatementKind::Call(call) => {
                let value = self.call(call);
                done(&value, ends)
            }
            StatementKind::Assign { op, target, value } => self.assign(*op, target, value, ends),
            StatementKind::AssignNull { op, target } => self.assign_null(*op, target, ends),
            StatementKind::If { arms, otherwise } => self.if_statement(arms, otherwise, line, ends),
            StatementKind::While { condition, body } => {
                let names = self.names(statement);
                self.while_loop(condition, body, names, line, ends)
            }
            StatementKind::ForEach { iterator, source, body } => {
                self.for_each(iterator, source, body, line, ends)
            }
            StatementKind::Switch { subject, cases, default } => {
                self.switch(subject, cases, default.as_deref().unwrap_or_default(), line, ends)
            }
            StatementKind::Route(call) => self.route_call(call, ends),
            StatementKind::Return(values) => self.return_values(values, ends),
            StatementKind::Exit => stop(&quote! { cx.exit() }, &quote! { 0 }, ends),
            StatementKind::Drop => stop(&quote! { cx.drop_message() }, &quote! { BREAK_VALUE }, ends),
            StatementKind::Break => self.break_out(),
            StatementKind::Assert { condition, message } => {
                self.assertion(condition, message.as_deref(), ends)
            }
            StatementKind::Xlog { level, text } => self.xlog(level, text, ends),
            StatementKind::Log { level, text } => {
                let (level, text) = (literals::number(*level), literals::bytes(text));
                done(&quote! { xlog::log(cx, #level, #text) }, ends)
            }
            StatementKind::Error { class, text } => {
                let (class, text) = (literals::bytes(class), literals::bytes(text));
                done(&quote! { statements::error(cx, #class, #text) }, ends)
            }
            StatementKind::Async { call, resume } => {
                let resume = route_ref(*resume);
                let value = self.call_later(call, |run| quote! { asynchronous::suspend(cx, #run, #resume) });
                done(&value, ends)
            }
            StatementKind::Launch { call, report, param } => {
                let value = self.launch(call, *report, param.as_ref());
                done(&value, ends)
            }
        }
    }

    /// Leaves the innermost loop or switch; `$rc` becomes the value of `break`.
    fn break_out(&self) -> TokenStream {
        match self.labels.last() {
            Some(label) => {
                let label = Lifetime::new(label, proc_macro2::Span::call_site());
                quote! { cx.rc = BREAK_VALUE; break #label BREAK_VALUE; }
            }
            // The grammar has no such place.
            None => quote! {},
        }
    }

    fn assign(&mut self, op: AssignOp, target: &VarRef, value: &Expr, ends: Ends) -> TokenStream {
        if let (Expr::Text(text), AssignOp::Set, Some((kind, number))) = (value, op, stored(target)) {
            let (set, text) = (kind.setter_of_text(), literals::bytes(text));
            return settled(&quote! { direct::#set(cx, #number, #text) }, ends);
        }
        if let (Expr::Variable(source), AssignOp::Set) = (value, op)
            && let (Some((Stored::Avp, name)), Some((Stored::Var, slot))) = (stored(target), stored(source))
        {
            return settled(&quote! { direct::set_avp_to_var(cx, #name, #slot) }, ends);
        }
        let acts = crate::passes::walk::has_statement(value);
        let value = match value {
            // what is stored of a number
            Expr::Number(n) if op == AssignOp::Set && stored(target).is_some() => {
                let n = literals::number(*n);
                quote! { Value::Int(#n) }
            }
            value => self.value(value),
        };
        let assigned = self.assigned(op, target);
        let assigned = if acts { done(&assigned, ends) } else { settled(&assigned, ends) };
        quote! { let value = #value; #assigned }
    }

    /// The call that assigns `value`.
    fn assigned(&mut self, op: AssignOp, target: &VarRef) -> TokenStream {
        match stored(target).filter(|_| op == AssignOp::Set) {
            Some((Stored::Var, slot)) => return quote! { direct::set_var(cx, #slot, value) },
            Some((Stored::Avp, name)) => return quote! { direct::set_avp(cx, #name, value) },
            None => {}
        }
        let how = how(op);
        match (self.place(target), compound(op)) {
            (Some(place), None) => {
                let set = setter(target);
                quote! { expr::assign(cx, #set, &#place, #how, value) }
            }
            (Some(place), Some(op)) => {
                let (get, set, op) = (getter(target), setter(target), operator(op));
                quote! { expr::assign_op(cx, #get, #set, &#place, #op, value) }
            }
            (None, None) => {
                let target = self.reference(target);
                quote! { statements::assign(cx, &#target, #how, value) }
            }
            (None, Some(op)) => {
                let (target, op) = (self.reference(target), operator(op));
                quote! { statements::assign_op(cx, &#target, #op, value) }
            }
        }
    }

    fn assign_null(&mut self, op: AssignOp, target: &VarRef, ends: Ends) -> TokenStream {
        match stored(target).filter(|_| op == AssignOp::Set) {
            Some((Stored::Var, slot)) => {
                return settled(&quote! { direct::set_var(cx, #slot, Value::Null) }, ends);
            }
            Some((Stored::Avp, name)) => {
                return settled(&quote! { direct::clear_avp(cx, #name) }, ends);
            }
            None => {}
        }
        let how = how(op);
        let assigned = match self.place(target) {
            Some(place) => {
                let set = setter(target);
                quote! { expr::assign_null(cx, #set, &#place, #how) }
            }
            None => {
                let target = self.reference(target);
                quote! { statements::assign_null(cx, &#target, #how) }
            }
        };
        settled(&assigned, ends)
    }

    fn if_statement(&mut self, arms: &[Arm], otherwise: &Block, line: u32, ends: Ends) -> TokenStream {
        if let [arm] = arms {
            return self.single_if(arm, otherwise, ends);
        }
        // A chain of `else if` stays flat, however long it is.
        self.count += 1;
        let label = label("if", line, self.count);
        let without_body = (quote! { 1 }, quote! { 1 });
        let mut steps = Vec::new();
        for (i, arm) in arms.iter().enumerate() {
            let trace = self.traced.then(|| traced(arm.span.line, "core", "if"));
            let at = (i > 0).then(|| line_number(arm.span.line)).map(|line| quote! { cx.at(#line); #trace });
            let (condition, decide) = self.decided(&arm.condition);
            let body = self.branch(&arm.body, &without_body, Leaves::Label(&label));
            steps.push(quote! { #at let condition = #condition; if condition.#decide { #body } });
        }
        let last = self.branch(otherwise, &without_body, Leaves::Ends(Ends::Flow));
        let end = ends.with(&quote! { flow });
        quote! { let flow: Flow = #label: { #(#steps)* #last }; #end }
    }

    fn single_if(&mut self, arm: &Arm, otherwise: &Block, ends: Ends) -> TokenStream {
        let (condition, decide) = self.decided(&arm.condition);
        let without_body = (quote! { condition }, quote! { 1 });
        let body = self.branch(&arm.body, &without_body, Leaves::Ends(ends));
        let other = self.branch(otherwise, &without_body, Leaves::Ends(ends));
        let needs_value = arm.body.is_empty() || otherwise.is_empty();
        if needs_value || !is_plain(&condition) {
            return quote! { let condition = #condition; if condition.#decide { #body } else { #other } };
        }
        quote! { if #condition.#decide { #body } else { #other } }
    }

    /// A condition, and how it is decided: only one with an action in it can end the script.
    fn decided(&mut self, condition: &Condition) -> (TokenStream, TokenStream) {
        let acts = crate::passes::walk::acts(condition);
        let decide = if acts {
            quote! { decide(cx)? }
        } else {
            quote! { truth(cx) }
        };
        (self.condition(condition), decide)
    }

    /// The body of an `if` or `else`, with the end of the `if`.
    ///
    /// What ends the script has left by then: only `$rc` and the value are to be told. `without_body` is what they are
    /// when there is none.
    fn branch(
        &mut self,
        block: &[Statement],
        without_body: &(TokenStream, TokenStream),
        leaves: Leaves<'_>,
    ) -> TokenStream {
        if block.is_empty() {
            let (rc, value) = without_body;
            let end = leaves.settled(value);
            return quote! { cx.rc = #rc; #end };
        }
        if ends_with_break(block) {
            return self.list(block, Ends::Nothing);
        }
        let value = self.list(block, Ends::Value);
        let end = leaves.settled(&quote! { cx.rc });
        quote! { cx.rc = { #value }; #end }
    }

    /// What `inner` makes, with a label (and its colon) for it when something in it breaks out.
    fn labelled(
        &mut self,
        word: &str,
        line: u32,
        inner: impl FnOnce(&mut Self) -> TokenStream,
    ) -> (Option<TokenStream>, TokenStream) {
        self.count += 1;
        let label = label(word, line, self.count);
        self.labels.push(label.to_string());
        let result = inner(self);
        self.labels.pop();
        let mut used = BTreeSet::new();
        super::idents(&result, &mut used);
        let label = used.contains(&label.ident.to_string()).then(|| quote! { #label: });
        (label, result)
    }

    fn while_loop(
        &mut self,
        condition: &Condition,
        body: &Block,
        names: TokenStream,
        line: u32,
        ends: Ends,
    ) -> TokenStream {
        let test = self.condition(condition);
        if body.is_empty() {
            // Tested once; a body that is missing ends the loop.
            let end = done(&quote! { 1 }, ends);
            return quote! { let condition = #test; condition.decide(cx)?; #end };
        }
        let at = line_number(line);
        let (label, list) = self.labelled("while", line, |e| e.loop_body(body));
        let mutable = (!ends_with_break(body)).then(|| quote! { mut });
        let end = done(&quote! { value }, ends);
        quote! {
            let mut passes = 0;
            let #mutable last = BREAK_VALUE;
            let value = #label loop {
                if !statements::begin_pass(cx, &mut passes) {
                    break last;
                }
                cx.at(#at);
                #names
                let condition = #test;
                if !condition.decide(cx)? {
                    break 1;
                }
                #list
            };
            #end
        }
    }

    /// One pass: its value is noted in `last`.
    fn loop_body(&mut self, body: &[Statement]) -> TokenStream {
        if ends_with_break(body) {
            return self.list(body, Ends::Nothing);
        }
        let list = self.list(body, Ends::Value);
        quote! { last = { #list }; }
    }

    fn for_each(
        &mut self,
        iterator: &VarRef,
        source: &VarRef,
        body: &Block,
        line: u32,
        ends: Ends,
    ) -> TokenStream {
        if body.is_empty() {
            return done(&quote! { 1 }, ends);
        }
        if !matches!(source.index, Index::All) {
            return done(&quote! { statements::no_list(cx) }, ends);
        }
        let how = if iterator.variable.name == "json" {
            quote! { Assign::Replace }
        } else {
            quote! { Assign::Set }
        };
        let (iterator, source) = (self.reference(iterator), self.reference(source));
        let (label, list) = self.labelled("each", line, |e| e.loop_body(body));
        let mutable = (!ends_with_break(body)).then(|| quote! { mut });
        let end = done(&quote! { value }, ends);
        quote! {
            let #mutable last = 1;
            let mut item = 0;
            let value = #label loop {
                match statements::next_item(cx, &#iterator, #how, &#source, item) {
                    Ok(()) => item += 1,
                    Err(value) => break value.unwrap_or(last),
                }
                #list
            };
            #end
        }
    }

    fn switch(
        &mut self,
        subject: &VarRef,
        cases: &[Case],
        default: &[Statement],
        line: u32,
        ends: Ends,
    ) -> TokenStream {
        let first = self.first_case(subject, cases);
        let (label, body) = self.labelled("switch", line, |emitter| emitter.cases(cases, default));
        let name = if cases.iter().all(|c| c.body.is_empty()) {
            quote! { _ }
        } else {
            quote! { first }
        };
        let end = done(&quote! { value }, ends);
        // `$rc` is 1 for the first action of a case, whatever came before the switch
        quote! {
            let #name = #first;
            cx.rc = 1;
            let value = #label { #body };
            #end
        }
    }

    /// The number of the case that matches first.
    fn first_case(&mut self, subject: &VarRef, cases: &[Case]) -> TokenStream {
        let texts = cases.iter().all(|case| matches!(case.label, Label::Text(_)));
        let first = first_case(cases);
        let source = subject.module.is_core() && subject.variable.function == "si";
        let plain =
            subject.transformations.is_empty() && subject.context == crate::ir::MessageContext::Current;
        if texts && source && plain {
            if let Some(first) = first_address(cases) {
                return first;
            }
            return quote! { { let text = IpText::of(cx.received.source.ip()); let text = Some(text.text()); #first } };
        }
        if let Some(text) = self.text(subject).filter(|_| texts) {
            return quote! { { let text = #text; #first } };
        }
        if texts || cases.iter().any(|case| matches!(case.label, Label::Text(_))) {
            let first = quote! { direct::text_of(left, |text| #first) };
            return self.look(subject, &first);
        }
        self.look(subject, &first)
    }

    /// The bodies of all cases and the default, giving the value of the switch. A body runs when its label or
    /// one before it was the first to match.
    fn cases(&mut self, cases: &[Case], default: &[Statement]) -> TokenStream {
        let with_value = default.is_empty();
        let (mut bodies, mut assigned) = (Vec::new(), false);
        for (i, case) in cases.iter().enumerate().filter(|(_, case)| !case.body.is_empty()) {
            let keeps_value = with_value && !ends_with_break(&case.body);
            let list = self.list(&case.body, if keeps_value { Ends::Value } else { Ends::Nothing });
            let list = if keeps_value {
                quote! { value = { #list }; }
            } else {
                list
            };
            let number = index(i);
            assigned |= keeps_value;
            bodies.push(quote! { if first <= #number { #list } });
        }
        if !with_value {
            let ends = if ends_with_break(default) { Ends::Nothing } else { Ends::Value };
            let default = self.list(default, ends);
            return quote! { #(#bodies)* #default };
        }
        if assigned {
            return quote! { let mut value = 1; #(#bodies)* value };
        }
        quote! { #(#bodies)* 1 }
    }

    fn return_values(&mut self, values: &Return, ends: Ends) -> TokenStream {
        let extras = literals::list(values.extras.iter().map(|e| self.handed_over(e)));
        match &values.value {
            RouteArg::Number(n) if values.extras.is_empty() => {
                let n = literals::number(*n);
                stop(&quote! { cx.return_with(#n, Vec::new()) }, &n, ends)
            }
            RouteArg::Variable(variable) => {
                let value = self.read(variable);
                let end = stop(&quote! { cx.return_with(value, extras) }, &quote! { value }, ends);
                quote! { let extras = #extras; let value = Context::return_value(&#value); #end }
            }
            RouteArg::Number(n) => {
                let n = literals::number(*n);
                let end = stop(&quote! { cx.return_with(#n, extras) }, &n, ends);
                quote! { let extras = #extras; #end }
            }
            // The grammar has no such value.
            RouteArg::Text(_) | RouteArg::Null => ends.with(&quote! { cx.return_with(1, Vec::new()) }),
        }
    }

    fn assertion(&mut self, condition: &Condition, message: Option<&[u8]>, ends: Ends) -> TokenStream {
        let condition = self.condition(condition);
        let message = literals::option(message.map(|m| {
            let text = literals::bytes(m);
            quote! { #text }
        }));
        let active = ends.with(&quote! { statements::assertion(cx, condition, #message) });
        let idle = ends.with(&quote! { BREAK_VALUE.done(cx) });
        quote! { if statements::asserts(cx) { let condition = #condition; #active } else { #idle } }
    }

    fn xlog(&mut self, level: &LogLevel, text: &Format, ends: Ends) -> TokenStream {
        let write = self.write_format(text, &quote! { text });
        let cx = if text.literal().is_none() {
            quote! { cx }
        } else {
            quote! { _ }
        };
        let write = quote! { |#cx, text| { #write } };
        match level {
            LogLevel::Default => {
                let end = done(&quote! { xlog::xlog(cx, level, #write) }, ends);
                quote! { let level = xlog::default_level(cx); #end }
            }
            LogLevel::Fixed(level) => {
                let level = literals::number(*level);
                done(&quote! { xlog::xlog(cx, #level, #write) }, ends)
            }
            LogLevel::Variable(variable) => {
                let level = self.read(variable);
                let end = done(&quote! { xlog::xlog_at(cx, &level, #write) }, ends);
                quote! { let level = #level; #end }
            }
        }
    }

    /// A `launch`; a parameter that is too long ends the script, as in OpenSIPS.
    fn launch(&mut self, call: &Call, report: Option<RouteRef>, param: Option<&Format>) -> TokenStream {
        let report = literals::option(report.map(route_ref));
        let Some(param) = param else {
            return self.call_later(call, |run| quote! { asynchronous::launch(cx, #run, #report, None) });
        };
        let text = self.format(param);
        self.call_later(call, |run| {
            quote! {
                match #text {
                    Some(text) => asynchronous::launch(cx, #run, #report, Some(text)),
                    None => 0,
                }
            }
        })
    }
}

fn traced(line: u32, class: &str, action: &str) -> TokenStream {
    let line = line_number(line);
    quote! { trace::step(cx, #line, #class, #action); }
}

fn route_ref(route: RouteRef) -> TokenStream {
    let index = literals::number(i32::try_from(route.index).unwrap_or(i32::MAX));
    quote! { RouteRef(#index) }
}

/// `value.done(cx)`; what is more than a call gets a name first.
fn done(value: &TokenStream, ends: Ends) -> TokenStream {
    if is_plain(value) {
        return ends.with(&quote! { #value.done(cx) });
    }
    let end = ends.with(&quote! { value.done(cx) });
    quote! { let value = #value; #end }
}

/// `value`, which becomes `$rc`, of a statement that cannot end the script: no action stands in it, and its value is not 0.
fn settled(value: &TokenStream, ends: Ends) -> TokenStream {
    let end = ends.settled(&quote! { cx.rc });
    quote! { cx.rc = #value; #end }
}

/// `exit`, `drop` and `return`: they end like other actions, so an error that reading their operands raised
/// still reaches the error route.
fn stop(flow: &TokenStream, value: &TokenStream, ends: Ends) -> TokenStream {
    let end = ends.with(&quote! { end_action(cx, #value) });
    quote! { let _ = #flow; #end }
}

/// Whether an expression is no block, which could not stand in front of a method call.
pub(super) fn is_plain(value: &TokenStream) -> bool {
    match value.clone().into_iter().next() {
        Some(TokenTree::Group(_) | TokenTree::Punct(_)) => false,
        Some(TokenTree::Ident(word)) => word != "match" && word != "if",
        _ => true,
    }
}

fn ends_with_break(block: &[Statement]) -> bool {
    block.last().is_some_and(|s| matches!(s.kind, StatementKind::Break))
}

/// The number of the case that matches first.
fn first_case(cases: &[Case]) -> TokenStream {
    if cases.iter().all(|case| matches!(case.label, Label::Text(_))) {
        return first_text(cases);
    }
    let tests = cases.iter().enumerate().map(|(i, case)| {
        let number = index(i);
        let test = match &case.label {
            Label::Number(n) => {
                let n = literals::number(*n);
                quote! { expr::label_number(left, #n) }
            }
            Label::Text(text) => {
                let text = literals::bytes(text);
                quote! { expr::label_is(text, #text) }
            }
        };
        quote! { if #test { #number } else }
    });
    let none = index(cases.len());
    quote! { #(#tests)* { #none } }
}

/// The same of labels that are texts: one `match` on the length and the bytes of `text`.
fn first_text(cases: &[Case]) -> TokenStream {
    let mut seen = HashSet::new();
    let arms = cases.iter().enumerate().filter_map(|(i, case)| {
        let Label::Text(text) = &case.label else { return None };
        seen.insert(text.to_ascii_lowercase()).then(|| {
            let (number, pattern) = (index(i), literals::any_case(text));
            quote! { Some(#pattern) => #number, }
        })
    });
    let arms: Vec<TokenStream> = arms.collect();
    let none = index(cases.len());
    quote! { match text { #(#arms)* _ => #none } }
}

/// The same of labels that are IPv4 addresses: one `match` on the bytes of the address.
fn first_address(cases: &[Case]) -> Option<TokenStream> {
    let mut seen = HashSet::new();
    let mut arms = Vec::new();
    for (i, case) in cases.iter().enumerate() {
        let Label::Text(text) = &case.label else { return None };
        let address: Ipv4Addr = std::str::from_utf8(text).ok()?.parse().ok()?;
        if seen.insert(address) {
            let (number, bytes) = (index(i), address.octets().map(proc_macro2::Literal::u8_unsuffixed));
            arms.push(quote! { [#(#bytes),*] => #number, });
        }
    }
    let none = index(cases.len());
    Some(quote! {
        match cx.received.source.ip() {
            IpAddr::V4(ip) => match ip.octets() { #(#arms)* _ => #none },
            IpAddr::V6(_) => #none,
        }
    })
}

fn index(i: usize) -> TokenStream {
    literals::number(i32::try_from(i).unwrap_or(i32::MAX))
}

fn line_number(line: u32) -> TokenStream {
    literals::number(i32::try_from(line).unwrap_or(i32::MAX))
}

fn how(op: AssignOp) -> TokenStream {
    if op == AssignOp::Replace {
        quote! { Assign::Replace }
    } else {
        quote! { Assign::Set }
    }
}

/// The operator of a compound assignment.
fn compound(op: AssignOp) -> Option<BinaryOp> {
    Some(match op {
        AssignOp::Set | AssignOp::Replace => return None,
        AssignOp::Add => BinaryOp::Add,
        AssignOp::Subtract => BinaryOp::Subtract,
        AssignOp::Multiply => BinaryOp::Multiply,
        AssignOp::Divide => BinaryOp::Divide,
        AssignOp::Remainder => BinaryOp::Remainder,
        AssignOp::And => BinaryOp::And,
        AssignOp::Or => BinaryOp::Or,
        AssignOp::Xor => BinaryOp::Xor,
    })
}
