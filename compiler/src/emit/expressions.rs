//! Value expressions and comparisons.

use super::statements::Ends;
use super::{Emitter, literals};
use crate::ir::{BinaryOp, Compare, CompareOp, Expr, Network, Operand, Statement, StatementKind};
use proc_macro2::TokenStream;
use quote::quote;
use std::net::IpAddr;

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
                let (op, left, right) = (operator(*op), self.operand(left), self.operand(right));
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
        let left = self.read(&compare.left);
        match &compare.right {
            Operand::Null => quote! { expr::compare_null(#op, &#left) },
            Operand::Text(text) => {
                let right = literals::bytes(text);
                quote! { { let left = #left; expr::compare_text(cx, #op, &left, #right) } }
            }
            Operand::Number(n) => {
                let right = literals::number(*n);
                quote! { { let left = #left; expr::compare_number(cx, #op, &left, #right) } }
            }
            Operand::Regex(pattern) => {
                let text = literals::bytes(pattern);
                let make = quote! { Regex::condition(#text) };
                let regex = self.statics.get("regex", pattern, &quote! { Regex }, &make);
                quote! { { let left = #left; expr::compare_regex(cx, #op, &left, &#regex) } }
            }
            Operand::Network(network) => {
                let make = network_tokens(network);
                let hint = format!("{}_{}", network.address, network.mask);
                let right = self.statics.get("net", hint.as_bytes(), &quote! { Network }, &make);
                quote! { { let left = #left; expr::compare_network(cx, #op, &left, &#right) } }
            }
            Operand::Variable(variable) => {
                let right = self.read(variable);
                quote! { { let left = #left; let right = #right; expr::compare(cx, #op, &left, &right) } }
            }
        }
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
