//! Any bytes as one or two URIs, separated by a line end: parts that lie within the text, an equivalence that is reflexive and
//! symmetric, and rewritten URIs that can be read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sipc_engine::uri_edit::{Part, changed};
use sipc_sip::{Uri, escape_param, escape_user, unescape};

fn read(text: &[u8]) -> Option<Uri<'_>> {
    let uri = Uri::parse(text).ok()?;
    assert!(uri.host_range().end <= text.len() && uri.params_range().end <= text.len());
    let _ = (uri.user(), uri.password(), uri.host(), uri.port(), uri.transport(), uri.maddr(), uri.is_loose());
    for param in uri.params().into_iter().chain(uri.headers()) {
        assert!(param.name.len() + param.value_or_empty().len() <= text.len());
    }
    assert!(uri.is_equivalent(&uri), "a URI is what it is");
    Some(uri)
}

fuzz_target!(|bytes: &[u8]| {
    let (first, second) = bytes.split_at(bytes.iter().position(|c| *c == b'\n').unwrap_or(bytes.len()));
    let (a, b) = (read(first), read(second.get(1..).unwrap_or_default()));
    if let (Some(a), Some(b)) = (a, b) {
        assert_eq!(a.is_equivalent(&b), b.is_equivalent(&a));
    }
    assert_eq!(&unescape(&escape_user(bytes))[..], bytes);
    assert_eq!(&unescape(&escape_param(bytes))[..], bytes);
    let parts = [Part::Host(b"h.example"), Part::HostPort(b"h:1"), Part::Port(b"5"), Part::Strip(1), Part::Prefix(b"0")];
    for part in parts {
        if let Some(new) = changed(first, part) {
            // what is left of a user is not looked at, as in OpenSIPS
            let stripped = matches!(part, Part::Strip(_));
            assert!(stripped || Uri::parse(&new).is_ok(), "{part:?} made {new:?}");
        }
    }
});
