//! Does the message keep to RFC 3261? The checks, their order, numbers and words are OpenSIPS'.

use sipc_engine::place::Assign;
use sipc_engine::{Context, Text, Value, VarRef};
use sipc_sip::{
    Contacts, Credentials, Header, HeaderKind, MediaType, Message, Method, NameAddr, Scheme, Transport, Uri,
    Via, content_length, whole_number,
};

use crate::sdp::streams;

/// What is wrong: the value of the function, and why; without words when a header is missing.
type Fault = (i32, String);

fn fault(value: i32, why: &str) -> Result<(), Fault> {
    Err((value, why.to_owned()))
}

/// Whether the message keeps to RFC 3261.
///
/// Flags: `s` session descriptions, `h` headers, `m` no Max-Forwards needed, `r` request URI, `t` To,
/// `f` From, `c` Contact.
pub fn sipmsg_validate(cx: &mut Context, flags: Option<Text>, reason: Option<&VarRef>) -> i32 {
    let flags = flags.unwrap_or_default().to_ascii_lowercase();
    let Err((value, why)) = checked(cx, &flags) else { return 1 };
    match reason.is_none_or(|r| r.write(cx, Assign::Set, Value::Text(why.into()))) {
        true => value,
        false => -255,
    }
}

fn checked(cx: &Context, flags: &[u8]) -> Result<(), Fault> {
    let message = &cx.message;
    let method = message.method().or_else(|| Some(message.cseq()?.ok()?.method));
    framing(cx, flags, method)?;
    let needed =
        [(HeaderKind::CSeq, -7), (HeaderKind::From, -8), (HeaderKind::To, -9), (HeaderKind::Via, -10)];
    for (kind, value) in needed {
        needs(message, kind, value)?;
    }
    if flags.contains(&b't') {
        address(message, HeaderKind::To, [-22, -23, -29])?;
    }
    if flags.contains(&b'f') {
        address(message, HeaderKind::From, [-24, -25, -28])?;
    }
    match message.code() {
        None => request(cx, flags, method)?,
        Some(code) => reply(message, flags, code, method)?,
    }
    if method != Some(Method::Cancel) && has_body(message) {
        needs(message, HeaderKind::ContentType, -21)?;
    }
    match flags.contains(&b'h') && message.headers().any(|h| !is_readable(&h)) {
        true => fault(-2, "failed to parse headers"),
        false => Ok(()),
    }
}

fn needs(message: &Message, kind: HeaderKind, value: i32) -> Result<(), Fault> {
    if message.has(kind) { Ok(()) } else { fault(value, "") }
}

fn has_body(message: &Message) -> bool {
    message.bytes().len() > message.body_start()
}

/// Call-ID, Content-Length, and the body as it came.
fn framing(cx: &Context, flags: &[u8], method: Option<Method>) -> Result<(), Fault> {
    let message = &cx.message;
    if !message.has(HeaderKind::CallId) {
        return fault(-3, "message doesn't have callid");
    }
    let transport = cx.shared().socket(cx.received.socket).transport;
    if transport != Transport::Udp && !message.has(HeaderKind::ContentLength) {
        return fault(-4, "message doesn't have Content Length header");
    }
    if message.is_request() && method == Some(Method::Cancel) {
        return Ok(());
    }
    let stated = message.content_length().and_then(Result::ok).unwrap_or(0);
    let actual = message.bytes().len() - message.body_start();
    if stated != actual {
        let why = format!("invalid body - content length {stated} different than actual body {actual}");
        return fault(-5, &why);
    }
    let is_sdp = message.content_type().is_some_and(|t| t.is(b"application", b"sdp"));
    match flags.contains(&b's') && actual > 0 && is_sdp && streams(cx).is_none() {
        true => fault(-6, "failed to parse SDP message"),
        false => Ok(()),
    }
}

/// From or To; the values are for a broken URI, domain and user.
fn address(message: &Message, kind: HeaderKind, values: [i32; 3]) -> Result<(), Fault> {
    let name = kind.name();
    let [bad, domain, user] = values;
    let parsed = message.address(kind).and_then(Result::ok);
    let Some(uri) = parsed.and_then(|a| a.uri().ok()) else {
        return fault(bad, &format!("failed to parse '{name}' header"));
    };
    if matches!(uri.scheme(), Scheme::Sip | Scheme::Sips) && !is_host(uri.host_text()) {
        return fault(domain, &format!("invalid domain for '{name}' header"));
    }
    match is_user(uri.user().unwrap_or_default()) {
        true => Ok(()),
        false => fault(user, &format!("invalid username for '{name}' header")),
    }
}

fn request(cx: &Context, flags: &[u8], method: Option<Method>) -> Result<(), Fault> {
    let message = &cx.message;
    if flags.contains(&b'r') {
        let Ok(uri) = Uri::parse(&cx.target.uri) else { return fault(-11, "failed to parse R-URI") };
        if !is_host(uri.host_text()) {
            return fault(-12, "invalid domain for R-URI");
        }
        if !is_user(uri.user().unwrap_or_default()) {
            return fault(-27, "invalid username for R-URI");
        }
    }
    if !flags.contains(&b'm') {
        needs(message, HeaderKind::MaxForwards, -13)?;
    }
    if flags.contains(&b'c') {
        contact(message, method)?;
    }
    match method != Some(Method::Register) && message.has(HeaderKind::Path) {
        true => fault(-15, "PATH header supported only for REGISTERs"),
        false => Ok(()),
    }
}

fn reply(message: &Message, flags: &[u8], code: u16, method: Option<Method>) -> Result<(), Fault> {
    let needed = match code {
        _ if method == Some(Method::Cancel) => None,
        405 => Some((HeaderKind::Allow, -16)),
        423 if method == Some(Method::Register) => Some((HeaderKind::MinExpires, -17)),
        407 => Some((HeaderKind::ProxyAuthenticate, -18)),
        420 => Some((HeaderKind::Unsupported, -19)),
        401 => Some((HeaderKind::WwwAuthenticate, -20)),
        _ => None,
    };
    if let Some((kind, value)) = needed {
        needs(message, kind, value)?;
    }
    match flags.contains(&b'c') && (200..400).contains(&code) {
        true => contact(message, method),
        false => Ok(()),
    }
}

/// Contact: must be there for methods that set up a dialog or register.
fn contact(message: &Message, method: Option<Method>) -> Result<(), Fault> {
    let needs = [Method::Invite, Method::Register, Method::Update, Method::Subscribe, Method::Refer];
    if !method.is_some_and(|m| needs.contains(&m)) {
        return Ok(());
    }
    if !message.has(HeaderKind::Contact) {
        return fault(-14, "SIP message doesn't have 'Contact' header");
    }
    match message.contacts() {
        Ok(Contacts::List(list)) if list.iter().all(|c| c.uri().is_ok()) => Ok(()),
        Ok(Contacts::List(_)) | Err(_) => fault(-26, "failed to parse 'Contact' header"),
        Ok(Contacts::Star) => star(message, method),
    }
}

/// `*` removes all contacts: only in a REGISTER that says so with Expires 0.
fn star(message: &Message, method: Option<Method>) -> Result<(), Fault> {
    let why = match (method, message.is_request(), message.expires()) {
        (Some(Method::Register), false, _) => {
            "'Contact' header for REGISTER reply contains '*' only valid for REGISTER request"
        }
        (Some(Method::Register), true, None | Some(Err(_))) => "failed to parse 'Expires' header",
        (Some(Method::Register), true, Some(Ok(0))) => return Ok(()),
        (Some(Method::Register), true, Some(Ok(_))) => {
            "'Expires' header greater than 0 for REGISTER 'Contact' header with '*' value"
        }
        _ => "'Contact' header for SIP message contains '*' only valid for REGISTER request",
    };
    fault(-30, why)
}

/// Whether a header can be read by those who use it.
fn is_readable(header: &Header<'_>) -> bool {
    use HeaderKind as H;
    let value = header.value();
    let addresses = |mut list: sipc_sip::NameAddrs<'_>| list.all(|one| one.is_ok());
    match header.kind() {
        H::Via => Via::list(value).all(|v| v.is_ok()),
        H::ContentType => MediaType::parse(value).is_some_and(|t| t.main != b"*" && t.sub != b"*"),
        H::ContentLength => content_length(value).is_ok(),
        H::From | H::To | H::RemotePartyId | H::ReferTo => NameAddr::parse(value).is_ok(),
        H::PPreferredIdentity | H::PAssertedIdentity => {
            NameAddr::identities(value).all(|one| one.is_ok_and(|a| a.uri().is_ok()))
        }
        H::Diversion => addresses(NameAddr::identities(value)),
        H::Contact => addresses(NameAddr::contacts(value)),
        H::Path | H::Route | H::RecordRoute => addresses(NameAddr::routes(value)),
        H::Authorization | H::ProxyAuthorization => Credentials::parse(value).is_some(),
        H::MaxForwards | H::Expires | H::MinExpires => whole_number(value).is_ok(),
        H::CallId
        | H::ProxyRequire
        | H::Unsupported
        | H::AcceptLanguage
        | H::Organization
        | H::Priority
        | H::Subject
        | H::UserAgent
        | H::AcceptDisposition
        | H::RetryAfter => !value.trim_ascii().is_empty(),
        _ => true,
    }
}

/// Whether a host is made as a name or an address may be.
fn is_host(host: &[u8]) -> bool {
    let [first, middle @ .., last] = host else {
        return host.iter().all(u8::is_ascii_alphanumeric) && !host.is_empty();
    };
    let dots = host.windows(2).any(|pair| pair == b"..");
    (first.is_ascii_alphanumeric() || *first == b'[')
        && middle.iter().all(|c| c.is_ascii_alphanumeric() || b"-:.".contains(c))
        && (last.is_ascii_alphanumeric() || matches!(last, b'.' | b']'))
        && !dots
}

/// Whether a user is made as RFC 3261 section 25.1 wants it.
fn is_user(user: &[u8]) -> bool {
    let mut bytes = user.iter();
    while let Some(c) = bytes.next() {
        let good = match c {
            b'%' => (0..2).all(|_| bytes.next().is_some_and(u8::is_ascii_hexdigit)),
            c => c.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/".contains(c),
        };
        if !good {
            return false;
        }
    }
    true
}
