//! The IR as Rust, split by topic.
//!
//! Generated code only sequences: which function is called with what, in what order. What operators,
//! conditions, loops and arguments *do* is in `sipc-engine`, which the interpreter calls too. The same program
//! gives the same bytes. Two things are more: patterns of few states are functions ([`matchers`]), and what no action
//! stands in cannot end the script, so that nobody asks whether it did. Text is made with `quote` and laid out by `prettyplease`.
//!
//! A statement is an expression of the type `Flow`; all of a list but the last are followed by `?`. A condition
//! is an `i32` as in OpenSIPS. Constants that are costly to make (patterns, variables with transformations) are
//! statics with names made from their text.

mod automaton;
mod calls;
mod conditions;
mod config;
mod expressions;
mod literals;
mod matchers;
mod names;
mod pieces;
mod routes;
mod statements;
mod statics;
mod variables;

use crate::ir::Program;
use names::RouteNames;
use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use statics::Statics;
use std::collections::BTreeSet;

/// The Rust text of a checked program; `script` is its path as comments name it.
pub fn emit(program: &Program, script: &str) -> String {
    let mut emitter = Emitter {
        program,
        names: RouteNames::of(program),
        statics: Statics::default(),
        labels: Vec::new(),
        count: 0,
        traced: crate::passes::trace::is_used(program),
    };
    let routes: Vec<TokenStream> = emitter.routes(script);
    let by_name = emitter.route_by_index();
    let config = emitter.config(script);
    let statics = emitter.statics.tokens();
    let body = quote! { #config #statics #by_name #(#routes)* };
    let mut used = BTreeSet::new();
    idents(&body, &mut used);
    let imports = emitter.imports(&used);
    print(&quote! { #imports #body }, script)
}

struct Emitter<'a> {
    program: &'a Program,
    names: RouteNames,
    statics: Statics,
    /// Labels of the loops and switches around, the innermost last.
    labels: Vec<String>,
    /// For labels.
    count: usize,
    /// Actions are told to `script_trace`.
    traced: bool,
}

fn print(tokens: &TokenStream, script: &str) -> String {
    let head = format!("// Made from {script} by sipc. Changes are lost.\n\n");
    match syn::parse2::<syn::File>(tokens.clone()) {
        Ok(file) => head + &spaced(&prettyplease::unparse(&file)),
        // Not reached by any program; the text shows what was wrong.
        Err(error) => format!("{head}compile_error!({:?});\n// {tokens}\n", error.to_string()),
    }
}

/// An empty line between items.
fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        let ends_item = line == "}" || (line.ends_with(';') && !line.starts_with(' '));
        let next_is_use = lines.peek().is_some_and(|next| next.starts_with("use "));
        if ends_item
            && lines.peek().is_some_and(|next| !next.is_empty())
            && !(line.starts_with("use ") && next_is_use)
        {
            out.push('\n');
        }
    }
    out
}

/// All identifiers of a stream.
fn idents(tokens: &TokenStream, into: &mut BTreeSet<String>) {
    for token in tokens.clone() {
        match token {
            TokenTree::Ident(ident) => {
                into.insert(ident.to_string());
            }
            TokenTree::Group(group) => idents(&group.stream(), into),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}
