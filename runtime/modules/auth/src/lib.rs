//! `auth`: digest authentication of requests (RFC 3261 section 22, RFC 7616, RFC 8760).
//!
//! | File | What |
//! |---|---|
//! | `nonce` | nonces that tell when they end and what they are for, and which of them were used |
//! | `challenge` | 401 and 407 |
//! | `check` | credentials found in requests, and checked |
//! | `rpid` | Remote-Party-ID |
//!
//! Other modules (auth_db) find out keys in their own way and use `check` for the rest.
#![forbid(unsafe_code)]

use std::sync::Arc;

use sipc_engine::place::VariableBinding;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::{Context, Text, dynamic};

mod challenge;
mod check;
mod nonce;
mod rpid;

pub use challenge::{proxy_challenge, www_challenge};
pub use check::{ERROR, Found, PASSWORD, UNKNOWN, consume_credentials, pre_auth, refuse};
use nonce::Nonces;
pub use rpid::{append_rpid_hf, is_rpid_user_e164};
use sipc_sip::HeaderKind;

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "auth", init };

/// The variables of this module, for the interpreter.
pub static VARIABLES: &[VariableBinding] = &[];

sipc_engine::bindings! { sipc_interface::modules::auth::MODULE;
    plain {
        www_challenge(Text, Option<Text>, Option<Text>),
        proxy_challenge(Text, Option<Text>, Option<Text>),
        pv_www_authorize(Text),
        pv_proxy_authorize(Text),
        consume_credentials(),
        is_rpid_user_e164(),
        append_rpid_hf(Option<Text>, Option<Text>),
    }
    waiting {}
}

/// The module's parameters, and its nonces.
struct Auth {
    nonces: Nonces,
    rpid_avp: String,
    rpid_prefix: Text,
    rpid_suffix: Text,
    realm_prefix: Text,
    username: Option<Text>,
    password: Option<Text>,
    calculates: bool,
}

fn init(setup: &mut Setup) -> InitResult {
    let text = |name: &str, default: &str| setup.text("auth", name).unwrap_or_else(|| default.to_owned());
    let expire = setup.int("auth", "nonce_expire", 30);
    let expire = u32::try_from(expire).map_err(|_| format!("nonce_expire: {expire} is negative"))?;
    let once = setup.int("auth", "disable_nonce_check", 0) == 0;
    let avp = text("rpid_avp", "$avp(rpid)");
    let name = avp.trim().strip_prefix("$avp(").and_then(|t| t.strip_suffix(')'));
    let rpid_avp = name.ok_or_else(|| format!("rpid_avp: {avp} is not an AVP"))?.to_owned();
    let auth = Auth {
        nonces: Nonces::new(secret(setup)?, expire, once),
        rpid_avp,
        rpid_prefix: text("rpid_prefix", "").into(),
        rpid_suffix: text("rpid_suffix", ";party=calling;id-type=subscriber;screen=yes").into(),
        realm_prefix: text("realm_prefix", "").into(),
        username: variable(setup, "username_spec")?,
        password: variable(setup, "password_spec")?,
        calculates: setup.int("auth", "calculate_ha1", 0) != 0,
    };
    setup.share(Arc::new(auth));
    Ok(())
}

fn secret(setup: &Setup) -> Result<[u8; 32], String> {
    let Some(text) = setup.text("auth", "secret") else {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(|e| format!("there is no randomness for a secret: {e}"))?;
        return Ok(secret);
    };
    let length = text.len();
    text.into_bytes().try_into().map_err(|_| format!("secret: 32 characters are needed, not {length}"))
}

fn variable(setup: &Setup, name: &str) -> Result<Option<Text>, String> {
    match setup.text("auth", name) {
        Some(text) if !text.starts_with('$') => Err(format!("{name}: {text} is not a variable")),
        text => Ok(text.map(Text::from)),
    }
}

fn auth(cx: &Context) -> Option<&Auth> {
    cx.shared().state::<Auth>()
}

/// Checks Authorization.
pub fn pv_www_authorize(cx: &mut Context, realm: Text) -> i32 {
    authorize(cx, realm, HeaderKind::Authorization)
}

/// Checks Proxy-Authorization.
pub fn pv_proxy_authorize(cx: &mut Context, realm: Text) -> i32 {
    authorize(cx, realm, HeaderKind::ProxyAuthorization)
}

fn authorize(cx: &mut Context, realm: Text, kind: HeaderKind) -> i32 {
    let found = match pre_auth(cx, realm, kind) {
        Ok(found) => found,
        Err(code) => return code,
    };
    let worker = cx.worker.clone();
    let Some(auth) = worker.shared.state::<Auth>() else { return check::ERROR };
    let (Some(user), Some(password)) = (read(cx, &auth.username), read(cx, &auth.password)) else {
        let text = format_args!("username_spec and password_spec must be set, and have values");
        cx.log(sipc_engine::log::Level::Error, "auth:pv_authorize", text);
        return check::refuse(cx, 500, "Server Internal Error");
    };
    if !user.eq_ignore_ascii_case(&found.username) {
        return UNKNOWN;
    }
    let ha1 = match auth.calculates {
        true => found.algorithm.ha1(&found.username, &found.realm, &password).into(),
        false => password,
    };
    found.verify(cx, &ha1)
}

/// The text of a variable; `None` when there is none.
fn read(cx: &mut Context, variable: &Option<Text>) -> Option<Text> {
    let (variable, _) = dynamic::variable(cx, variable.as_ref()?)?;
    variable.read(cx).text()
}
