//! Rewriting parts of a URI, as the functions on the request URI and `$dd`, `$dp` do.

use sipc_sip::{Uri, UriParts};

use crate::Text;

/// The longest URI that is made.
const URI_MAX: usize = 1024;

/// What to change.
#[derive(Debug, Clone, Copy)]
pub enum Part<'a> {
    /// The host; a `maddr` parameter goes too.
    Host(&'a [u8]),
    /// The host; parameters stay.
    HostOnly(&'a [u8]),
    /// Host and port; a `maddr` parameter goes too.
    HostPort(&'a [u8]),
    /// The user.
    User(&'a [u8]),
    /// User and password.
    UserPassword(&'a [u8]),
    /// The port; empty removes it.
    Port(&'a [u8]),
    /// Put before the user.
    Prefix(&'a [u8]),
    /// So many bytes off the start of the user.
    Strip(i32),
    /// So many bytes off the end of the user.
    StripTail(i32),
}

/// The URI with a part changed; `None` when it does not parse or becomes too long. The new part is not
/// checked.
pub fn changed(text: &[u8], part: Part<'_>) -> Option<Text> {
    changed_parts(&Uri::parse(text).ok()?, part)
}

/// Changes a part of a URI, where what comes out is known without reading it; `false` when that is for [`changed_parts`].
pub(crate) fn splice(parts: &mut UriParts, text: &mut Vec<u8>, part: Part<'_>) -> bool {
    let (Part::User(new) | Part::Host(new) | Part::Port(new)) = part else { return false };
    if text.len() + new.len() >= URI_MAX {
        return false;
    }
    match part {
        Part::User(user) => parts.set_user(text, user),
        Part::Host(host) => parts.set_host(text, host),
        _ => parts.set_port(text, new),
    }
}

/// The same of a URI that was read.
pub fn changed_parts(uri: &Uri<'_>, part: Part<'_>) -> Option<Text> {
    // `tel:` has no host, so nothing can stand before or behind one
    let bare =
        uri.host_text().is_empty() && !matches!(part, Part::Host(_) | Part::HostOnly(_) | Part::HostPort(_));
    if bare && matches!(part, Part::Port(_)) {
        return None;
    }
    let mut out = Vec::with_capacity(uri.text().len() + 32);
    out.extend_from_slice(scheme(uri));
    let mut has_user = push_user(&mut out, uri, part);
    if let Some(password) = uri.password().filter(|_| !matches!(part, Part::UserPassword(_))) {
        out.push(b':');
        out.extend_from_slice(password);
        has_user = true;
    }
    match (bare, has_user) {
        (true, false) => return None, // nothing would be left
        // alone, a host is read with more patience than behind a user
        (false, true) if uri.user().is_none() && !stands_behind_a_user(uri) => return None,
        (false, true) => out.push(b'@'),
        _ => {}
    }
    push_host(&mut out, uri, part);
    push_params(&mut out, uri, part);
    let headers = uri.headers().text();
    if !headers.is_empty() {
        out.push(b'?');
        out.extend_from_slice(headers);
    }
    // a host where there was none can change what the rest means
    let readable = !uri.host_text().is_empty() || Uri::parse(&out).is_ok();
    (readable && out.len() <= URI_MAX).then(|| Text::from(out))
}

fn stands_behind_a_user(uri: &Uri<'_>) -> bool {
    Uri::parse(&[b"sip:u@", uri.host_text()].concat()).is_ok()
}

/// Everything before the user or host.
fn scheme<'a>(uri: &Uri<'a>) -> &'a [u8] {
    let start = uri.user_range().filter(|r| !r.is_empty()).unwrap_or(uri.host_range()).start;
    uri.text().get(..start).unwrap_or_default()
}

/// Writes the user; says whether there is one.
fn push_user(out: &mut Vec<u8>, uri: &Uri<'_>, part: Part<'_>) -> bool {
    let old = uri.user().unwrap_or_default();
    let (prefix, user) = match part {
        Part::User(user) | Part::UserPassword(user) => (&b""[..], user),
        Part::Prefix(prefix) => (prefix, old),
        Part::Strip(n) => (&b""[..], usize::try_from(n).map_or(old, |n| old.get(n..).unwrap_or_default())),
        Part::StripTail(n) => {
            let keep = usize::try_from(n).map_or(old.len(), |n| old.len().saturating_sub(n));
            (&b""[..], old.get(..keep).unwrap_or_default())
        }
        _ => (&b""[..], old),
    };
    out.extend_from_slice(prefix);
    out.extend_from_slice(user);
    !prefix.is_empty() || !user.is_empty()
}

fn push_host(out: &mut Vec<u8>, uri: &Uri<'_>, part: Part<'_>) {
    out.extend_from_slice(match part {
        Part::Host(host) | Part::HostOnly(host) | Part::HostPort(host) => host,
        _ => uri.host_text(),
    });
    let port = match part {
        Part::HostPort(_) => b"",
        Part::Port(port) => port,
        _ => uri.port_text(),
    };
    if !port.is_empty() {
        out.push(b':');
        out.extend_from_slice(port);
    }
}

fn push_params(out: &mut Vec<u8>, uri: &Uri<'_>, part: Part<'_>) {
    let drops_maddr = matches!(part, Part::Host(_) | Part::HostPort(_));
    let params = uri.params();
    if params.text().is_empty() {
        return;
    }
    let maddr = if drops_maddr { params.find_last(b"maddr").map(|p| p.whole.as_ptr()) } else { None };
    if maddr.is_none() {
        out.push(b';');
        out.extend_from_slice(params.text());
        return;
    }
    for param in params.into_iter().filter(|p| Some(p.whole.as_ptr()) != maddr) {
        out.push(b';');
        out.extend_from_slice(param.whole);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(uri: &str, part: Part<'_>, expected: &str) {
        let new = changed(uri.as_bytes(), part).expect("a URI");
        assert_eq!(String::from_utf8_lossy(&new), expected);
    }

    #[test]
    fn parts_of_a_full_uri() {
        let uri = "sip:bob:pw@h:5070;x=y;maddr=1.2.3.4;z?A=b";
        check(uri, Part::Host(b"n"), "sip:bob:pw@n:5070;x=y;z?A=b");
        check(uri, Part::HostPort(b"n:1"), "sip:bob:pw@n:1;x=y;z?A=b");
        check(uri, Part::User(b"al"), "sip:al:pw@h:5070;x=y;maddr=1.2.3.4;z?A=b");
        check(uri, Part::UserPassword(b"al:q"), "sip:al:q@h:5070;x=y;maddr=1.2.3.4;z?A=b");
        check(uri, Part::Port(b""), "sip:bob:pw@h;x=y;maddr=1.2.3.4;z?A=b");
    }

    #[test]
    fn the_user() {
        check("sip:bob@h", Part::Strip(1), "sip:ob@h");
        check("sip:bob@h", Part::Strip(9), "sip:h");
        check("sip:bob@h", Part::StripTail(1), "sip:bo@h");
        check("sip:bob@h", Part::StripTail(-1), "sip:bob@h");
        check("sip:h", Part::Prefix(b"00"), "sip:00@h");
        check("sip:h", Part::User(b"al"), "sip:al@h");
        check("sip:bob:pw@h", Part::User(b""), "sip::pw@h");
    }

    #[test]
    fn what_is_known_is_what_is_written() {
        let uris = [
            "sip:bob:pw@h:5070;x=y;maddr=1.2.3.4;z?A=b",
            "sip:bob@h",
            "sip:h;lr",
            "sip:bob@h:",
            "sip:bob@h;?x",
            "sip:b@[::1]:5060;transport=tcp",
            "tel:+49;x=y",
        ];
        let texts: [&[u8]; 6] = [b"anna", b"10.0.0.1", b"5060", b"0", b"x;y", b""];
        let mut known = 0;
        for uri in uris.map(str::as_bytes) {
            let read = UriParts::parse(uri).expect("a URI");
            for part in texts.into_iter().flat_map(|t| [Part::User(t), Part::Host(t), Part::Port(t)]) {
                let (mut parts, mut new) = (read, uri.to_vec());
                if splice(&mut parts, &mut new, part) {
                    assert_eq!(Some(&new[..]), changed(uri, part).as_deref(), "{part:?}");
                    known += 1;
                }
            }
        }
        assert!(known > 30, "{known}");
    }

    #[test]
    fn bad_uris_do_not_change() {
        assert!(changed(b"nonsense", Part::Host(b"h")).is_none());
        assert!(changed(b"sip:h", Part::Host(&[b'a'; 2000])).is_none());
        assert!(changed(b"sip:ort=c&b=C", Part::Prefix(b"0")).is_none());
        assert!(changed(b"sip:ort=c&b=C", Part::HostPort(b"h:1")).is_some());
    }
}
