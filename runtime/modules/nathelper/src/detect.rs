//! `nat_uac_test`: signs that a sender is behind NAT.

use std::net::{IpAddr, Ipv4Addr};

use sipc_engine::log::Level;
use sipc_engine::{Context, Text};
use sipc_interface::modules::nathelper::{TESTS, flags};
use sipc_sip::body::sdp::Sdp;
use sipc_sip::{Contacts, Host, Uri};

const PRIVATE_CONTACT: u32 = 1;
const SOURCE_NOT_VIA: u32 = 1 << 1;
const PRIVATE_VIA: u32 = 1 << 2;
const PRIVATE_SDP: u32 = 1 << 3;
const PORT_NOT_VIA: u32 = 1 << 4;
const SOURCE_NOT_CONTACT: u32 = 1 << 5;
const PORT_NOT_CONTACT: u32 = 1 << 6;
const CARRIER_GRADE: u32 = 1 << 7;

/// RFC 1918, shared addresses (RFC 6598), loopback, as OpenSIPS has them.
const PRIVATE: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
];

/// What dual-stack lite uses between router and carrier (RFC 6333 section 5.7).
const DS_LITE: (Ipv4Addr, u32) = (Ipv4Addr::new(192, 0, 0, 0), 29);

/// Whether one of the tests holds.
pub fn nat_uac_test(cx: &mut Context, tests: Text) -> i32 {
    let Some(tests) = flags(&tests, TESTS) else {
        let text = String::from_utf8_lossy(&tests).into_owned();
        cx.log(Level::Error, "nathelper", format_args!("nat_uac_test: unknown test in {text}"));
        return -1;
    };
    if behind_nat(cx, tests) { 1 } else { -1 }
}

fn behind_nat(cx: &Context, tests: u32) -> bool {
    let source = cx.received.source;
    let has = |test| tests & test != 0;
    let wide = has(CARRIER_GRADE);
    let Some(Ok(via)) = cx.message.via() else { return false };
    has(PORT_NOT_VIA) && via.port.unwrap_or(5060) != source.port()
        || has(SOURCE_NOT_VIA) && via.needs_received(source.ip())
        || has(PRIVATE_CONTACT) && any_contact(cx, |uri| is_private(uri.host_text(), wide))
        || has(PRIVATE_SDP) && private_sdp(cx, wide)
        || has(PRIVATE_VIA) && is_private(via.host_text, wide)
        || has(SOURCE_NOT_CONTACT) && any_contact(cx, |uri| uri.host().ip() != Some(source.ip()))
        || has(PORT_NOT_CONTACT) && any_contact(cx, |uri| uri.port_or_default() != source.port())
}

/// Whether it holds for one of the Contact URIs as the script has left them; those behind one that cannot be read are
/// not looked at.
fn any_contact(cx: &Context, holds: impl Fn(&Uri<'_>) -> bool) -> bool {
    let Ok(Contacts::List(list)) = cx.message.contacts() else { return false };
    let uris = list.iter().map_while(|c| Some(cx.contact_uri(c)).filter(|u| Uri::parse(u).is_ok()));
    uris.into_iter().any(|text| Uri::parse(&text).is_ok_and(|uri| holds(&uri)))
}

fn is_private(host: &[u8], wide: bool) -> bool {
    let Some(IpAddr::V4(ip)) = Host::of(host).ip() else { return false };
    let inside = |(net, length): &(Ipv4Addr, u32)| (u32::from(ip) ^ u32::from(*net)) >> (32 - length) == 0;
    PRIVATE.iter().any(inside) || wide && inside(&DS_LITE)
}

/// The first `c=` of each session description is looked at; an address of null is no sign of anything.
fn private_sdp(cx: &Context, wide: bool) -> bool {
    let body = cx.message.body();
    let mut private = false;
    for part in cx.message.body_parts(&body).filter(|p| p.kind.is_some_and(|k| k.is(b"application", b"sdp")))
    {
        let Some(line) = Sdp::new(part.content).lines().find(|l| l.letter == b'c') else { return false };
        match crate::media::address(line.value) {
            Some((false, ip)) if ip != b"0.0.0.0" => private |= is_private(ip, wide),
            _ => return false,
        }
    }
    private
}
