//! Messages, URIs and edits that benchmarks and ledgers share.

use bytes::Bytes;
use sipc_sip::{Edits, HeaderKind, Message};

use crate::calls::{Calls, SDP, reply, request, route_of};

/// Who is called.
pub const CALLED: &str = "sip:bob@carrier.example";
/// Where that stands in a request.
pub const TO: &str = "To: <sip:bob@carrier.example>\r\n";

/// URIs by name.
pub const URIS: [(&str, &str); 2] = [
    ("short", CALLED),
    (
        "long",
        "sip:+4930123456;phone-context=carrier.example@192.0.2.20:5060;transport=udp;user=phone?subject=call",
    ),
];

/// One message of each kind.
pub fn messages() -> [(&'static str, Bytes); 5] {
    let invite = request("INVITE", CALLED, 1, TO, SDP);
    let routes = "Route: <sip:192.0.2.1;lr;ftag=a1>\r\nRoute: <sip:192.0.2.2;lr;ftag=a1>\r\nTo: <sip:bob@x>;tag=b1\r\n";
    let own = "To: <sip:anna@carrier.example>\r\nExpires: 600\r\n";
    [
        ("OPTIONS", request("OPTIONS", CALLED, 1, TO, "")),
        ("REGISTER", request("REGISTER", "sip:carrier.example", 1, own, "")),
        ("INVITE", invite.clone()),
        ("BYE", request("BYE", CALLED, 1, routes, "")),
        ("200", reply(&invite, "200 OK")),
    ]
}

/// What a proxy does to a request: a Via, a Record-Route, another Max-Forwards and another target.
///
/// # Panics
/// When the message has no Max-Forwards.
pub fn change(message: &Message) -> Bytes {
    let max_forwards = message.find(HeaderKind::MaxForwards).expect("it is there");
    let mut edits = Edits::new();
    edits.replace(message.target_range(), Bytes::from_static(b"sip:bob@192.0.2.20:5060"));
    edits.prepend_header(message, Bytes::from_static(b"Record-Route: <sip:192.0.2.1;lr>\r\n"));
    edits.prepend_header(message, Bytes::from_static(b"Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"));
    edits.set_value(&max_forwards, Bytes::from_static(b"69"));
    edits.apply(message, false, |_| Bytes::new()).to_bytes()
}

/// Milliseconds until nothing is left of a call.
pub const ALL: u64 = 40_000;

/// What a site does in a call, in order.
pub const STEPS: [&str; 7] = [
    "relay INVITE",
    "relay 180",
    "relay 200",
    "relay ACK of the 200",
    "relay BYE",
    "relay 200 of the BYE",
    "time passes, timers end",
];

/// One whole call of a site, with so many milliseconds after it; `step` is given each of [`STEPS`] by its number, with the
/// work.
pub fn call(site: &mut Calls, n: u64, after: u64, mut step: impl FnMut(usize, &mut dyn FnMut())) {
    let invite = request("INVITE", CALLED, n, TO, SDP);
    step(0, &mut || site.from_caller(invite.clone()));
    let relayed = site.sent();
    for (at, status) in [(1, "180 Ringing"), (2, "200 OK")] {
        let answer = reply(&relayed, status);
        step(at, &mut || site.from_called(answer.clone()));
        if at == 1 {
            site.sent();
        }
    }
    let headers = format!("{}To: <sip:bob@carrier.example>;tag=b1\r\n", route_of(&site.sent()));
    for (at, method) in [(3, "ACK"), (4, "BYE")] {
        let request = request(method, "sip:bob@192.0.2.20:5060", n, &headers, "");
        step(at, &mut || site.from_caller(request.clone()));
        if at == 3 {
            site.sent();
        }
    }
    let ok = reply(&site.sent(), "200 OK");
    step(5, &mut || site.from_called(ok.clone()));
    site.sent();
    step(6, &mut || site.pass(after));
}
