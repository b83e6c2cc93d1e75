//! `{uri.…}`: the last reading is not kept as OpenSIPS does; reading is cheap.

use sipc_sip::Uri;

use crate::place::TransformArg;
use crate::{Context, Text, Value, texts};

use super::params::Parameters;
use super::{cut, into_some_text, place_in, text_arg};

fn of(value: Value, find: impl FnOnce(&Uri<'_>, &Text) -> Value) -> Value {
    let Some(text) = into_some_text(value) else { return Value::Null };
    match Uri::parse(&text) {
        Ok(uri) => find(&uri, &text),
        Err(_) => Value::Null,
    }
}

macro_rules! parts {
    ($($(#[$doc:meta])* $function:ident = |$uri:ident| $part:expr;)*) => {
        $($(#[$doc])*
        pub fn $function(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
            let Some(text) = into_some_text(value) else { return Value::Null };
            let place = texts::part_of_uri(&text, |$uri| $part).map(|part| place_in(&text, part));
            place.map(|place| cut(text, place)).into()
        })*
    };
}

parts! {
    /// `{uri.user}`
    uri_user = |uri| uri.user();
    /// `{uri.passwd}`
    uri_passwd = |uri| uri.password();
    /// `{uri.host}`, `{uri.domain}`
    uri_host = |uri| Some(uri.host_text());
    /// `{uri.params}`
    uri_params = |uri| Some(uri.params().text());
    /// `{uri.headers}`
    uri_headers = |uri| Some(uri.headers().text());
    /// `{uri.transport}`
    uri_transport = |uri| named(&uri, b"transport");
    /// `{uri.ttl}`
    uri_ttl = |uri| named(&uri, b"ttl");
    /// `{uri.uparam}`
    uri_uparam = |uri| named(&uri, b"user");
    /// `{uri.maddr}`
    uri_maddr = |uri| named(&uri, b"maddr");
    /// `{uri.method}`
    uri_method = |uri| named(&uri, b"method");
    /// `{uri.lr}`
    uri_lr = |uri| named(&uri, b"lr");
    /// `{uri.r2}`
    uri_r2 = |uri| named(&uri, b"r2");
    /// `{uri.schema}`
    uri_schema = |uri| uri.text().split(|c| *c == b':').next();
}

fn named<'a>(uri: &Uri<'a>, name: &[u8]) -> Option<&'a [u8]> {
    uri.param(name).and_then(|p| p.value)
}

/// `{uri.port}`
pub fn uri_port(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    of(value, |uri, text| match uri.port_text() {
        b"" => Value::Null,
        port => Value::NamedInt(text.slice_ref(port), i32::from(uri.port().unwrap_or(0))),
    })
}

/// `{uri.param,name}`: of several the first.
pub fn uri_param(_cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    let Some(name) = text_arg(args, 0) else { return Value::Null };
    of(value, |uri, text| {
        let found = Parameters::parse(uri.params().text()).and_then(|params| params.value(name));
        found.map(|v| text.slice_ref(v)).into()
    })
}
