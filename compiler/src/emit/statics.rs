//! Constants that are made once: while compiling where that can be, else on first use.

use super::names::{ident, snake, unique};
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use std::collections::{BTreeMap, BTreeSet};

/// The statics of a program, in the order of their first use.
#[derive(Default)]
pub(super) struct Statics {
    taken: BTreeSet<String>,
    /// By the text of what makes them.
    known: BTreeMap<String, Ident>,
    items: Vec<TokenStream>,
}

impl Statics {
    /// The static of a type that `make` makes on first use; `hint` becomes part of its name.
    pub(super) fn get(&mut self, prefix: &str, hint: &[u8], kind: &TokenStream, make: &TokenStream) -> Ident {
        self.named(
            prefix,
            hint,
            make,
            |name| quote! { static #name: LazyLock<#kind> = LazyLock::new(|| #make); },
        )
    }

    /// The static of a type with a value that the compiler can make.
    pub(super) fn ready(
        &mut self,
        prefix: &str,
        hint: &[u8],
        kind: &TokenStream,
        make: &TokenStream,
    ) -> Ident {
        self.named(prefix, hint, make, |name| quote! { static #name: #kind = #make; })
    }

    /// The function that `item` makes, once for each `hint`, which becomes part of its name.
    pub(super) fn function(
        &mut self,
        prefix: &str,
        hint: &[u8],
        item: impl FnOnce(&Ident) -> TokenStream,
    ) -> Ident {
        let key = format!("{prefix} {}", hint.escape_ascii());
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let mut words = snake(hint);
        words.truncate(40);
        let name = [prefix, words.trim_end_matches('_')].join("_");
        let name = ident(&unique(name.trim_end_matches('_').to_owned(), &mut self.taken));
        self.items.push(item(&name));
        self.known.insert(key, name.clone());
        name
    }

    fn named(
        &mut self,
        prefix: &str,
        hint: &[u8],
        make: &TokenStream,
        item: impl FnOnce(&Ident) -> TokenStream,
    ) -> Ident {
        let key = make.to_string();
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let mut words = snake(hint);
        words.truncate(40);
        let name = [prefix, words.trim_end_matches('_')].join("_").to_ascii_uppercase();
        let name = ident(&unique(name.trim_end_matches('_').to_owned(), &mut self.taken));
        self.items.push(item(&name));
        self.known.insert(key, name.clone());
        name
    }

    pub(super) fn tokens(&self) -> TokenStream {
        let items = &self.items;
        quote! { #(#items)* }
    }
}
