//! One Rust function per route, and the table of routes.

use super::statements::Ends;
use super::{Emitter, literals};
use crate::check::title;
use crate::ir::{RouteRef, RouteTarget, StatementKind};
use crate::passes::graph::all;
use crate::passes::walk::statements;
use proc_macro2::TokenStream;
use quote::quote;
use sipc_interface::RouteKind;

impl Emitter<'_> {
    /// All route functions, in script order within each kind.
    pub(super) fn routes(&mut self, script: &str) -> Vec<TokenStream> {
        let routes: Vec<RouteRef> = all(self.program).collect();
        routes.into_iter().map(|route| self.route(route, script)).collect()
    }

    fn route(&mut self, at: RouteRef, script: &str) -> TokenStream {
        let program = self.program;
        let route = program.route(at);
        let name = self.names.get(at);
        let file = program.files.get(route.span.file.0 as usize).map_or(script, |f| f.path.as_str());
        let doc = format!(" {file}:{}  {}", route.span.line, title(route));
        let asynchronous = route.suspends.then(|| quote! { async });
        let body = self.list(&route.body, Ends::Flow);
        quote! {
            #[doc = #doc]
            pub #asynchronous fn #name(cx: &mut Context) -> Flow { #body }
        }
    }

    /// Where routes called by a name known only at run time are found.
    pub(super) fn route_by_index(&mut self) -> TokenStream {
        let mut dynamic = false;
        for route in &self.program.routes {
            statements(&route.body, &mut |s| {
                dynamic |=
                    matches!(&s.kind, StatementKind::Route(c) if !matches!(c.target, RouteTarget::Fixed(_)));
            });
        }
        if !dynamic {
            return quote! {};
        }
        let waits = self.any_route_suspends();
        let named = all(self.program).filter(|r| r.kind == RouteKind::Request);
        let arms: Vec<TokenStream> = named
            .filter(|r| self.program.route(*r).name.is_some())
            .map(|r| {
                let (index, name) = (literals::number(r.index as i32), self.names.get(r));
                let wait = self.program.route(r).suspends.then(|| quote! { .await });
                quote! { #index => #name(cx)#wait, }
            })
            .collect();
        let asynchronous = waits.then(|| quote! { async });
        quote! {
            /// A `route` by its index.
            #asynchronous fn route_by_index(cx: &mut Context, index: RouteIndex) -> Flow {
                match index {
                    #(#arms)*
                    _ => statements::unknown_route(cx),
                }
            }
        }
    }

    /// The implementation of `Program`.
    pub(super) fn program(&self) -> TokenStream {
        let kinds = RouteKind::ALL.into_iter().filter(|k| !self.program.routes_of(*k).is_empty());
        let tables = kinds.map(|kind| {
            let infos = self.program.routes_of(kind).iter().map(|route| {
                let name = String::from_utf8_lossy(route.name.as_deref().unwrap_or_default()).into_owned();
                let interval = literals::number(route.interval.unwrap_or(0) as i32);
                let kind = kind_tokens(kind);
                quote! { RouteInfo { kind: #kind, name: #name, interval: #interval } }
            });
            let kind = kind_tokens(kind);
            quote! { #kind => &[#(#infos),*], }
        });
        let starts = all(self.program).map(|at| {
            let (kind, index, name) =
                (kind_tokens(at.kind), literals::number(at.index as i32), self.names.get(at));
            let run = if self.program.route(at).suspends {
                quote! { Run::Waits(Box::pin(#name(cx))) }
            } else {
                quote! { Run::Done(#name(cx)) }
            };
            quote! { (#kind, #index) => #run, }
        });
        let [main, reply] = [RouteKind::Request, RouteKind::Reply].map(|kind| self.entered_first(kind));
        quote! {
            /// The routes of the script.
            #[derive(Debug, Clone, Copy)]
            pub struct Script;

            impl Program for Script {
                fn routes(&self, kind: RouteKind) -> &[RouteInfo] {
                    match kind {
                        #(#tables)*
                        _ => &[],
                    }
                }

                fn start<'a>(&'a self, kind: RouteKind, index: RouteIndex, cx: &'a mut Context) -> Run<'a> {
                    match (kind, index) {
                        #(#starts)*
                        _ => Run::Done(Flow::Continue(1)),
                    }
                }

                fn entrances(&self) -> Entrances {
                    Entrances::new(#main, #reply)
                }
            }
        }
    }
}

impl Emitter<'_> {
    /// The route without a name that received messages enter, as an `async` function.
    fn entered_first(&self, kind: RouteKind) -> TokenStream {
        let mut unnamed = all(self.program).filter(|at| at.kind == kind);
        let Some(at) = unnamed.find(|at| self.program.route(*at).name.is_none()) else {
            return quote! { NO_ROUTE };
        };
        let name = self.names.get(at);
        match self.program.route(at).suspends {
            true => quote! { Some(#name) },
            false => quote! { Some(async |cx: &mut Context| #name(cx)) },
        }
    }
}

fn kind_tokens(kind: RouteKind) -> TokenStream {
    match kind {
        RouteKind::Request => quote! { RouteKind::Request },
        RouteKind::Failure => quote! { RouteKind::Failure },
        RouteKind::Reply => quote! { RouteKind::Reply },
        RouteKind::Branch => quote! { RouteKind::Branch },
        RouteKind::Error => quote! { RouteKind::Error },
        RouteKind::Local => quote! { RouteKind::Local },
        RouteKind::Startup => quote! { RouteKind::Startup },
        RouteKind::Timer => quote! { RouteKind::Timer },
        RouteKind::Event => quote! { RouteKind::Event },
    }
}
