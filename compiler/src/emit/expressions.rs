//! Value expressions and comparisons.

use super::matchers::matcher;
use super::pieces::stored_cut;
use super::statements::Ends;
use super::variables::{Stored, stored};
use super::{Emitter, literals};
use crate::ir::{BinaryOp, Compare, CompareOp, Expr, Network, Operand, Statement, StatementKind, VarRef};
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use sipc_interface::posix::Options;
use std::net::IpAddr;

/// Room for a value in a sum.
const VALUE: usize = 24;

impl Emitter<'_> {
    /// The right side of an assignment, a `Value`.
    pub(super) fn value(&mut self, expr: &Expr) -> TokenStream {
        match expr {
            Expr::Compare(compare) => {
                let result = self.compare(compare);
                quote! { expr::result(#result) }
            }
            Expr::Statement(statement) => {
                let value = self.statement_value(statement);
                quote! { expr::call_result(#value) }
            }
            other => self.operand(other),
        }
    }

    /// An operand of an operator, a `Value`.
    pub(super) fn operand(&mut self, expr: &Expr) -> TokenStream {
        match expr {
            Expr::Number(n) => {
                let n = literals::number(*n);
                quote! { Value::BareInt(#n) }
            }
            Expr::Text(text) => {
                let text = literals::bytes(text);
                quote! { Value::literal(#text) }
            }
            Expr::Variable(variable) => self.read(variable),
            Expr::Compare(compare) => {
                let result = self.compare(compare);
                quote! { Value::BareInt(#result) }
            }
            Expr::Statement(statement) => {
                let value = self.statement_value(statement);
                quote! { Value::BareInt(#value) }
            }
            Expr::Binary { op, left, right } => {
                if *op == BinaryOp::Add
                    && let Some(sum) = self.sum(left, right)
                {
                    return sum;
                }
                if *op == BinaryOp::Add
                    && let Some(sum) = self.sum_with_cut(left, right)
                {
                    return sum;
                }
                let is_sum = *op == BinaryOp::Add;
                let op = operator(*op);
                if let (Expr::Variable(left), Expr::Variable(right)) = (&**left, &**right) {
                    return self.look_at_both(left, right, &quote! { expr::binary(cx, #op, left, right) });
                }
                if let (Expr::Variable(left), Expr::Text(text)) = (&**left, &**right)
                    && is_sum
                {
                    let text = literals::bytes(text);
                    return self.look(left, &quote! { expr::with_suffix(cx, left, #text) });
                }
                let (left, right) = (self.operand(left), self.operand(right));
                quote! { { let left = #left; let right = #right; expr::binary(cx, #op, &left, &right) } }
            }
            Expr::Complement(inner) => {
                let inner = self.operand(inner);
                quote! { { let operand = #inner; expr::complement(cx, &operand) } }
            }
        }
    }

    /// The truth of `[expr]`, an `i32`.
    pub(super) fn truth(&mut self, expr: &Expr) -> TokenStream {
        match expr {
            Expr::Number(n) => literals::number(i32::from(*n != 0)),
            Expr::Text(text) => literals::number(i32::from(!text.is_empty())),
            Expr::Variable(variable) => {
                let value = self.read(variable);
                quote! { expr::variable_truth(&#value) }
            }
            Expr::Compare(compare) => self.compare(compare),
            Expr::Statement(statement) => self.statement_condition(statement),
            Expr::Binary { op, left, right } => {
                let (op, left, right) = (operator(*op), self.operand(left), self.operand(right));
                quote! { { let left = #left; let right = #right; expr::binary_truth(cx, #op, &left, &right) } }
            }
            Expr::Complement(inner) => {
                let inner = self.operand(inner);
                quote! { { let operand = #inner; expr::complement_truth(cx, &operand) } }
            }
        }
    }

    /// The value of a statement that stands in an expression; its effect on the script is noted in the context.
    fn statement_value(&mut self, statement: &Statement) -> TokenStream {
        match &statement.kind {
            StatementKind::Call(call) => {
                let (trace, value) = (self.trace(statement), self.call(call));
                quote! { { #trace let value = #value; let _ = value.done(cx); value } }
            }
            _ => {
                let (trace, flow) = (self.trace(statement), self.flow(statement, Ends::Flow));
                quote! { match { #trace #flow } { Flow::Continue(value) | Flow::Break(value) => value } }
            }
        }
    }

    /// A comparison, an `i32`.
    pub(super) fn compare(&mut self, compare: &Compare) -> TokenStream {
        let op = comparison(compare.op);
        if let Some(result) = self.compare_text(compare, &op).or_else(|| self.compare_length(compare, &op)) {
            return result;
        }
        match &compare.right {
            Operand::Null => {
                if let Some(header) = self.header(&compare.left) {
                    return quote! { i32::from(direct::has_header(cx, &#header) == (#op == Compare::NotEqual)) };
                }
                self.look(&compare.left, &quote! { expr::compare_null(#op, left) })
            }
            Operand::Text(text) => {
                let right = literals::bytes(text);
                let result = self.look(&compare.left, &quote! { expr::with_text(#op, left, #right) });
                quote! { { let result = #result; expr::reported(cx, #op, result) } }
            }
            Operand::Number(n) => {
                let right = literals::number(*n);
                let result = self.look(&compare.left, &quote! { expr::with_number(#op, left, #right) });
                quote! { { let result = #result; expr::reported(cx, #op, result) } }
            }
            Operand::Regex(pattern) => {
                let matched = self.matched(pattern, &op);
                let result = self.look(&compare.left, &matched);
                quote! { { let result = #result; expr::reported(cx, #op, result) } }
            }
            Operand::Network(network) => {
                let left = self.read(&compare.left);
                let make = network_tokens(network);
                let hint = format!("{}_{}", network.address, network.mask);
                let right = self.statics.get("net", hint.as_bytes(), &quote! { Network }, &make);
                quote! { { let left = #left; expr::compare_network(cx, #op, &left, &#right) } }
            }
            Operand::Variable(variable) => {
                self.look_at_both(&compare.left, variable, &quote! { expr::compare(cx, #op, left, right) })
            }
        }
    }
}

impl Emitter<'_> {
    /// A comparison of what is a text or NULL, where it is; such a one cannot fail.
    fn compare_text(&mut self, compare: &Compare, op: &TokenStream) -> Option<TokenStream> {
        if !matches!(compare.right, Operand::Null | Operand::Text(_) | Operand::Regex(_)) {
            return None;
        }
        if matches!(compare.right, Operand::Null) && self.header(&compare.left).is_some() {
            return None;
        }
        let left = self.text(&compare.left)?;
        Some(match &compare.right {
            Operand::Text(text) => {
                let right = literals::bytes(text);
                quote! { expr::text_with_text(#op, #left, #right) }
            }
            Operand::Regex(pattern) => match self.matcher("matches", pattern, Options::CONDITION) {
                Some(function) => quote! { expr::text_with_pattern(#op, #left, #function) },
                None => {
                    let regex = self.condition_regex(pattern);
                    quote! { expr::text_with_regex(#op, #left, &#regex) }
                }
            },
            _ if compare.op == CompareOp::Equal => quote! { i32::from(#left.is_none()) },
            _ => quote! { i32::from(#left.is_some()) },
        })
    }

    /// A comparison of `{s.len}` with a number, without a value for the length.
    fn compare_length(&mut self, compare: &Compare, op: &TokenStream) -> Option<TokenStream> {
        let Operand::Number(n) = compare.right else { return None };
        let mut measured = compare.left.clone();
        measured.transformations.pop().filter(|t| t.transformation.function == "s_len")?;
        let right = literals::number(n);
        if let Some(text) = self.text(&measured) {
            return Some(quote! { expr::length_with_number(#op, #text, #right) });
        }
        stored(&measured)?;
        Some(self.look(&measured, &quote! { expr::with_number(#op, &direct::length(left), #right) }))
    }

    /// A sum that begins with a text of the script, so that all of it are texts; `None` for others.
    fn sum(&mut self, left: &Expr, right: &Expr) -> Option<TokenStream> {
        let mut operands = vec![right];
        let mut first = left;
        while let Expr::Binary { op: BinaryOp::Add, left, right } = first {
            operands.push(right);
            first = left;
        }
        let Expr::Text(first) = first else { return None };
        let room: usize = operands.iter().map(|o| if let Expr::Text(t) = o { t.len() } else { VALUE }).sum();
        let (first, room) = (literals::bytes(first), literals::number(i32::try_from(room).ok()?));
        let added: Vec<TokenStream> = operands.into_iter().rev().map(|o| self.added(o)).collect();
        Some(quote! { { let mut sum = Sum::of(#first, #room); #(#added;)* sum.finish() } })
    }

    /// A sum of what is stored and of a part of what is stored, without values for them when they are texts.
    fn sum_with_cut(&mut self, left: &Expr, right: &Expr) -> Option<TokenStream> {
        let (Expr::Variable(left), Expr::Variable(right)) = (left, right) else { return None };
        let (first, (second, cut)) = (stored(left)?, stored_cut(right)?);
        let looks =
            stored_look(second, &quote! { right }, &quote! { expr::with_cut(left, right, |text| #cut) });
        let looks = stored_look(first, &quote! { left }, &looks);
        let (left, right) = (self.read(left), self.read(right));
        Some(quote! {
            match #looks {
                Some(value) => value,
                None => { let left = #left; let right = #right; expr::binary(cx, Op::Add, &left, &right) }
            }
        })
    }

    /// What adds an operand to `sum`.
    fn added(&mut self, operand: &Expr) -> TokenStream {
        match operand {
            Expr::Text(text) => {
                let text = literals::bytes(text);
                quote! { sum.literal(#text) }
            }
            Expr::Variable(variable) => self.look(variable, &quote! { sum.value(cx, left) }),
            other => {
                let right = self.operand(other);
                quote! { { let right = #right; sum.value(cx, &right) } }
            }
        }
    }

    /// What `looks` makes of `left`, a reference to the value of a variable.
    pub(super) fn look(&mut self, variable: &VarRef, looks: &TokenStream) -> TokenStream {
        match stored(variable) {
            Some(place) => stored_look(place, &quote! { left }, looks),
            None => {
                let value = self.read(variable);
                quote! { { let left = &#value; #looks } }
            }
        }
    }

    /// What `looks` makes of `left` and `right`, references to the values of two variables.
    fn look_at_both(&mut self, left: &VarRef, right: &VarRef, looks: &TokenStream) -> TokenStream {
        if let (Some(first), Some(second)) = (stored(left), stored(right)) {
            let inner = stored_look(second, &quote! { right }, looks);
            return stored_look(first, &quote! { left }, &inner);
        }
        let (left, right) = (self.read(left), self.read(right));
        quote! { { let (left, right) = (&#left, &#right); #looks } }
    }

    /// Whether a pattern matches `left`: by a function of its own, or by a table of the engine.
    fn matched(&mut self, pattern: &[u8], op: &TokenStream) -> TokenStream {
        if let Some(function) = self.matcher("matches", pattern, Options::CONDITION) {
            return quote! { expr::with_pattern(#op, left, #function) };
        }
        let regex = self.condition_regex(pattern);
        quote! { expr::with_regex(#op, left, &#regex) }
    }

    /// The static of a pattern of a condition.
    fn condition_regex(&mut self, pattern: &[u8]) -> Ident {
        let text = literals::bytes(pattern);
        let make = quote! { Regex::condition(#text) };
        self.statics.get("regex", pattern, &quote! { Regex }, &make)
    }
}

impl Emitter<'_> {
    /// The function that tells whether a pattern matches a text.
    pub(super) fn matcher(&mut self, prefix: &str, pattern: &[u8], options: Options) -> Option<Ident> {
        let body = matcher(pattern, options)?;
        let doc = format!(" `{}`", String::from_utf8_lossy(pattern));
        let item = |name: &Ident| quote! { #[doc = #doc] fn #name(text: &[u8]) -> bool { #body } };
        Some(self.statics.function(prefix, pattern, item))
    }
}

/// What `looks` makes of a reference to what a script stores.
fn stored_look((kind, place): (Stored, TokenStream), name: &TokenStream, looks: &TokenStream) -> TokenStream {
    match kind {
        Stored::Var => quote! { direct::var(cx, #place, |#name| #looks) },
        Stored::Avp => quote! { direct::avp(cx, #place, |#name| #looks) },
    }
}

fn network_tokens(network: &Network) -> TokenStream {
    let (address, mask) = (address(network.address), address(network.mask));
    quote! { Network::new(#address, #mask) }
}

fn address(address: IpAddr) -> TokenStream {
    match address {
        IpAddr::V4(v4) => {
            let parts = v4.octets().map(proc_macro2::Literal::u8_unsuffixed);
            quote! { IpAddr::from([#(#parts),*]) }
        }
        IpAddr::V6(v6) => {
            let parts = v6.segments().map(proc_macro2::Literal::u16_suffixed);
            quote! { IpAddr::from([#(#parts),*]) }
        }
    }
}

/// The engine's name of an operator.
pub(super) fn operator(op: BinaryOp) -> TokenStream {
    match op {
        BinaryOp::Add => quote! { Op::Add },
        BinaryOp::Subtract => quote! { Op::Subtract },
        BinaryOp::Multiply => quote! { Op::Multiply },
        BinaryOp::Divide => quote! { Op::Divide },
        BinaryOp::Remainder => quote! { Op::Remainder },
        BinaryOp::And => quote! { Op::And },
        BinaryOp::Or => quote! { Op::Or },
        BinaryOp::Xor => quote! { Op::Xor },
        BinaryOp::ShiftLeft => quote! { Op::ShiftLeft },
        BinaryOp::ShiftRight => quote! { Op::ShiftRight },
    }
}

fn comparison(op: CompareOp) -> TokenStream {
    match op {
        CompareOp::Equal => quote! { Compare::Equal },
        CompareOp::NotEqual => quote! { Compare::NotEqual },
        CompareOp::Less => quote! { Compare::Less },
        CompareOp::LessEqual => quote! { Compare::LessEqual },
        CompareOp::Greater => quote! { Compare::Greater },
        CompareOp::GreaterEqual => quote! { Compare::GreaterEqual },
        CompareOp::Match => quote! { Compare::Match },
        CompareOp::NotMatch => quote! { Compare::NotMatch },
    }
}
