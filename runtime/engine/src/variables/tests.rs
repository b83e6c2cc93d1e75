//! What the getters and setters do with one small message.

use super::*;
use crate::place::{Assign, Index, Place};
use crate::testing::{OPTIONS, context};
use crate::{Context, Value};

fn get(cx: &mut Context, name: &str) -> Value {
    let (getter, _) = find(name, false).expect("a variable");
    getter(cx, &Place::PLAIN)
}

fn set(cx: &mut Context, name: &str, value: Value) -> bool {
    let (_, setter) = find(name, false).expect("a variable");
    setter.expect("a setter")(cx, &Place::PLAIN, Assign::Set, value)
}

fn text(t: &'static str) -> Value {
    Value::literal(t.as_bytes())
}

#[test]
fn every_declared_variable_has_its_functions() {
    for v in sipc_interface::core().variables {
        let (_, setter) = bound(v.function).unwrap_or_else(|| panic!("${} has no {}", v.name, v.function));
        assert_eq!(setter.is_some(), v.writable, "${}", v.name);
    }
    for (function, ..) in BOUND {
        let declared = sipc_interface::core().variables.iter().any(|v| v.function == *function);
        assert!(declared, "{function} is in no table");
    }
}

#[test]
fn reading_on_a_reply_never_fails_loudly() {
    let reply = "SIP/2.0 401 Unauthorized\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\nFrom: <sip:a@b>;tag=1\n\
                 To: <sip:c@d>;tag=2\nCall-ID: x\nCSeq: 1 INVITE\n\
                 WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\nContent-Length: 0\n\n";
    let cx = &mut context(reply);
    for v in sipc_interface::core().variables {
        let (getter, setter) = bound(v.function).expect("checked above");
        for index in [Index::None, Index::At(0), Index::At(-1), Index::At(i32::MIN), Index::All] {
            for place in [Place::PLAIN, Place::name(b"uri"), Place::number(0), Place::number(i32::MIN)] {
                let place = place.at(index.clone());
                let _ = getter(cx, &place);
                for value in [Value::Null, Value::BareInt(1), text("x")] {
                    let _ = setter.map(|set| set(cx, &place, Assign::Set, value));
                }
            }
        }
    }
    assert_eq!(get(cx, "rs"), Value::NamedInt(Text::from_static(b"401"), 401));
    assert_eq!(get(cx, "challenge.realm"), text("r"));
    assert_eq!(get(cx, "challenge.opaque"), text(""));
    assert_eq!(get(cx, "ru"), Value::Null);
}

#[test]
fn the_request_uri() {
    let cx = &mut context(OPTIONS);
    assert_eq!(get(cx, "rU"), text("bob"));
    assert_eq!(get(cx, "rp"), Value::TextInt("5070".into(), 5070));
    assert_eq!(get(cx, "rP"), Value::TextInt("tcp".into(), 2));
    assert!(set(cx, "rp", Value::Null));
    assert_eq!(get(cx, "rp"), Value::Int(5060));
    assert!(!set(cx, "ru", Value::Null));
    assert!(!set(cx, "rU", Value::BareInt(5)));
    assert!(set(cx, "rU", Value::Null));
    assert_eq!(get(cx, "ru"), text("sip:biloxi.example;transport=tcp"));
    assert!(set(cx, "ru", text("nonsense")));
    assert_eq!(get(cx, "ru"), Value::Null, "it does not parse");
    assert!(set(cx, "ru", text("")));
    assert_eq!(get(cx, "ru"), get(cx, "ou"));
}

#[test]
fn an_unknown_transport_has_no_port() {
    let cx = &mut context(OPTIONS);
    assert!(set(cx, "ru", text("sip:h;transport=foo")));
    assert_eq!(get(cx, "rp"), Value::Int(0));
    assert_eq!(get(cx, "rP"), Value::TextInt("foo".into(), 0));
    assert!(set(cx, "du", text("sips:h")));
    assert_eq!(get(cx, "dp"), Value::Int(5061));
    assert_eq!(get(cx, "dP"), Value::TextInt("tls".into(), 3));
}

#[test]
fn headers_by_name_and_index() {
    let cx = &mut context(OPTIONS);
    let list = Place { inner: crate::Inner::Name("x-LIST".into()), index: Index::None };
    assert_eq!(hdr(cx, &list), text("one"));
    assert_eq!(hdr(cx, &list.clone().at(Index::At(-1))), text("three"));
    assert_eq!(hdr(cx, &list.clone().at(Index::At(3))), Value::Null);
    assert_eq!(hdr(cx, &list.clone().at(Index::All)), text("one, two, three"));
    assert_eq!(hdrcnt(cx, &list), Value::Int(3));
    assert_eq!(hdr_name(cx, &Place::PLAIN), text("Via"));
}

#[test]
fn contacts() {
    let cx = &mut context(OPTIONS);
    let field = |name: &'static [u8], at| Place::name(name).at(at);
    assert_eq!(ct_fields(cx, &field(b"q", Index::None)), text("0.5"));
    assert_eq!(ct_fields(cx, &field(b"name", Index::None)), text("\"A\""));
    assert_eq!(ct_fields(cx, &field(b"q", Index::At(1))), Value::Null);
    assert_eq!(ct_fields(cx, &field(b"uri", Index::At(-1))), text("sip:al2@192.0.2.9"));
    assert_eq!(ct_fields(cx, &field(b"params", Index::At(0))), text("q=0.5;expires=60"));
}

#[test]
fn branches_are_counted_in_two_ways() {
    let cx = &mut context(OPTIONS);
    assert!(set(cx, "branch", text("sip:b1@h")));
    assert!(set(cx, "msg.branch", text("sip:b2@h")));
    assert!(!set(cx, "branch", Value::Null));
    let uri = |index| Place::name(b"uri").at(index);
    assert_eq!(branch_field(cx, &uri(Index::At(0))), text("sip:b1@h"));
    assert_eq!(msg_branch_uri(cx, &Place::PLAIN), text("sip:b2@h"));
    assert_eq!(msg_branch_uri(cx, &Place::PLAIN.at(Index::At(1))), text("sip:b1@h"));
    assert!(set_msg_branch_q(cx, &Place::PLAIN.at(Index::At(1)), Assign::Set, Value::BareInt(300)));
    assert_eq!(get(cx, "ds"), text("Contact: <sip:b1@h>;q=0.3, <sip:b2@h>"));
    assert_eq!(get(cx, "msg.branch.last_idx"), Value::Int(2));
}

#[test]
fn the_last_branch_has_no_readable_flag() {
    let cx = &mut context(OPTIONS);
    assert!(set_branch_flag(cx, &Place::number(0), Assign::Set, Value::BareInt(1)));
    assert_eq!(branch_flag(cx, &Place::number(0)), Value::Null);
    assert_eq!(get(cx, "bf"), text("G"));
    cx.target.flags = 3;
    assert_eq!(get(cx, "bf"), text("H G"), "the newest name first");
}

#[test]
fn message_flags_are_words_and_numbers() {
    let cx = &mut context(OPTIONS);
    let one = Place::number(0);
    assert!(!set_msg_flag(cx, &one, Assign::Set, text("yes")));
    assert!(set_msg_flag(cx, &one, Assign::Set, Value::BareInt(-1)));
    assert_eq!(msg_flag(cx, &one), Value::NamedInt("true".into(), 1));
    assert_eq!(get(cx, "mf"), text("ONE"));
}

#[test]
fn sockets() {
    let cx = &mut context(OPTIONS);
    assert_eq!(get(cx, "si"), text("192.0.2.9"));
    assert_eq!(get(cx, "socket_out"), text("udp:127.0.0.1:5060"));
    assert!(set(cx, "socket_out", text("xyz")), "only a warning");
    assert_eq!(socket_out_field(cx, &Place::name(b"forced")), Value::Null);
    assert!(set(cx, "socket_out", text("udp:127.0.0.1:5060")));
    assert_eq!(socket_out_field(cx, &Place::name(b"forced")), text("udp:127.0.0.1:5060"));
}

#[test]
fn levels_and_time() {
    let cx = &mut context(OPTIONS);
    assert!(!set(cx, "log_level", text("4")));
    assert!(set(cx, "xlog_level", Value::BareInt(3)));
    assert_eq!(get(cx, "xlog_level"), Value::Int(3));
    assert!(set(cx, "xlog_level", Value::Null));
    assert_eq!(get(cx, "xlog_level"), Value::Int(2));
    assert_eq!(get(cx, "Ts"), Value::Int(1_700_000_000));
    assert_eq!(get(cx, "Tsm"), Value::Int(123));
    assert_eq!(time(cx, &Place::name(b"%Y-%%")), text("2023-%"));
    assert_eq!(time(cx, &Place::name(b"%")), Value::Null);
}

const WITH_SDP: &str = "\
INVITE sip:bob@h SIP/2.0
Via: SIP/2.0/UDP h;branch=z9hG4bK1
From: <sip:a@b>;tag=1
To: <sip:c@d>
Call-ID: x
CSeq: 1 INVITE
Content-Type: application/sdp
Content-Length: 75

v=0
s=-
m=audio 9 RTP/AVP 0
a=rtpmap:0 PCMU/8000
m=video 7 RTP/AVP 31
";

#[test]
fn session_descriptions() {
    let cx = &mut context(WITH_SDP);
    assert_eq!(sdp_line(cx, &Place::name(b"A=RTPMAP")), text("a=rtpmap:0 PCMU/8000"));
    assert_eq!(sdp_line(cx, &Place::name(b"a=rtpmap/PCMU")), text("PCMU/8000"));
    assert_eq!(sdp_line(cx, &Place::name(b"m=[1]")), text("m=video 7 RTP/AVP 31"));
    assert_eq!(sdp_stream(cx, &Place::name(b"video/a=")), Value::Null);
    assert_eq!(sdp_stream_idx(cx, &Place::name(b"video")), Value::Int(4));
    assert!(set_sdp_line(cx, &Place::name(b"s="), Assign::Set, text("s=new")));
    assert_eq!(sdp_line(cx, &Place::name(b"s=")), text("s=new"));
    let before = Place::name(b"m=audio").at(Index::Word("insert".into()));
    assert!(set_sdp_line(cx, &before, Assign::Set, text("a=x\r\n")));
    assert_eq!(sdp_session(cx, &Place::name(b"a=")), text("a=x"));
    assert!(set_sdp_stream(cx, &Place::name(b"video"), Assign::Set, Value::Null));
    let expected = text("v=0\r\ns=new\r\na=x\r\nm=audio 9 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n");
    assert_eq!(get(cx, "sdp"), expected);
    assert!(!set_sdp_line(cx, &Place::name(b"z="), Assign::Set, text("z=1")));
}
