//! Digest authentication (RFC 7616, RFC 8760): what both sides compute.

use md5::Md5;
use sha2::{Digest, Sha256, Sha512_256};

/// The hash of an algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hash {
    Md5,
    Sha256,
    Sha512,
}

/// An algorithm that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Algorithm {
    hash: Hash,
    /// The key depends on the nonces: `MD5-sess`.
    pub session: bool,
}

impl Algorithm {
    /// The one that is meant when none is named.
    pub const MD5: Algorithm = Algorithm { hash: Hash::Md5, session: false };

    /// All of them, the weakest first.
    pub const ALL: [Algorithm; 6] = [
        Algorithm::MD5,
        Algorithm { hash: Hash::Md5, session: true },
        Algorithm { hash: Hash::Sha256, session: false },
        Algorithm { hash: Hash::Sha256, session: true },
        Algorithm { hash: Hash::Sha512, session: false },
        Algorithm { hash: Hash::Sha512, session: true },
    ];

    /// By name, ignoring case.
    pub fn named(name: &[u8]) -> Option<Algorithm> {
        Algorithm::ALL.into_iter().find(|a| name.eq_ignore_ascii_case(a.name().as_bytes()))
    }

    /// As it stands in headers.
    pub fn name(self) -> &'static str {
        match (self.hash, self.session) {
            (Hash::Md5, false) => "MD5",
            (Hash::Md5, true) => "MD5-sess",
            (Hash::Sha256, false) => "SHA-256",
            (Hash::Sha256, true) => "SHA-256-sess",
            (Hash::Sha512, false) => "SHA-512-256",
            (Hash::Sha512, true) => "SHA-512-256-sess",
        }
    }

    /// How long its results are as text.
    pub fn length(self) -> usize {
        if self.hash == Hash::Md5 { 32 } else { 64 }
    }

    /// The hash of parts with colons between them, in hexadecimal.
    pub fn joined(self, parts: &[&[u8]]) -> String {
        let text = parts.join(&b':');
        match self.hash {
            Hash::Md5 => hexadecimal(&Md5::digest(&text)),
            Hash::Sha256 => hexadecimal(&Sha256::digest(&text)),
            Hash::Sha512 => hexadecimal(&Sha512_256::digest(&text)),
        }
    }

    /// HA1 of a user with a password.
    pub fn ha1(self, user: &[u8], realm: &[u8], password: &[u8]) -> String {
        self.joined(&[user, realm, password])
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// What protects what (RFC 7616 section 3.4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Qop {
    /// The request line.
    Auth,
    /// The body too.
    AuthInt,
}

impl Qop {
    /// As it stands in headers.
    pub fn name(self) -> &'static str {
        match self {
            Qop::Auth => "auth",
            Qop::AuthInt => "auth-int",
        }
    }

    /// By name, ignoring case.
    pub fn named(name: &[u8]) -> Option<Qop> {
        [Qop::Auth, Qop::AuthInt].into_iter().find(|q| name.eq_ignore_ascii_case(q.name().as_bytes()))
    }
}

/// What a response is computed of.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// How.
    pub algorithm: Algorithm,
    /// HA1, in hexadecimal.
    pub ha1: &'a [u8],
    /// The server's nonce.
    pub nonce: &'a [u8],
    /// With quality of protection: which, the nonce count, the client's nonce.
    pub qop: Option<(Qop, &'a [u8], &'a [u8])>,
    /// The method.
    pub method: &'a [u8],
    /// The URI in the credentials.
    pub uri: &'a [u8],
    /// The body, for `auth-int`.
    pub body: &'a [u8],
}

impl Answer<'_> {
    /// The response.
    pub fn response(&self) -> String {
        let a = self.algorithm;
        let session = a.session.then(|| {
            let cnonce = self.qop.map(|(_, _, cnonce)| cnonce).unwrap_or_default();
            a.joined(&[self.ha1, self.nonce, cnonce])
        });
        let ha1 = session.as_ref().map_or(self.ha1, String::as_bytes);
        let ha2 = match self.qop {
            Some((Qop::AuthInt, ..)) => a.joined(&[self.method, self.uri, a.joined(&[self.body]).as_bytes()]),
            _ => a.joined(&[self.method, self.uri]),
        };
        match self.qop {
            Some((qop, nc, cnonce)) => {
                a.joined(&[ha1, self.nonce, nc, cnonce, qop.name().as_bytes(), ha2.as_bytes()])
            }
            None => a.joined(&[ha1, self.nonce, ha2.as_bytes()]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(algorithm: Algorithm, ha1: &str) -> Answer<'_> {
        Answer {
            algorithm,
            ha1: ha1.as_bytes(),
            nonce: b"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            qop: Some((Qop::Auth, b"00000001", b"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")),
            method: b"GET",
            uri: b"/dir/index.html",
            body: b"",
        }
    }

    #[test]
    fn the_examples_of_rfc_7616() {
        let (user, realm, password) = (b"Mufasa", b"http-auth@example.org", b"Circle of Life");
        for (name, wanted) in [
            ("md5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let algorithm = Algorithm::named(name.as_bytes()).expect("it is known");
            let ha1 = algorithm.ha1(user, realm, password);
            assert_eq!(answer(algorithm, &ha1).response(), wanted, "{name}");
            assert_eq!(wanted.len(), algorithm.length());
        }
    }

    #[test]
    fn the_example_of_rfc_2617_without_qop() {
        let ha1 = Algorithm::MD5.ha1(b"Mufasa", b"testrealm@host.com", b"Circle Of Life");
        assert_eq!(ha1, "939e7578ed9e3c518a452acee763bce9");
        let nonce = b"dcd98b7102dd2f0e8b11d0f600bfb0c093";
        let plain = Answer { nonce, qop: None, ..answer(Algorithm::MD5, &ha1) };
        assert_eq!(plain.response(), "670fd8c2df070c60b045671b8b24ff02");
    }

    #[test]
    fn bodies_and_sessions_count() {
        let ha1 = Algorithm::MD5.ha1(b"u", b"r", b"p");
        let of = |session: bool, qop: Qop, body: &'static [u8]| {
            let algorithm = Algorithm { session, ..Algorithm::MD5 };
            let a = answer(algorithm, &ha1);
            Answer { qop: a.qop.map(|(_, nc, cnonce)| (qop, nc, cnonce)), body, ..a }.response()
        };
        assert_ne!(of(false, Qop::AuthInt, b"a"), of(false, Qop::AuthInt, b"b"));
        assert_eq!(of(false, Qop::Auth, b"a"), of(false, Qop::Auth, b"b"));
        assert_ne!(of(true, Qop::Auth, b""), of(false, Qop::Auth, b""));
    }
}
