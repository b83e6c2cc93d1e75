//! Whether two URIs are equivalent (RFC 3261 section 19.1.4).
//!
//! OpenSIPS' own comparison differs in corners: it ignores the order of nothing in the headers and
//! compares the values of `lr` and `r2`. This one follows the RFC.

use crate::escape::unescape;
use crate::params::{Param, Params};
use crate::uri::Uri;

/// Parameters which, present in one URI only, make it another one.
const BINDING: [&[u8]; 6] = [b"user", b"ttl", b"method", b"maddr", b"transport", b"gr"];

impl Uri<'_> {
    /// Whether both mean the same.
    pub fn is_equivalent(&self, other: &Uri<'_>) -> bool {
        let fold = |a: &[u8], b: &[u8]| unescape(a).eq_ignore_ascii_case(&unescape(b));
        self.scheme() == other.scheme()
            && same_text(self.user(), other.user())
            && same_text(self.password(), other.password())
            && fold(self.host_text(), other.host_text())
            && self.port() == other.port()
            && params_agree(self.params(), other.params())
            && params_agree(other.params(), self.params())
            && all_in(self.headers(), other.headers())
            && all_in(other.headers(), self.headers())
    }
}

/// User and password keep their case; an escape equals what it stands for.
fn same_text(a: Option<&[u8]>, b: Option<&[u8]>) -> bool {
    a.map(unescape) == b.map(unescape)
}

/// Whether no parameter of `a` speaks against `b`.
fn params_agree(a: Params<'_>, b: Params<'_>) -> bool {
    a.into_iter()
        .take(PARAMS_MAX)
        .all(|p| has_twin(b, &p).unwrap_or(!BINDING.iter().any(|name| p.is_named(name))))
}

/// How many parameters are compared: bounds the work on hostile input.
const PARAMS_MAX: usize = 64;

fn all_in(a: Params<'_>, b: Params<'_>) -> bool {
    a.into_iter().take(PARAMS_MAX).all(|p| has_twin(b, &p) == Some(true))
}

/// Whether one of those with the name of a parameter has its value too; `None` when the name is not there. Headers may
/// stand in a URI several times, and senders repeat parameters though they must not.
fn has_twin(all: Params<'_>, one: &Param<'_>) -> Option<bool> {
    let value = unescape(one.value_or_empty());
    let mut named = all.into_iter().filter(|p| p.is_named(one.name)).peekable();
    named.peek()?;
    Some(named.any(|p| unescape(p.value_or_empty()).eq_ignore_ascii_case(&value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        let read = |t: &'static str| Uri::parse(t.as_bytes()).expect("a URI");
        let (a, b) = (a.to_owned().leak(), b.to_owned().leak());
        read(a).is_equivalent(&read(b)) && read(b).is_equivalent(&read(a))
    }

    //= rfc3261#19.1.4
    #[test]
    fn the_examples_of_the_rfc() {
        for (a, b) in [
            ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
            (
                "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
            ),
            (
                "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
            ),
            // not of the RFC: what stands there twice
            ("sip:a@b?Route=%3Csip:x%3E&Route=%3Csip:y%3E", "sip:a@b?route=%3Csip:y%3E&route=%3Csip:x%3E"),
            ("sip:b;x=1;x=2", "sip:b;x=1;x=2"),
        ] {
            assert!(same(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
            ("sip:carol@chicago.com;security=off", "sip:carol@chicago.com;security=on"),
        ] {
            assert!(!same(a, b), "{a} {b}");
        }
    }
}
