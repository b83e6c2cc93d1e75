//! Literals of scripts as Rust literals.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// `b"…"`.
pub(super) fn bytes(text: &[u8]) -> Literal {
    Literal::byte_string(text)
}

/// A pattern for a text in any case of its letters.
pub(super) fn any_case(text: &[u8]) -> TokenStream {
    if !text.iter().any(u8::is_ascii_alphabetic) {
        let text = bytes(text);
        return quote! { #text };
    }
    let one = |byte: &u8| {
        let (lower, upper) = (byte.to_ascii_lowercase(), byte.to_ascii_uppercase());
        let (low, up) = (Literal::byte_character(lower), Literal::byte_character(upper));
        if lower == upper {
            quote! { #low }
        } else {
            quote! { #low | #up }
        }
    };
    let bytes = text.iter().map(one);
    quote! { [#(#bytes),*] }
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
