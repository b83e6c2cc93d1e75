//! Credentials in requests: found, compared with the nonce that they answer, verified.

use std::ops::Range;

use sipc_engine::digest::{Algorithm, Answer, Qop};
use sipc_engine::log::Level;
use sipc_engine::variables::Authorized;
use sipc_engine::{Context, Text};
use sipc_sip::{Credentials, HeaderKind, Method, Uri};

use crate::auth;
use crate::nonce::{Offer, Told};

/// An error was replied; the script ends.
pub const ERROR: i32 = 0;
/// The user is another one, or unknown.
pub const UNKNOWN: i32 = -1;
/// The response is wrong.
pub const PASSWORD: i32 = -2;
const STALE: i32 = -3;
const NONE: i32 = -4;
const GOOD: i32 = 1;

/// The header whose credentials were looked at.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Authorization or Proxy-Authorization.
    pub kind: HeaderKind,
    /// The whole header.
    pub range: Range<usize>,
    /// Its nonce is good no longer.
    pub stale: bool,
}

/// All of the request.
#[derive(Debug, Clone, Default)]
pub struct AllSeen(Vec<Seen>);

/// What was looked at in headers of a kind.
pub fn seen(cx: &Context, kind: HeaderKind) -> Option<Seen> {
    let of = |all: &AllSeen| all.0.iter().find(|s| s.kind == kind).cloned();
    match cx.extensions.get::<AllSeen>() {
        Some(all) => of(all),
        None => cx.transaction.as_ref()?.script.lock().extensions.get::<AllSeen>().and_then(of),
    }
}

/// Credentials that answer a nonce of ours.
#[derive(Debug, Clone)]
pub struct Found {
    /// The realm.
    pub realm: Text,
    /// The user as written.
    pub username: Text,
    /// How the response is computed.
    pub algorithm: Algorithm,
    nonce: Text,
    uri: Text,
    response: Text,
    qop: Option<(Qop, Text, Text)>,
}

/// The domain that stands for an empty realm: of To in a REGISTER, else of From.
pub fn realm_of(cx: &Context, kind: HeaderKind) -> Option<Text> {
    let register = cx.message.request_line().is_some_and(|l| l.method_name == b"REGISTER");
    let to = register && kind == HeaderKind::Authorization;
    let address = if to { cx.message.to() } else { cx.message.from() }?.ok()?;
    let host = Uri::parse(address.uri_text).ok()?.host_text();
    let prefix = auth(cx).map(|a| &a.realm_prefix[..]).unwrap_or_default();
    Some(cx.message.share(host.strip_prefix(prefix).unwrap_or(host)))
}

/// Replies an error; the value ends the script.
pub fn refuse(cx: &mut Context, code: i32, reason: &'static str) -> i32 {
    if sipc_mod_signaling::send_reply(cx, code, Text::from_static(reason.as_bytes())) < 0 {
        cx.log(Level::Error, "auth", format_args!("cannot reply {code}"));
    }
    ERROR
}

/// The credentials of a request for a realm, if they answer a nonce that is good. An `Err` is the value of the
/// function that the script called.
pub fn pre_auth(cx: &mut Context, realm: Text, kind: HeaderKind) -> Result<Found, i32> {
    if matches!(cx.message.method(), Some(Method::Ack | Method::Cancel)) {
        return Err(GOOD);
    }
    let realm = match realm.is_empty() {
        true => match realm_of(cx, kind) {
            Some(realm) => realm,
            None => return Err(refuse(cx, 400, "Bad Request")),
        },
        false => realm,
    };
    let message = cx.message.clone();
    let mut fitting = None;
    for header in message.find_all(kind) {
        let Some(credentials) = Credentials::parse(header.value()) else {
            return Err(refuse(cx, 400, "Bad Request"));
        };
        let known = credentials.algorithm().map_or(Some(Algorithm::MD5), Algorithm::named);
        if credentials.is_digest()
            && credentials.realm().is_some_and(|r| r.eq_ignore_ascii_case(&realm))
            && let Some(algorithm) = known
        {
            fitting = Some((header, credentials, algorithm));
            break;
        }
    }
    let Some((header, credentials, algorithm)) = fitting else { return Err(NONE) };
    let Some(found) = Found::of(cx, &credentials, algorithm, realm) else {
        return Err(refuse(cx, 400, "Bad Request"));
    };
    let stale = !is_fresh(cx, &found);
    let all = cx.extensions.get_or_default::<AllSeen>();
    all.0.retain(|s| s.kind != kind);
    all.0.push(Seen { kind, range: header.range(), stale });
    if stale { Err(STALE) } else { Ok(found) }
}

/// Whether the nonce is ours, good, made for this algorithm and quality of protection, and not used before.
fn is_fresh(cx: &Context, found: &Found) -> bool {
    let Some(auth) = auth(cx) else { return false };
    let now = cx.worker.unix_us();
    let Some(told) = auth.nonces.read(&found.nonce, now) else { return false };
    fits(&told, found) && auth.nonces.consume(&told, now)
}

fn fits(told: &Told, found: &Found) -> bool {
    let algorithm = Algorithm::ALL.get(usize::from(told.algorithm)) == Some(&found.algorithm);
    let offered = |offers: &[Offer]| offers.iter().any(|o| *o as u8 == told.offer);
    let qop = match found.qop.as_ref().map(|(qop, ..)| *qop) {
        // a client of RFC 2069 knows none: that stands for auth
        None => offered(&[Offer::Nothing, Offer::Auth, Offer::Both]),
        Some(Qop::Auth) => offered(&[Offer::Auth, Offer::Both]),
        Some(Qop::AuthInt) => offered(&[Offer::AuthInt, Offer::Both]),
    };
    algorithm && qop
}

impl Found {
    /// Reads credentials; `None` when something is missing or unknown.
    fn of(cx: &Context, c: &Credentials<'_>, algorithm: Algorithm, realm: Text) -> Option<Found> {
        let share = |text: &[u8]| cx.message.share(text);
        let qop = match c.qop() {
            Some(name) => Some((Qop::named(name)?, share(c.nc()?), share(c.cnonce()?))),
            None => None,
        };
        Some(Found {
            realm,
            username: share(c.username().filter(|u| !u.is_empty())?),
            algorithm,
            nonce: share(c.nonce()?),
            uri: share(c.uri()?),
            response: share(c.response()?),
            qop,
        })
    }

    /// Whether the response is what HA1 gives: 1, or -2.
    pub fn verify(&self, cx: &mut Context, ha1: &[u8]) -> i32 {
        let body = cx.message.body();
        let method = cx.message.request_line().map(|l| cx.message.share(l.method_name)).unwrap_or_default();
        let wanted = Answer {
            algorithm: self.algorithm,
            ha1,
            nonce: &self.nonce,
            qop: self.qop.as_ref().map(|(qop, nc, cnonce)| (*qop, &nc[..], &cnonce[..])),
            method: &method,
            uri: &self.uri,
            body: &body,
        }
        .response();
        if !same(wanted.as_bytes(), &self.response) {
            return PASSWORD;
        }
        let user = self.username.split(|c| *c == b'@').next().unwrap_or_default();
        let user = self.username.slice_ref(user);
        cx.extensions.insert(Authorized { user, realm: self.realm.clone() });
        GOOD
    }
}

/// Compares without telling by the time it takes where texts differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

/// Removes the credentials that were looked at.
pub fn consume_credentials(cx: &mut Context) -> i32 {
    let kinds = [HeaderKind::Authorization, HeaderKind::ProxyAuthorization];
    let Some(seen) = kinds.into_iter().find_map(|kind| seen(cx, kind)) else {
        if !matches!(cx.message.method(), Some(Method::Ack | Method::Cancel)) {
            cx.log(Level::Error, "consume_credentials", format_args!("no credentials were checked before"));
        }
        return -1;
    };
    cx.edits.delete(seen.range);
    1
}
