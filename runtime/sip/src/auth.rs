//! Digest credentials and challenges (RFC 3261 section 22, RFC 8760). Computes nothing.

use crate::chars::{is_lws, trim_start};
use crate::cursor::Cursor;
use crate::params::Params;

/// Authorization, Proxy-Authorization, WWW-Authenticate or Proxy-Authenticate: a scheme and pairs.
#[derive(Debug, Clone, Copy)]
pub struct Credentials<'a> {
    /// The scheme as written: `Digest`.
    pub scheme: &'a [u8],
    /// The pairs; quotes are taken off, escapes in them stay.
    pub pairs: Params<'a>,
}

/// A challenge has the shape of credentials.
pub type Challenge<'a> = Credentials<'a>;

macro_rules! pairs {
    ($($function:ident = $name:literal;)*) => {
        impl<'a> Credentials<'a> {
            $(
                #[doc = concat!("The value of `", $name, "`.")]
                pub fn $function(&self) -> Option<&'a [u8]> {
                    self.pairs.value($name.as_bytes())
                }
            )*
        }
    };
}

pairs! {
    username = "username";
    realm = "realm";
    nonce = "nonce";
    uri = "uri";
    response = "response";
    algorithm = "algorithm";
    cnonce = "cnonce";
    opaque = "opaque";
    qop = "qop";
    nc = "nc";
    stale = "stale";
    domain = "domain";
    auts = "auts";
}

impl<'a> Credentials<'a> {
    /// Reads a header value; `None` when it has no scheme.
    pub fn parse(value: &'a [u8]) -> Option<Credentials<'a>> {
        let mut cursor = Cursor::new(trim_start(value));
        let scheme = cursor.take_while(|c| !is_lws(c));
        cursor.skip_lws();
        let rest = cursor.text.get(cursor.at..).unwrap_or_default();
        (!scheme.is_empty()).then_some(Credentials { scheme, pairs: Params::of_list(rest) })
    }

    /// Whether the scheme is Digest.
    pub fn is_digest(&self) -> bool {
        self.scheme.eq_ignore_ascii_case(b"Digest")
    }

    /// The user name without the `@domain` behind it: what OpenSIPS looks up.
    pub fn user(&self) -> Option<&'a [u8]> {
        self.username().map(|name| name.split(|c| *c == b'@').next().unwrap_or_default())
    }

    /// The domain behind the user name; `None` when it has none.
    pub fn user_domain(&self) -> Option<&'a [u8]> {
        self.username().and_then(|name| crate::chars::split_once(name, b'@')).map(|(_, domain)| domain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_or_not() {
        let c = Credentials::parse(b"Digest username=\"bob@x.y\", realm=z ,nonce = \"a,b\"")
            .expect("credentials");
        assert!(c.is_digest());
        assert_eq!(c.user(), Some(&b"bob"[..]));
        assert_eq!(c.user_domain(), Some(&b"x.y"[..]));
        assert_eq!(c.realm(), Some(&b"z"[..]));
        assert_eq!(c.nonce(), Some(&b"a,b"[..]));
        assert_eq!(c.qop(), None);
    }
}
