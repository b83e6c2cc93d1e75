//! On a request with a body.

use sipc_engine::Context;
use sipc_engine::regex::{Options, Regex};
use sipc_engine::testing::context;

use super::*;

const INVITE: &str = "\
INVITE sip:bob@biloxi.example SIP/2.0
Via: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK1
From: <sip:al@atlanta.example>;tag=f1
To: <sip:bob@biloxi.example>
Call-ID: c1@x
CSeq: 7 INVITE
Content-Length: 12

one two one
";

fn sent(cx: &Context) -> String {
    let pieces = cx.edits.apply(&cx.message, false, |_| Text::new());
    String::from_utf8_lossy(&pieces.to_vec()).replace("\r\n", "\n")
}

fn pattern(text: &str) -> Regex {
    Regex::new(text.as_bytes(), Options::PARAMETER).expect("a pattern")
}

fn invite() -> Context {
    // the line end of the body is two bytes
    context(&INVITE.replace("Length: 12", "Length: 13"))
}

#[test]
fn the_body_ends_with_content_length() {
    let cx = &mut context(&INVITE.replace("Length: 12", "Length: 7"));
    assert_eq!(replace_body_all(cx, &pattern("one"), "1".into()), 1);
    assert!(sent(cx).ends_with("Content-Length: 5\n\n1 two"), "{}", sent(cx));
}

#[test]
fn matches_are_replaced() {
    let cx = &mut invite();
    assert_eq!(search(cx, &pattern("^invite")), 1);
    assert_eq!(search_body(cx, &pattern("invite")), -1);
    assert_eq!(replace_all(cx, &pattern("sip:"), "sips:".into()), 1);
    assert_eq!(search_append_body(cx, &pattern("tw|two"), "!".into()), 1);
    let sent = sent(cx);
    assert!(sent.starts_with("INVITE sip:bob@biloxi.example SIP/2.0\n"));
    assert!(sent.contains("From: <sips:al@") && sent.contains("To: <sips:bob@"));
    assert!(sent.ends_with("Content-Length: 14\n\none two! one\n"), "{sent}");
}

#[test]
fn an_empty_match_is_an_error() {
    let cx = &mut invite();
    assert_eq!(replace_all(cx, &pattern("x*"), "y".into()), -1);
    assert_eq!(subst_body(cx, "/x*/y/".into()), -1);
}

#[test]
fn substitutions() {
    let cx = &mut invite();
    assert_eq!(subst_body(cx, "/(o)ne/$rU\\1/g".into()), 1);
    assert!(sent(cx).ends_with("\n\nbobo two bobo\n"));
    assert_eq!(subst(cx, "/^call-id: .*$/Call-ID: x/i".into()), 1);
    assert!(sent(cx).contains("\nCall-ID: x"));
    assert_eq!(subst_uri(cx, "/biloxi/chicago/".into()), 1);
    assert_eq!(subst_user(cx, "/^(.)ob$/J\\1/".into()), 1);
    assert_eq!(&cx.target.uri[..], b"sip:Jb@chicago.example");
    assert_eq!(subst_user(cx, "/nobody/x/".into()), -1);
    assert_eq!(subst_uri(cx, "broken".into()), -1);
}

#[test]
fn without_a_body_and_in_replies() {
    let cx = &mut context("SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\nCSeq: 1 BYE\n\n");
    assert_eq!(replace_body(cx, &pattern("."), "x".into()), -1);
    assert_eq!(subst_uri(cx, "/$/x/".into()), -1);
    assert_eq!(replace(cx, &pattern("bye"), "INVITE".into()), 1);
    assert!(sent(cx).contains("CSeq: 1 INVITE\n"));
}
