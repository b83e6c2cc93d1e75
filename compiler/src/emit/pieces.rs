//! Variables that are parts of texts which are held elsewhere: looked at where they are, and cut by transformations without
//! a value in between.

use super::variables::{Stored, has_constant_args, is_core, stored_before_transformations};
use super::{Emitter, literals};
use crate::ir::{Index, InnerName, MessageContext, Transform, TransformValue, VarRef};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

/// Functions of variables of the core that have a twin, `…_piece`, which tells where the text is.
const PIECES: &[&str] =
    &["ci", "ct", "fd", "from_user", "fu", "ou", "rd", "ru", "ruri_user", "td", "to_user", "tu", "ua"];

impl Emitter<'_> {
    /// What a variable is that is a part of a text, an `Option<Piece>`; all its transformations cut.
    pub(super) fn piece(&mut self, variable: &VarRef) -> Option<TokenStream> {
        let piece = self.whole_piece(variable)?;
        if variable.transformations.is_empty() {
            return Some(piece);
        }
        let cut = cuts(&variable.transformations)?;
        Some(quote! { #piece.and_then(|piece| piece.cut(|text| #cut)) })
    }

    /// The same without its transformations.
    pub(super) fn whole_piece(&mut self, variable: &VarRef) -> Option<TokenStream> {
        if let Some(header) = self.header_before_transformations(variable) {
            return Some(quote! { direct::header_piece(cx, &#header) });
        }
        if let InnerName::Text(name) = &variable.inner
            && is_core(variable, "socket_in")
            && (&name[..], variable.context) == (b"ip", MessageContext::Current)
        {
            return Some(quote! { variables::socket_in_ip_piece(cx) });
        }
        let function = variable.variable.function;
        let plain = variable.context == MessageContext::Current
            && matches!((&variable.inner, &variable.index), (InnerName::None, Index::None))
            && is_core(variable, variable.variable.name);
        let function = format_ident!("{}_piece", Some(function).filter(|f| plain && PIECES.contains(f))?);
        Some(quote! { variables::#function(cx) })
    }

    /// The text of a variable that is a part of one, an `Option<&[u8]>`.
    pub(super) fn text(&mut self, variable: &VarRef) -> Option<TokenStream> {
        let piece = self.piece(variable)?;
        Some(quote! { #piece.map(Piece::text) })
    }

    /// The value behind the transformations that cut, the first so many, when there are some.
    pub(super) fn cut(&mut self, variable: &VarRef) -> Option<(TokenStream, usize)> {
        let count =
            variable.transformations.iter().take_while(|t| cut(t, &quote! { text }).is_some()).count();
        let mut first = variable.clone();
        first.transformations.truncate(count);
        if count == 0 || !variable.transformations.iter().all(has_constant_args) {
            return None;
        }
        if let Some(piece) = self.piece(&first) {
            return Some((quote! { Value::from(#piece) }, count));
        }
        let (kind, slot) = stored_before_transformations(variable)?;
        let (cut, other) = (cuts(&first.transformations)?, self.reference(&first));
        let function = Ident::new(if kind == Stored::Var { "cut_var" } else { "cut_avp" }, Span::call_site());
        Some((quote! { direct::#function(cx, #slot, |text| #cut, |cx| #other.read(cx)) }, count))
    }
}

impl Emitter<'_> {
    /// The piece before `{s.escape.common}`.
    pub(super) fn escaped_piece(&mut self, variable: &VarRef) -> Option<TokenStream> {
        let mut escaped = variable.clone();
        escaped.transformations.pop().filter(|t| t.transformation.function == "s_escape_common")?;
        self.piece(&escaped)
    }

    /// The value of a stored variable behind transformations that cut and `{s.int}`.
    pub(super) fn cut_number(&mut self, variable: &VarRef) -> Option<TokenStream> {
        let (last, before) = variable.transformations.split_last()?;
        let (kind, slot) = stored_before_transformations(variable)?;
        if last.transformation.function != "s_int" || before.is_empty() {
            return None;
        }
        let (cut, other) = (cuts(before)?, self.reference(variable));
        let look = kind.looker();
        Some(quote! {
            match direct::#look(cx, #slot, |left| direct::cut_int(left, |text| #cut)) {
                Some(value) => value,
                None => #other.read(cx),
            }
        })
    }
}

/// Where the whole is stored that a variable is cut out of, and what is cut out of `text`.
pub(super) fn stored_cut(variable: &VarRef) -> Option<((Stored, TokenStream), TokenStream)> {
    Some((stored_before_transformations(variable)?, cuts(&variable.transformations)?))
}

/// What is cut out of `text`, an `Option<&[u8]>`; `None` when a transformation does not cut.
fn cuts(transformations: &[Transform]) -> Option<TokenStream> {
    let mut done: Option<TokenStream> = None;
    for transform in transformations {
        let step = cut(transform, &quote! { text })?;
        done = Some(match done {
            None => step,
            Some(before) => quote! { #before.and_then(|text| #step) },
        });
    }
    done
}

/// The call of the function of `texts` that a transformation is; `None` for one that does not cut.
fn cut(transform: &Transform, text: &TokenStream) -> Option<TokenStream> {
    let declared = transform.transformation;
    let args: Vec<&TransformValue> =
        transform.args.iter().filter(|arg| !matches!(arg, TransformValue::Omitted)).collect();
    let number = |n: &i32| literals::number(*n);
    Some(match (declared.function, args.as_slice()) {
        ("s_trim", []) => quote! { texts::trim(#text) },
        ("s_triml", []) => quote! { texts::triml(#text) },
        ("s_trimr", []) => quote! { texts::trimr(#text) },
        ("s_substr", [TransformValue::Number(offset), TransformValue::Number(length)]) => {
            let (offset, length) = (number(offset), number(length));
            quote! { texts::substr(#text, #offset, #length) }
        }
        ("s_select", [TransformValue::Number(index), TransformValue::Text(separator)]) => {
            let index = number(index);
            let separator = proc_macro2::Literal::byte_character(*separator.first()?);
            quote! { texts::select(#text, #index, #separator) }
        }
        ("nameaddr_uri", []) => quote! { texts::nameaddr_uri(#text, 0) },
        ("nameaddr_uri", [TransformValue::Number(index)]) => {
            let index = number(index);
            quote! { texts::nameaddr_uri(#text, #index) }
        }
        ("uri_user", []) => quote! { texts::uri_user(#text) },
        ("uri_host", []) => quote! { texts::uri_host(#text) },
        _ => return None,
    })
}
