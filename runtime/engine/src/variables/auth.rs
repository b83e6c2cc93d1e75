//! Credentials and challenges.

use sipc_sip::{Credentials, HeaderKind, Method};

use crate::place::Place;
use crate::{Context, Text, Value};

/// The credentials that the `$au…` variables read: Proxy-Authorization before Authorization, and none
/// in requests that cannot be challenged.
fn credentials(cx: &Context) -> Option<Credentials<'_>> {
    if matches!(cx.message.method(), Some(Method::Ack | Method::Cancel)) {
        return None;
    }
    let proxy = cx.message.find(HeaderKind::ProxyAuthorization);
    let header = proxy.or_else(|| cx.message.find(HeaderKind::Authorization))?;
    Credentials::parse(header.value()).filter(Credentials::is_digest)
}

fn member(cx: &Context, find: for<'a> fn(&Credentials<'a>) -> Option<&'a [u8]>) -> Value {
    let found = credentials(cx).and_then(|c| find(&c)).filter(|text| !text.is_empty());
    found.map(|text| cx.message.share(text)).into()
}

/// The challenge in a 401 or 407.
fn challenge(cx: &Context) -> Option<Credentials<'_>> {
    let kind = match cx.message.code()? {
        401 => HeaderKind::WwwAuthenticate,
        407 => HeaderKind::ProxyAuthenticate,
        _ => return None,
    };
    cx.message.credentials(kind).find(Credentials::is_digest)
}

/// A member of the challenge: empty, not NULL, when only the member is missing.
fn challenged(cx: &Context, name: &[u8]) -> Value {
    let found = challenge(cx).map(|c| c.pairs.value(name).unwrap_or_default());
    found.map(|text| cx.message.share(text)).into()
}

macro_rules! credential_getters {
    ($($(#[$doc:meta])* $function:ident = $member:ident;)*) => {
        $($(#[$doc])*
        pub fn $function(cx: &mut Context, _at: &Place) -> Value {
            member(cx, |c| c.$member())
        })*
    };
}

credential_getters! {
    /// `$au`
    au = user;
    /// `$aU`
    auth_user = username;
    /// `$ad`
    ad = user_domain;
    /// `$adu`
    adu = uri;
    /// `$ar`
    ar = realm;
    /// `$an`
    an = nonce;
    /// `$auth.resp`
    auth_resp = response;
    /// `$auth.cnonce`
    auth_cnonce = cnonce;
    /// `$auth.opaque`
    auth_opaque = opaque;
    /// `$auth.alg`
    auth_alg = algorithm;
    /// `$auth.qop`
    auth_qop = qop;
    /// `$auth.nc`
    auth_nc = nc;
}

macro_rules! challenge_getters {
    ($($(#[$doc:meta])* $function:ident = $name:literal;)*) => {
        $($(#[$doc])*
        pub fn $function(cx: &mut Context, _at: &Place) -> Value {
            challenged(cx, $name)
        })*
    };
}

challenge_getters! {
    /// `$challenge.algorithm`
    challenge_algorithm = b"algorithm";
    /// `$challenge.realm`
    challenge_realm = b"realm";
    /// `$challenge.nonce`
    challenge_nonce = b"nonce";
    /// `$challenge.opaque`
    challenge_opaque = b"opaque";
    /// `$challenge.qop`
    challenge_qop = b"qop";
    /// `$challenge.ik`
    challenge_ik = b"ik";
    /// `$challenge.ck`
    challenge_ck = b"ck";
}

/// Marks a message whose credentials were verified; the modules that verify attach it.
#[derive(Debug, Clone)]
pub struct Authorized {
    /// The user without domain.
    pub user: Text,
    /// The realm; may be empty.
    pub realm: Text,
}

/// `$Au`
pub fn accounting_user(cx: &mut Context, _at: &Place) -> Value {
    if let Some(who) = authorized(cx).filter(|who| !who.user.is_empty()) {
        let realm = who.realm;
        return Value::Text(if realm.is_empty() {
            who.user
        } else {
            Text::from([&who.user, &b"@"[..], &realm].concat())
        });
    }
    let Some(from) = cx.message.from().and_then(Result::ok) else { return Value::Null };
    let Ok(uri) = from.uri() else { return Value::Null };
    Value::Text(Text::from([uri.user().unwrap_or_default(), b"@", uri.host_text()].concat()))
}

/// Whose credentials were verified in the message at hand.
pub fn authorized(cx: &Context) -> Option<Authorized> {
    let own = cx.extensions.get::<Authorized>().cloned();
    own.or_else(|| cx.transaction.as_ref()?.script.lock().extensions.get().cloned())
}
