//! Challenges: 401 and 407.

use sipc_engine::digest::Algorithm;
use sipc_engine::{Context, Text};
use sipc_sip::HeaderKind;

use crate::Auth;
use crate::check::{realm_of, refuse, seen};
use crate::nonce::Offer;

/// Replies 401.
pub fn www_challenge(cx: &mut Context, realm: Text, qop: Option<Text>, algorithms: Option<Text>) -> i32 {
    challenge(cx, realm, qop, algorithms, HeaderKind::Authorization)
}

/// Replies 407.
pub fn proxy_challenge(cx: &mut Context, realm: Text, qop: Option<Text>, algorithms: Option<Text>) -> i32 {
    challenge(cx, realm, qop, algorithms, HeaderKind::ProxyAuthorization)
}

/// What is offered, and how it is written: with both, the one named last comes first, as OpenSIPS has it.
fn offer(text: &[u8]) -> Option<(Offer, &'static str)> {
    let mut offer = (Offer::Nothing, "");
    for word in text.split(|c| *c == b',').map(<[u8]>::trim_ascii) {
        offer = match (word, offer.0) {
            (b"auth", Offer::AuthInt) => (Offer::Both, "auth,auth-int"),
            (b"auth", _) => (Offer::Auth, "auth"),
            (b"auth-int", Offer::Auth) => (Offer::Both, "auth-int,auth"),
            (b"auth-int", _) => (Offer::AuthInt, "auth-int"),
            _ => return None,
        };
    }
    Some(offer)
}

/// The algorithms to offer with what is written of each: the strongest first; one that was not named last.
fn wanted(list: Option<Text>) -> Option<Vec<(usize, Option<Algorithm>)>> {
    let Some(list) = list else { return Some(vec![(0, None)]) };
    let named: Vec<Algorithm> =
        list.split(|c| *c == b',').map(|a| Algorithm::named(a.trim_ascii())).collect::<Option<_>>()?;
    let all = Algorithm::ALL.into_iter().enumerate().rev();
    Some(all.filter(|(_, a)| named.contains(a)).map(|(n, a)| (n, Some(a))).collect())
}

fn challenge(
    cx: &mut Context,
    realm: Text,
    qop: Option<Text>,
    algorithms: Option<Text>,
    kind: HeaderKind,
) -> i32 {
    let worker = cx.worker.clone();
    let Some(auth) = worker.shared.state::<Auth>() else { return -1 };
    let given = if realm.is_empty() { realm_of(cx, kind) } else { Some(realm) };
    let Some(realm) = given else { return refuse(cx, 400, "Bad Request") };
    let (Some(mut offer), Some(algorithms)) =
        (qop.map_or(Some((Offer::Nothing, "")), |q| offer(&q)), wanted(algorithms))
    else {
        return -1;
    };
    // all but plain MD5 need a quality of protection (RFC 8760)
    if offer.0 == Offer::Nothing && algorithms.iter().any(|(n, _)| *n > 0) {
        offer = (Offer::Auth, "auth");
    }
    let stale = seen(cx, kind).is_some_and(|s| s.stale);
    let now = worker.unix_us();
    let number = auth.nonces.reserve(now);
    let name: &[u8] =
        if kind == HeaderKind::Authorization { b"WWW-Authenticate" } else { b"Proxy-Authenticate" };
    for (index, algorithm) in algorithms {
        let nonce = auth.nonces.make(number, index as u8, offer.0, now);
        let mut line =
            [name, b": Digest realm=\"", &realm[..], b"\", nonce=\"", nonce.as_bytes(), b"\""].concat();
        if offer.0 != Offer::Nothing {
            line.extend_from_slice(format!(", qop=\"{}\"", offer.1).as_bytes());
        }
        if stale {
            line.extend_from_slice(b", stale=true");
        }
        if let Some(algorithm) = algorithm {
            line.extend_from_slice(format!(", algorithm={}", algorithm.name()).as_bytes());
        }
        line.extend_from_slice(b"\r\n");
        cx.reply_headers.push(line.into());
    }
    let (code, reason) = match kind {
        HeaderKind::Authorization => (401, "Unauthorized"),
        _ => (407, "Proxy Authentication Required"),
    };
    let sent = sipc_mod_signaling::send_reply(cx, code, Text::from_static(reason.as_bytes()));
    if sent < 0 { -1 } else { 0 }
}
