//! Functions on bodies, and the validation.

use sipc_engine::Context;
use sipc_engine::place::InnerRef;
use sipc_engine::regex::{Options, Regex};
use sipc_engine::testing::context;
use sipc_engine::{Inner, Value, variables};

use super::*;

const SDP: &str = "v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio 4000 RTP/AVP 0 8 96 97
a=rtpmap:0 PCMU/8000
a=rtpmap:96 VP8/90000
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
m=video 5000/2 RTP/SAVP 31
c=IN IP4 0.0.0.0
";

fn invite(kind: &str, body: &str) -> Context {
    let body = body.replace('\n', "\r\n");
    let head = format!(
        "INVITE sip:bob@biloxi.example SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\n\
         From: <sip:al@atlanta.example>;tag=f1\nTo: <sip:bob@biloxi.example>\nCall-ID: c1\n\
         CSeq: 7 INVITE\nContent-Type: {kind}\nContent-Length: {}\n\n",
        body.len()
    );
    context(&format!("{head}{}", body.replace("\r\n", "\n")))
}

fn sdp() -> Context {
    invite("application/sdp", SDP)
}

fn body(cx: &Context) -> String {
    let text = cx.edits.apply(&cx.message, false, |_| Text::new()).to_vec();
    let text = String::from_utf8(text).expect("text").replace("\r\n", "\n");
    text.split_once("\n\n").expect("a body").1.to_owned()
}

fn regex(text: &str) -> Regex {
    Regex::new(text.as_bytes(), Options::PARAMETER).expect("a pattern")
}

fn variable() -> VarRef {
    let var = VarRef::plain(variables::var, Some(variables::set_var));
    VarRef { inner: InnerRef::Constant(Inner::Number(0)), ..var }
}

#[test]
fn codecs_are_found_moved_and_removed() {
    let cx = &mut sdp();
    assert_eq!(codec_exists(cx, "pcma".into(), None), 1, "by its static payload type");
    assert_eq!(codec_exists(cx, "G729".into(), None), -1);
    assert_eq!(codec_exists_re(cx, &regex("^rt")), 1);
    assert_eq!(codec_move_up(cx, "PCMA".into(), Some("8000".into())), 1);
    assert_eq!(codec_move_down(cx, "PCMU".into(), Some("16000".into())), -1);
    assert_eq!(codec_move_down(cx, "PCMU".into(), None), 1);
    assert!(body(cx).contains("m=audio 4000 RTP/AVP 8 96 97 0\n"));
    assert_eq!(codec_delete(cx, "VP8".into(), None), 1, "and rtx, which goes with it");
    assert!(body(cx).contains("m=audio 4000 RTP/AVP 8 0\na=rtpmap:0 PCMU/8000\nm=video"), "{}", body(cx));
    assert_eq!(codec_delete_except_re(cx, &regex("PCM.")), 1);
    assert!(body(cx).contains("m=video 0 RTP/SAVP\n"), "{}", body(cx));
    assert_eq!(codec_delete_re(cx, &regex("PCM")), 1);
    assert!(body(cx).contains("m=audio 0 RTP/AVP\nm=video"), "{}", body(cx));
    assert_eq!(codec_exists(cx, "PCMU".into(), None), -1);
}

#[test]
fn streams_and_hold() {
    let cx = &mut sdp();
    assert_eq!(stream_exists(cx, &regex("video"), Some(&regex("SAVP"))), 1);
    assert_eq!(stream_exists(cx, &regex("audio"), Some(&regex("SAVP"))), -1);
    assert_eq!(is_audio_on_hold(cx), -1, "only the video is");
    assert_eq!(stream_delete(cx, &regex("audio"), None), 1);
    assert_eq!(stream_delete(cx, &regex("audio"), None), -1);
    assert!(body(cx).contains("t=0 0\nm=video 5000/2"));
    let held = SDP.replace("m=video", "a=sendonly\nm=video");
    assert_eq!(is_audio_on_hold(&mut invite("application/sdp", &held)), 1);
    for broken in ["", "v=0\n", "x=0\no=x\nm=audio 1 RTP/AVP 0\n", "v=0\no=x\nm=audio 1 RTP/AVP 0\n"] {
        assert_eq!(codec_exists(&mut invite("application/sdp", broken), "PCMU".into(), None), -1, "{broken}");
    }
    for odd in
        ["m=", "m=audio", "m=audio 1", "m=audio  1  RTP/AVP  0 ", "m=a 1 b 0\na=rtpmap:", "m=a 1 b\na=:x y"]
    {
        let cx = &mut invite("application/sdp", &format!("v=0\no=x\nc=IN IP4 h\n{odd}\n"));
        let _ = (codec_delete_re(cx, &regex(".")), stream_delete(cx, &regex("."), None), body(cx));
    }
}

#[test]
fn parts_of_the_body() {
    let cx = &mut sdp();
    assert_eq!(remove_body_part(cx, Some("text/plain".into()), None), -1);
    assert_eq!(add_body_part(cx, "hello".into(), "text/plain".into(), Some("X-A: b\r\n".into())), 1);
    assert!(body(cx).contains("\nContent-Type: text/plain\nX-A: b\n\nhello\n--OSS-unique-boundary-42--\n"));
    assert_eq!(remove_body_part(cx, Some("application/sdp".into()), None), 1);
    assert_eq!(body(cx), "hello");
    assert_eq!(get_updated_body_part(cx, Some("application/sdp".into()), &variable()), -2);
    assert_eq!(get_updated_body_part(cx, None, &variable()), 1);
    assert_eq!(cx.var(0), Value::literal(b"hello"));
    assert_eq!(remove_body_part(cx, None, None), 1);
    assert_eq!(body(cx), "");
    assert_eq!(add_body_part(cx, "".into(), "text/plain".into(), None), -1);
}

#[test]
fn validation() {
    let check = |cx: &mut Context, flags: &'static str| {
        let value = sipmsg_validate(cx, Some(flags.into()), Some(&variable()));
        (value, cx.var(0).text().map(|t| String::from_utf8_lossy(&t).into_owned()))
    };
    let cx = &mut sdp();
    cx.set_var(0, Value::Null);
    assert_eq!(check(cx, "smhrtf"), (1, None));
    assert_eq!(check(cx, "s"), (-13, Some(String::new())));
    assert_eq!(check(cx, "mc"), (-14, Some("SIP message doesn't have 'Contact' header".to_owned())));
    let other = |from: &str, to: &str| {
        let text = String::from_utf8_lossy(sdp().message.bytes()).replace("\r\n", "\n").replace(from, to);
        context(&text)
    };
    assert_eq!(check(&mut other("Call-ID: c1\n", ""), "").0, -3);
    assert_eq!(check(&mut other("v=0", "v="), "").0, -5);
    assert_eq!(check(&mut other("s=-\nc=IN IP4", "s=-\nx=IN IP4"), "s").0, -6);
    assert_eq!(check(&mut other("sip:al@atlanta.example", "zzz"), "f").0, -24);
    assert_eq!(check(&mut other("al@atlanta", "al@-atlanta"), "f").0, -25);
    assert_eq!(check(&mut other("sip:bob@biloxi.example>", "sip:b%4@biloxi.example>"), "t").0, -29);
    assert_eq!(check(&mut other("Content-Type: application/sdp\n", ""), "m").0, -21);
    assert_eq!(check(&mut other("CSeq", "Contact: <sip:x\nCSeq"), "mh").0, -2);
    assert_eq!(check(&mut other("CSeq", "Contact: *\nCSeq"), "mc").0, -30);
}

#[test]
fn json_and_globs() {
    let cx = &mut sdp();
    assert_eq!(sip_to_json(cx, &variable()), 1);
    let text = cx.var(0).text().expect("text");
    let json: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    assert_eq!(json["first_line"], "INVITE sip:bob@biloxi.example SIP/2.0\r\n");
    assert_eq!(json["headers"]["CSeq"], serde_json::json!(["7 INVITE"]));
    assert!(json["body"].as_str().is_some_and(|b| b.starts_with("v=0\r\n")));
    let avp = |n| {
        let avp = VarRef::plain(variables::avp, Some(variables::set_avp));
        VarRef { inner: InnerRef::Constant(Inner::Number(n)), ..avp }
    };
    assert_eq!(get_glob_headers_values(cx, "Content-*".into(), &avp(0), &avp(1)), 1);
    assert_eq!(cx.avps(|a| (a.count(0), a.newest(0).cloned())), (2, Some(Value::literal(b"Content-Length"))));
    assert_eq!(get_glob_headers_values(cx, "content-*".into(), &avp(0), &avp(1)), -1, "case counts");
}

#[test]
fn lists_remember_what_was_changed() {
    let lists = "OPTIONS sip:a@b SIP/2.0\nVia: SIP/2.0/UDP h\nSupported:  a , b,c \nSupported: b\n\n";
    let cx = &mut context(lists);
    let sent = |cx: &Context| {
        let text = cx.edits.apply(&cx.message, false, |_| Text::new()).to_vec();
        let text = String::from_utf8(text).expect("text").replace("\r\n", "|");
        text.strip_prefix("OPTIONS sip:a@b SIP/2.0|Via: SIP/2.0/UDP h|").expect("the head").to_owned()
    };
    let (name, option) = (|| Text::from_static(b"Supported"), |o: &'static str| Text::from(o));
    assert_eq!(list_hdr_has_option(cx, name(), option("C")), 1);
    assert_eq!(list_hdr_remove_option(cx, name(), option("b")), 1);
    assert_eq!(sent(cx), "Supported:  a , c ||");
    assert_eq!(list_hdr_remove_option(cx, name(), option("c")), 1);
    assert_eq!(list_hdr_add_option(cx, name(), option("d")), 1);
    assert_eq!(sent(cx), "Supported:  a,d ||");
    assert_eq!(list_hdr_remove_option(cx, name(), option("a")), 1);
    assert_eq!(list_hdr_remove_option(cx, name(), option("d")), 1);
    assert_eq!(sent(cx), "|");
    assert_eq!(list_hdr_remove_option(cx, name(), option("d")), -1);
    assert_eq!(list_hdr_add_option(cx, name(), option("e")), 1);
    assert!(sent(cx).starts_with("Supported:") && sent(cx).contains('e'), "{}", sent(cx));
    assert_eq!(list_hdr_add_option(cx, "Require".into(), option("e")), -1);
}
