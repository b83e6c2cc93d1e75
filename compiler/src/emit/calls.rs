//! Calls of script functions and of routes.

use super::names::{functions_of, ident};
use super::statements::Ends;
use super::{Emitter, literals};
use crate::ir::{Arg, Call, RouteArg, RouteCall, RouteRef, RouteTarget};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use sipc_interface::posix::Options;
use sipc_interface::{Effect, Kind, Param, RouteKind};

/// Functions with one argument, the name of a header, and their modules. `…_named` takes it looked up.
const NAMING_A_HEADER: &[(&str, &str)] = &[("sipmsgops", "remove_hf"), ("sipmsgops", "is_present_hf")];

impl Emitter<'_> {
    /// The value of a call, an `i32`.
    pub(super) fn call(&mut self, call: &Call) -> TokenStream {
        self.call_in(call, |called| called)
    }

    /// A call that is made later: what `around` does with a closure that makes it.
    pub(super) fn call_later(
        &mut self,
        call: &Call,
        around: impl FnOnce(TokenStream) -> TokenStream,
    ) -> TokenStream {
        self.call_in(call, |called| around(quote! { move |cx| Box::pin(async move { #called }) }))
    }

    /// A call, once its arguments are evaluated.
    fn call_in(&mut self, call: &Call, around: impl FnOnce(TokenStream) -> TokenStream) -> TokenStream {
        if let Some(called) = self.prepared(call) {
            return around(called);
        }
        let (module, function) = (functions_of(call.module), ident(call.function.name));
        let wait = (call.function.effect == Effect::Suspends).then(|| quote! { .await });
        let mut before = Vec::new();
        let mut args = Vec::new();
        for (position, (param, arg)) in (1usize..).zip(call.function.params.iter().zip(&call.args)) {
            args.push(match self.ready(arg) {
                Some(ready) if param.optional => quote! { Some(#ready) },
                Some(ready) => ready,
                None if matches!(arg, Arg::Omitted) => quote! { None },
                None => self.evaluated(position, param, arg, &mut before),
            });
        }
        let called = around(quote! { #module::#function(cx #(, #args)*)#wait });
        if before.is_empty() {
            return called;
        }
        self.count += 1;
        let label = super::statements::label("call", call.span.line, self.count);
        let before = before.into_iter().map(|(name, value)| {
            quote! { let given = #value; let Some(#name) = given else { break #label arguments::FAILED }; }
        });
        quote! { #label: { #(#before)* #called } }
    }

    /// A call of a function that has a twin for an argument looked up beforehand.
    fn prepared(&mut self, call: &Call) -> Option<TokenStream> {
        let (module, function) = (call.module.name, call.function.name);
        if let ([Arg::Regex(pattern)], "sipmsgops", "remove_hf_re") = (call.args.as_slice(), module, function)
        {
            let matcher = self.matcher("finds", pattern, Options::PARAMETER)?;
            let make = quote! { NamePattern::new(#matcher) };
            let names = self.statics.get("names", pattern, &quote! { NamePattern }, &make);
            return Some(quote! { sipmsgops::remove_hf_matched(cx, &#names) });
        }
        if let ([Arg::Format(line), Arg::Omitted], "sipmsgops", "append_hf") =
            (call.args.as_slice(), module, function)
        {
            let write = self.write_format(line, &quote! { text });
            return Some(quote! {
                { let mut text = Formatter::new(cx); #write sipmsgops::append_hf_written(cx, text) }
            });
        }
        let [Arg::Text(name)] = call.args.as_slice() else { return None };
        if !NAMING_A_HEADER.contains(&(module, function)) {
            return None;
        }
        let (text, hint) = (literals::bytes(name), [b"argument ", &name[..]].concat());
        let make = quote! { HeaderName::argument(#text) };
        let header = self.statics.get("header", &hint, &quote! { HeaderName }, &make);
        let (module, function) = (ident(module), format_ident!("{}_named", function));
        Some(quote! { #module::#function(cx, &#header) })
    }

    /// An argument that needs nothing evaluated.
    fn ready(&mut self, arg: &Arg) -> Option<TokenStream> {
        Some(match arg {
            Arg::Omitted | Arg::Format(_) | Arg::Dynamic(_) => return None,
            Arg::Int(n) => literals::number(*n),
            Arg::Text(text) => literals::text(text),
            Arg::Variable(variable) => {
                let reference = self.reference(variable);
                quote! { &#reference }
            }
            Arg::Regex(pattern) => {
                let text = literals::bytes(pattern);
                let function = self.matcher("finds", pattern, Options::PARAMETER);
                let by = function.map(|function| quote! { .told_by(#function) });
                let make = quote! { Regex::parameter(#text)#by };
                let name = self.statics.get("regex", pattern, &quote! { Regex }, &make);
                quote! { &#name }
            }
            Arg::Methods(list) => {
                let text = literals::bytes(list);
                let make = quote! { Methods::parse(#text).unwrap_or_default() };
                let name = self.statics.get("methods", list, &quote! { Methods }, &make);
                quote! { &#name }
            }
            Arg::Flag(bit) => literals::number(*bit as i32),
            Arg::Route(route) => {
                let index = literals::number(route.index as i32);
                quote! { RouteRef(#index) }
            }
        })
    }

    /// An argument that is evaluated on each call; `before` gets what does it, an `Option`.
    fn evaluated(
        &mut self,
        position: usize,
        param: &Param,
        arg: &Arg,
        before: &mut Vec<(TokenStream, TokenStream)>,
    ) -> TokenStream {
        let name = format_ident!("argument_{}", position);
        let place = literals::number(i32::try_from(position).unwrap_or(i32::MAX));
        let text = match arg {
            Arg::Format(format) => self.format(format),
            Arg::Dynamic(variable) => {
                let value = self.read(variable);
                let convert = ident(if param.kind == Kind::Int { "int" } else { "text" });
                quote! { { let value = #value; arguments::#convert(cx, #place, &value) } }
            }
            _ => quote! { None },
        };
        before.push((quote! { #name }, text));
        let converted = match param.kind {
            Kind::Int | Kind::Text | Kind::Variable | Kind::Target => None,
            Kind::Regex => Some(quote! { arguments::regex(cx, #place, &#name) }),
            Kind::Methods => Some(quote! { arguments::methods(cx, #place, &#name) }),
            Kind::MessageFlag => Some(quote! { arguments::message_flag(cx, #place, &#name) }),
            Kind::BranchFlag => Some(quote! { arguments::branch_flag(cx, #place, &#name) }),
            Kind::DialogFlag => Some(quote! { arguments::dialog_flag(cx, #place, &#name) }),
            Kind::FailureRoute => Some(quote! { arguments::route(cx, #place, RouteKind::Failure, &#name) }),
            Kind::ReplyRoute => Some(quote! { arguments::route(cx, #place, RouteKind::Reply, &#name) }),
            Kind::BranchRoute => Some(quote! { arguments::route(cx, #place, RouteKind::Branch, &#name) }),
            Kind::Route => Some(quote! { arguments::route(cx, #place, RouteKind::Request, &#name) }),
        };
        before.extend(converted.map(|converted| (quote! { #name }, converted)));
        let borrow = matches!(param.kind, Kind::Regex | Kind::Methods).then(|| quote! { & });
        if param.optional {
            quote! { Some(#borrow #name) }
        } else {
            quote! { #borrow #name }
        }
    }

    /// A `route(…)`.
    pub(super) fn route_call(&mut self, call: &RouteCall, ends: Ends) -> TokenStream {
        if let (RouteTarget::Fixed(route), Some(constants)) = (&call.target, self.constants(&call.args)) {
            return self.entered(*route, |name| quote! { cx.enter_constant(#name, #constants) }, ends);
        }
        let params = self.passed(&call.args);
        match &call.target {
            RouteTarget::Fixed(route) => self.enter(*route, &params, ends),
            RouteTarget::Format(format) => {
                let name = self.format(format);
                let find =
                    quote! { let name = #name; let index = statements::route_named(cx, name.as_deref()); };
                self.enter_by_index(&find, &params, ends)
            }
            RouteTarget::Variable(variable) => {
                let value = self.read(variable);
                let find = quote! { let name = #value; let index = statements::route_of(cx, &name); };
                self.enter_by_index(&find, &params, ends)
            }
        }
    }

    /// Enters a known route.
    pub(super) fn enter(&mut self, route: RouteRef, params: &TokenStream, ends: Ends) -> TokenStream {
        let (params_before, params) = named_params(params);
        let entered = self.entered(route, |name| quote! { cx.enter_route(#name, #params) }, ends);
        quote! { #params_before #entered }
    }

    /// A known route, when `enter` has made it the current one.
    fn entered(
        &mut self,
        route: RouteRef,
        enter: impl FnOnce(&str) -> TokenStream,
        ends: Ends,
    ) -> TokenStream {
        let block = self.program.route(route);
        let name = String::from_utf8_lossy(block.name.as_deref().unwrap_or_default()).into_owned();
        let function = self.names.get(route);
        let run = match (block.suspends, block.recursive) {
            (false, _) => quote! { #function(cx) },
            (true, false) => quote! { #function(cx).await },
            (true, true) => quote! { Box::pin(#function(cx)).await },
        };
        let (enter, entered) = (enter(&name), entered(&run, ends));
        quote! { match #enter { #entered } }
    }

    /// The arguments of a route, when all are constants: a static, or nothing.
    fn constants(&mut self, args: &[RouteArg]) -> Option<TokenStream> {
        if args.is_empty() {
            return Some(quote! { &[] });
        }
        let values = args.iter().map(|arg| match arg {
            RouteArg::Number(n) => {
                let n = literals::number(*n);
                Some(quote! { Value::Int(#n) })
            }
            RouteArg::Text(text) => {
                let text = literals::bytes(text);
                Some(quote! { Value::literal(#text) })
            }
            RouteArg::Null => Some(quote! { Value::Null }),
            RouteArg::Variable(_) => None,
        });
        let values: Vec<TokenStream> = values.collect::<Option<_>>()?;
        let hint: Vec<&[u8]> =
            args.iter().map(|arg| if let RouteArg::Text(t) = arg { &t[..] } else { b"" }).collect();
        let count = proc_macro2::Literal::usize_unsuffixed(values.len());
        let make = quote! { [#(Named::passed(#values)),*] };
        let name = self.statics.ready("params", &hint.join(&b' '), &quote! { [Named; #count] }, &make);
        Some(quote! { &#name })
    }

    fn enter_by_index(&mut self, find: &TokenStream, params: &TokenStream, ends: Ends) -> TokenStream {
        let run = match self.any_route_suspends() {
            true => quote! { Box::pin(route_by_index(cx, index)).await },
            false => quote! { route_by_index(cx, index) },
        };
        let entered = entered(&run, ends);
        let unknown = ends.with(&quote! { statements::unknown_route(cx) });
        quote! {
            #find
            match index {
                Some(index) => {
                    let params = #params;
                    let name = Script.routes(RouteKind::Request).get(usize::from(index)).map_or("", |r| r.name);
                    match cx.enter_route(name, params) { #entered }
                }
                None => { #unknown }
            }
        }
    }

    /// The arguments of a route, as an array.
    fn passed(&mut self, args: &[RouteArg]) -> TokenStream {
        let values = args.iter().map(|arg| match arg {
            RouteArg::Number(n) => {
                let n = literals::number(*n);
                quote! { statements::passed_number(#n) }
            }
            other => self.handed_over(other),
        });
        let values: Vec<TokenStream> = values.collect();
        quote! { [#(#values),*] }
    }

    /// A value passed to or returned from a route.
    pub(super) fn handed_over(&mut self, arg: &RouteArg) -> TokenStream {
        match arg {
            RouteArg::Text(text) => {
                let text = literals::bytes(text);
                quote! { statements::passed_text(#text) }
            }
            RouteArg::Number(n) => {
                let n = literals::number(*n);
                quote! { statements::returned_number(#n) }
            }
            RouteArg::Null => quote! { Value::Null },
            RouteArg::Variable(variable) => {
                let value = self.read(variable);
                quote! { statements::passed(#value) }
            }
        }
    }

    /// Whether a call by name may wait.
    pub(super) fn any_route_suspends(&self) -> bool {
        self.program.routes_of(RouteKind::Request).iter().any(|r| r.suspends && r.name.is_some())
    }
}

/// The arms behind `match cx.enter_route(…)`.
fn entered(run: &TokenStream, ends: Ends) -> TokenStream {
    let ended = ends.with(&quote! { end_action(cx, value) });
    let refused = ends.with(&quote! { statements::refused_route(cx, value) });
    quote! {
        Ok(()) => {
            let flow = #run;
            let value = cx.leave_route(flow);
            #ended
        }
        Err(value) => { #refused }
    }
}

/// Parameters that read the context get a name before the context is used again.
fn named_params(params: &TokenStream) -> (TokenStream, TokenStream) {
    if params.to_string() == "[]" {
        return (TokenStream::new(), params.clone());
    }
    (quote! { let params = #params; }, quote! { params })
}
