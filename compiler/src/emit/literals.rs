//! Literals of scripts as Rust literals.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// `b"…"`.
pub(super) fn bytes(text: &[u8]) -> Literal {
    Literal::byte_string(text)
}

/// A text that costs nothing.
pub(super) fn text(value: &[u8]) -> TokenStream {
    let bytes = bytes(value);
    quote! { Text::from_static(#bytes) }
}

/// A number with its sign.
pub(super) fn number(value: i32) -> TokenStream {
    let literal = Literal::i32_unsuffixed(value);
    quote! { #literal }
}

/// An owned string of the configuration.
pub(super) fn string(value: &[u8]) -> TokenStream {
    let text = String::from_utf8_lossy(value);
    quote! { #text.to_owned() }
}

/// `Some(…)` or `None`.
pub(super) fn option(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote! { Some(#value) },
        None => quote! { None },
    }
}

/// A `Vec` of these; written as an array, which is laid out better than a macro.
pub(super) fn list(items: impl IntoIterator<Item = TokenStream>) -> TokenStream {
    let items: Vec<TokenStream> = items.into_iter().collect();
    if items.is_empty() {
        quote! { Vec::new() }
    } else {
        quote! { Vec::from([#(#items),*]) }
    }
}

/// A `Vec<String>` of these.
pub(super) fn strings<'a>(items: impl IntoIterator<Item = &'a [u8]>) -> TokenStream {
    let items: Vec<String> = items.into_iter().map(|i| String::from_utf8_lossy(i).into_owned()).collect();
    if items.is_empty() {
        quote! { Vec::new() }
    } else {
        quote! { [#(#items),*].map(str::to_owned).into() }
    }
}
