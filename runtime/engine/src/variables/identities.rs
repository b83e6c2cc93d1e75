//! From, To and the headers that say who someone is.

use sipc_sip::{BadValue, Header, HeaderKind, NameAddr, UriParts};

use crate::place::Place;
use crate::texts::Piece;
use crate::{Context, Value};

use super::uri::{Read, domain_of, user_of, whole_of};

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

/// The URI of From or To, read now or, from the same message, before: scripts ask for its parts one after the other.
#[inline]
fn read(cx: &mut Context, kind: HeaderKind) -> Option<Read<'_>> {
    let party = find(cx, kind)?;
    cx.read_parties[party].as_ref().map(|(_, uri)| Read::of(uri))
}

/// Which of the URIs that were read is that of From or To.
#[inline]
fn find(cx: &mut Context, kind: HeaderKind) -> Option<usize> {
    let to = usize::from(kind == HeaderKind::To);
    let message = cx.message.bytes().as_ptr() as usize;
    // the text that is kept shares the message, so that no other can come to be in its place
    if cx.read_parties[to].as_ref().is_none_or(|(of, _)| *of != message) {
        read_party(cx, kind, to)?;
    }
    Some(to)
}

#[inline(never)]
fn read_party(cx: &mut Context, kind: HeaderKind, to: usize) -> Option<()> {
    let header = cx.message.find(kind)?;
    let uri = NameAddr::plain_uri(header.value()).or_else(|| address(cx, kind).map(|a| a.uri_text))?;
    let parts = UriParts::parse(uri).ok()?;
    let message = cx.message.bytes().as_ptr() as usize;
    cx.read_parties[to] = Some((message, parts.keep(cx.message.share(uri))));
    Some(())
}

fn party_user(cx: &mut Context, kind: HeaderKind) -> Value {
    read(cx, kind).and_then(user_of).into()
}

fn party_domain(cx: &mut Context, kind: HeaderKind) -> Value {
    read(cx, kind).and_then(domain_of).into()
}

/// The whole URI, which need not be one that can be read.
fn party_uri(cx: &mut Context, kind: HeaderKind) -> Value {
    party_piece(cx, kind).into()
}

fn party_piece(cx: &mut Context, kind: HeaderKind) -> Option<Piece<'_>> {
    if let Some(party) = find(cx, kind) {
        return cx.read_parties[party].as_ref().map(|(_, uri)| whole_of(Read::of(uri)));
    }
    let text = address(cx, kind)?.uri_text;
    Some(Piece::new(cx.message.bytes(), text))
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

/// `$fu`, where it is.
pub fn fu_piece(cx: &mut Context) -> Option<Piece<'_>> {
    party_piece(cx, HeaderKind::From)
}

/// `$fU`, where it is.
pub fn from_user_piece(cx: &mut Context) -> Option<Piece<'_>> {
    read(cx, HeaderKind::From).and_then(user_of)
}

/// `$fd`, where it is.
pub fn fd_piece(cx: &mut Context) -> Option<Piece<'_>> {
    read(cx, HeaderKind::From).and_then(domain_of)
}

/// `$tu`, where it is.
pub fn tu_piece(cx: &mut Context) -> Option<Piece<'_>> {
    party_piece(cx, HeaderKind::To)
}

/// `$tU`, where it is.
pub fn to_user_piece(cx: &mut Context) -> Option<Piece<'_>> {
    read(cx, HeaderKind::To).and_then(user_of)
}

/// `$td`, where it is.
pub fn td_piece(cx: &mut Context) -> Option<Piece<'_>> {
    read(cx, HeaderKind::To).and_then(domain_of)
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
    fu = From, party_uri;
    /// `$fU`
    from_user = From, party_user;
    /// `$fd`
    fd = From, party_domain;
    /// `$fn`
    fn_ = From, display;
    /// `$ft`
    ft = From, tag;
    /// `$tu`
    tu = To, party_uri;
    /// `$tU`
    to_user = To, party_user;
    /// `$td`
    td = To, party_domain;
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
