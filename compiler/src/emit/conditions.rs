//! Conditions: expressions of the type `i32`, 1 true, 0 false, -1 error, or the stop of the script.

use super::statements::Ends;
use super::{Emitter, literals};
use crate::ir::{Condition, Statement, StatementKind};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::quote;

impl Emitter<'_> {
    pub(super) fn condition(&mut self, condition: &Condition) -> TokenStream {
        match condition {
            Condition::And(left, right) => {
                let (left, right) = (self.condition(left), unbraced(self.condition(right)));
                quote! { { let left = #left; if left == 1 { #right } else { left } } }
            }
            Condition::Or(left, right) => {
                let (left, right) = (self.condition(left), unbraced(self.condition(right)));
                quote! { { let left = #left; if left == 0 { #right } else { left } } }
            }
            Condition::Not(inner) => {
                let inner = self.condition(inner);
                quote! { flow::not(#inner) }
            }
            Condition::Group(inner) => self.condition(inner),
            Condition::Bracket(expr) => self.truth(expr),
            Condition::Compare(compare) => self.compare(compare),
            Condition::Statement(block) => match block.as_slice() {
                [statement] => self.statement_condition(statement),
                block => self.block_condition(block),
            },
            Condition::Number(n) => literals::number(i32::from(*n != 0)),
            Condition::Variable(variable) => {
                let value = self.read(variable);
                quote! { i32::from(#value.holds()) }
            }
        }
    }

    /// One statement as a condition.
    pub(super) fn statement_condition(&mut self, statement: &Statement) -> TokenStream {
        match &statement.kind {
            StatementKind::Call(call) => {
                let (trace, value) = (self.trace(statement), self.call(call));
                quote! { { #trace let value = #value; flow::call_condition(cx, value) } }
            }
            StatementKind::If { .. }
            | StatementKind::While { .. }
            | StatementKind::ForEach { .. }
            | StatementKind::Switch { .. } => self.block_condition(std::slice::from_ref(statement)),
            _ => {
                let (trace, flow) = (self.trace(statement), self.flow(statement, Ends::Flow));
                quote! { match { #trace #flow } { Flow::Continue(value) | Flow::Break(value) => flow::condition(value) } }
            }
        }
    }

    /// A list of statements as a condition. They end each other with `?`, so they need a body of their own.
    fn block_condition(&mut self, block: &[Statement]) -> TokenStream {
        let waits = self.block_waits(block);
        let labels = std::mem::take(&mut self.labels);
        let list = self.list(block, Ends::Flow);
        self.labels = labels;
        let run = if waits {
            quote! { async { let cx = &mut *cx; #list }.await }
        } else {
            quote! { (|cx: &mut Context| -> Flow { #list })(cx) }
        };
        quote! { { let flow: Flow = #run; match flow { Flow::Continue(value) | Flow::Break(value) => flow::condition(value) } } }
    }

    /// Whether something in a block waits, as its route does.
    fn block_waits(&self, block: &[Statement]) -> bool {
        let mut waits = false;
        crate::passes::walk::statements(block, &mut |statement| {
            waits |= match &statement.kind {
                StatementKind::Call(call) => call.function.effect == sipc_interface::Effect::Suspends,
                StatementKind::Route(call) => match &call.target {
                    crate::ir::RouteTarget::Fixed(route) => self.program.route(*route).suspends,
                    _ => self.any_route_suspends(),
                },
                _ => false,
            };
        });
        waits
    }
}

/// Without the braces around it, for a place that has its own.
fn unbraced(tokens: TokenStream) -> TokenStream {
    let mut trees = tokens.clone().into_iter();
    match (trees.next(), trees.next()) {
        (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::Brace => group.stream(),
        _ => tokens,
    }
}
