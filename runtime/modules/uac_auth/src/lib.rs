//! `uac_auth`: credentials for challenges of others, and the answers to those (RFC 7616, RFC 8760).
#![forbid(unsafe_code)]

use std::sync::Arc;

use sipc_engine::digest::{Algorithm, Answer, Qop};
use sipc_engine::place::VariableBinding;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::{Context, Text};
use sipc_sip::{Challenge, HeaderKind, Message};

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "uac_auth", init };

/// The variables of this module, for the interpreter.
pub static VARIABLES: &[VariableBinding] = &[];

sipc_engine::bindings! { sipc_interface::modules::uac_auth::MODULE;
    plain {}
    waiting {}
}

/// Who may answer a challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The user.
    pub user: Text,
    /// The realm.
    pub realm: Text,
    /// The password, or `0x` and HA1.
    pub password: Text,
}

/// The module's parameters.
struct Known {
    /// The newest first, as in OpenSIPS.
    list: Vec<Credential>,
    /// AVPs with user, realm and password.
    avps: Option<[String; 3]>,
}

fn init(setup: &mut Setup) -> InitResult {
    let texts = setup.params("uac_auth", "credential").filter_map(|s| s.text());
    let mut list: Vec<Credential> = texts.map(credential).collect::<Result<_, _>>()?;
    list.reverse();
    let names = ["auth_username_avp", "auth_realm_avp", "auth_password_avp"];
    let given = names.map(|name| setup.text("uac_auth", name));
    let avps = match given {
        [None, None, None] => None,
        [Some(user), Some(realm), Some(password)] => Some([avp(&user)?, avp(&realm)?, avp(&password)?]),
        _ => return Err(format!("{}: all three of them are needed", names.join(", "))),
    };
    setup.share(Arc::new(Known { list, avps }));
    Ok(())
}

/// Reads `user:realm:password`.
fn credential(text: &str) -> Result<Credential, String> {
    let mut parts = text.splitn(3, ':').map(str::trim);
    let mut next = || parts.next().filter(|p| !p.is_empty() && !p.contains(char::is_whitespace));
    match (next(), next(), next()) {
        (Some(user), Some(realm), Some(password)) => {
            let own = |t: &str| Text::copy_from_slice(t.as_bytes());
            Ok(Credential { user: own(user), realm: own(realm), password: own(password) })
        }
        _ => Err(format!("credential {text}: user:realm:password is needed")),
    }
}

/// The name in `$avp(name)`.
fn avp(text: &str) -> Result<String, String> {
    let name = text.trim().strip_prefix("$avp(").and_then(|t| t.strip_suffix(')'));
    name.filter(|n| !n.is_empty()).map(str::to_owned).ok_or_else(|| format!("{text} is not an AVP"))
}

/// Who may answer for a realm: out of AVPs if they fit, else out of the parameters.
pub fn find(cx: &mut Context, realm: &[u8]) -> Option<Credential> {
    let shared = cx.worker.shared.clone();
    let known = shared.state::<Known>()?;
    if let Some([user, name, password]) = &known.avps {
        let mut read = |name: &str| {
            let name = shared.avp_names.intern(name.as_bytes())?;
            cx.avps(|avps| avps.newest(name).cloned()).and_then(|v| v.text()).filter(|t| !t.is_empty())
        };
        if let (Some(user), Some(found), Some(password)) = (read(user), read(name), read(password))
            && found == realm
        {
            return Some(Credential { user, realm: found, password });
        }
    }
    known.list.iter().find(|c| c.realm == realm).cloned()
}

/// The first challenge of a 401 or 407 with an algorithm that is known, and wanted if some are.
pub fn challenge<'a>(reply: &'a Message, code: u16, wanted: &[Algorithm]) -> Option<Challenge<'a>> {
    let kind = match code {
        401 => HeaderKind::WwwAuthenticate,
        407 => HeaderKind::ProxyAuthenticate,
        _ => return None,
    };
    let good = |c: &Challenge<'_>| algorithm(c).is_some_and(|a| wanted.is_empty() || wanted.contains(&a));
    reply.credentials(kind).find(|c| c.is_digest() && good(c))
}

fn algorithm(challenge: &Challenge<'_>) -> Option<Algorithm> {
    challenge.algorithm().map_or(Some(Algorithm::MD5), Algorithm::named)
}

/// A request that was challenged.
#[derive(Debug, Clone, Copy)]
pub struct Challenged<'a> {
    /// Code of the reply.
    pub code: u16,
    /// The method.
    pub method: &'a [u8],
    /// The request URI.
    pub uri: &'a [u8],
    /// The body.
    pub body: &'a [u8],
    /// A nonce of this side.
    pub cnonce: &'a [u8],
}

/// The header line that answers a challenge.
pub fn authorization(
    challenge: &Challenge<'_>,
    who: &Credential,
    request: &Challenged<'_>,
) -> Option<Vec<u8>> {
    let algorithm = algorithm(challenge)?;
    let nonce = challenge.nonce()?;
    let qop = qop(challenge)?.map(|qop| (qop, &b"00000001"[..], request.cnonce));
    let ha1 = ready_ha1(algorithm, &who.password)
        .unwrap_or_else(|| algorithm.ha1(&who.user, &who.realm, &who.password).into_bytes());
    let (method, uri, body) = (request.method, request.uri, request.body);
    let response = Answer { algorithm, ha1: &ha1, nonce, qop, method, uri, body }.response();
    let mut out =
        if request.code == 401 { b"Authorization".to_vec() } else { b"Proxy-Authorization".to_vec() };
    let mut put = |parts: &[&[u8]]| parts.iter().for_each(|p| out.extend_from_slice(p));
    put(&[b": Digest username=\"", &who.user, b"\", realm=\"", &who.realm, b"\", nonce=\"", nonce]);
    put(&[b"\", uri=\"", uri]);
    if let Some(opaque) = challenge.opaque().filter(|o| !o.is_empty()) {
        put(&[b"\", opaque=\"", opaque]);
    }
    if let Some((qop, nc, cnonce)) = qop {
        put(&[b"\", qop=", qop.name().as_bytes(), b", nc=", nc, b", cnonce=\"", cnonce]);
    }
    put(&[b"\", response=\"", response.as_bytes(), b"\", algorithm=", algorithm.name().as_bytes(), b"\r\n"]);
    Some(out)
}

/// What is chosen of the qualities of protection that are offered; `None` when none is known.
fn qop(challenge: &Challenge<'_>) -> Option<Option<Qop>> {
    let Some(list) = challenge.qop() else { return Some(None) };
    let offered =
        |wanted: Qop| list.split(|c| *c == b',').any(|q| Qop::named(q.trim_ascii()) == Some(wanted));
    [Qop::Auth, Qop::AuthInt].into_iter().find(|q| offered(*q)).map(Some)
}

/// HA1, when the password is that: `0x` and as many digits as the algorithm gives.
fn ready_ha1(algorithm: Algorithm, password: &[u8]) -> Option<Vec<u8>> {
    let digits = password.strip_prefix(b"0x")?;
    let good = |c: &u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
    (digits.len() == algorithm.length() && digits.iter().all(good)).then(|| digits.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(password: &str) -> Credential {
        credential(&format!("Mufasa : testrealm@host.com:{password}")).expect("a credential")
    }

    const REQUEST: Challenged<'static> =
        Challenged { code: 407, method: b"GET", uri: b"/dir/index.html", body: b"", cnonce: b"0a4f113b" };

    fn answered(challenge: &str, who: &Credential) -> Option<String> {
        let challenge = Challenge::parse(challenge.as_bytes())?;
        authorization(&challenge, who, &REQUEST).map(|line| String::from_utf8_lossy(&line).into_owned())
    }

    #[test]
    fn challenges_are_answered() {
        let nonce = "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"";
        let challenge =
            format!("Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", {nonce}, opaque=\"o\"");
        let wanted = format!(
            "Proxy-Authorization: Digest username=\"Mufasa\", realm=\"testrealm@host.com\", {nonce}, \
             uri=\"/dir/index.html\", opaque=\"o\", qop=auth, nc=00000001, cnonce=\"0a4f113b\", \
             response=\"6629fae49393a05397450978507c4ef1\", algorithm=MD5\r\n"
        );
        let mut with_password = who("Circle");
        with_password.password = Text::from_static(b"Circle Of Life");
        assert_eq!(answered(&challenge, &with_password), Some(wanted.clone()));
        // the same key, computed before
        assert_eq!(answered(&challenge, &who("0x939e7578ed9e3c518a452acee763bce9")), Some(wanted));
    }

    #[test]
    fn what_is_not_known_is_not_answered() {
        let who = who("x");
        assert_eq!(answered("Digest realm=\"r\", nonce=\"n\", algorithm=SHA3", &who), None);
        assert_eq!(answered("Digest realm=\"r\", nonce=\"n\", qop=\"other\"", &who), None);
        assert_eq!(answered("Digest realm=\"r\"", &who), None);
        assert!(credential("user:realm").is_err());
        assert!(credential("user::password").is_err());
    }
}
