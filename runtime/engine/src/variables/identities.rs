//! From, To and the headers that say who someone is.

use sipc_sip::{BadValue, Header, HeaderKind, NameAddr};

use crate::place::Place;
use crate::{Context, Value};

/// The address in the first header of a kind.
fn address(cx: &Context, kind: HeaderKind) -> Option<NameAddr<'_>> {
    let header = cx.message.find(kind)?;
    let several = matches!(
        kind,
        HeaderKind::PAssertedIdentity | HeaderKind::PPreferredIdentity | HeaderKind::Diversion
    );
    let found = if several { first_of_several(header) } else { NameAddr::parse(header.value()) };
    found.ok()
}

/// The first address of a list; a list with a broken address counts as broken.
fn first_of_several(header: Header<'_>) -> Result<NameAddr<'_>, BadValue> {
    let all = NameAddr::identities(header.value()).collect::<Result<Vec<_>, _>>()?;
    all.into_iter().next().ok_or(BadValue { expected: "an address", at: 0 })
}

fn shared(cx: &Context, text: Option<&[u8]>) -> Value {
    text.map(|t| cx.message.share(t)).into()
}

fn uri(cx: &Context, kind: HeaderKind) -> Value {
    shared(cx, address(cx, kind).map(|a| a.uri_text))
}

fn user(cx: &Context, kind: HeaderKind) -> Value {
    let user = address(cx, kind).and_then(|a| a.uri().ok()?.user());
    shared(cx, user.filter(|u| !u.is_empty()))
}

fn domain(cx: &Context, kind: HeaderKind) -> Value {
    let host = address(cx, kind).and_then(|a| Some(a.uri().ok()?.host_text()));
    shared(cx, host.filter(|h| !h.is_empty()))
}

fn display(cx: &Context, kind: HeaderKind) -> Value {
    shared(cx, address(cx, kind).map(|a| a.display).filter(|d| !d.is_empty()))
}

fn tag(cx: &Context, kind: HeaderKind) -> Value {
    shared(cx, address(cx, kind).and_then(|a| a.tag()))
}

macro_rules! address_getters {
    ($($(#[$doc:meta])* $function:ident = $kind:ident, $what:ident;)*) => {
        $($(#[$doc])*
        pub fn $function(cx: &mut Context, _at: &Place) -> Value {
            $what(cx, HeaderKind::$kind)
        })*
    };
}

address_getters! {
    /// `$fu`
    fu = From, uri;
    /// `$fU`
    from_user = From, user;
    /// `$fd`
    fd = From, domain;
    /// `$fn`
    fn_ = From, display;
    /// `$ft`
    ft = From, tag;
    /// `$tu`
    tu = To, uri;
    /// `$tU`
    to_user = To, user;
    /// `$td`
    td = To, domain;
    /// `$tn`
    tn = To, display;
    /// `$tt`
    tt = To, tag;
    /// `$rt`
    rt = ReferTo, uri;
    /// `$re`
    re = RemotePartyId, uri;
    /// `$ai`
    ai = PAssertedIdentity, uri;
    /// `$pu`
    pu = PPreferredIdentity, uri;
    /// `$pU`
    preferred_user = PPreferredIdentity, user;
    /// `$pd`
    pd = PPreferredIdentity, domain;
    /// `$pn`
    pn = PPreferredIdentity, display;
    /// `$di`
    di = Diversion, uri;
}

/// `$dir`
pub fn dir(cx: &mut Context, _at: &Place) -> Value {
    diversion_param(cx, b"reason")
}

/// `$dip`
pub fn dip(cx: &mut Context, _at: &Place) -> Value {
    diversion_param(cx, b"privacy")
}

/// A parameter of Diversion; case matters.
fn diversion_param(cx: &Context, name: &[u8]) -> Value {
    let found = address(cx, HeaderKind::Diversion)
        .and_then(|a| a.params.into_iter().find(|p| p.name == name).map(|p| p.value_or_empty()));
    shared(cx, found)
}
