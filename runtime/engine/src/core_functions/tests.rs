//! What the functions do with one small request.

use super::*;
use crate::place::Place;
use crate::testing::{OPTIONS, context};
use crate::variables;
use crate::{Context, Value};

fn t(text: &'static str) -> Text {
    Text::from_static(text.as_bytes())
}

fn ruri(cx: &mut Context) -> String {
    let value = variables::ru(cx, &Place::PLAIN);
    String::from_utf8_lossy(&value.text().unwrap_or_default()).into_owned()
}

fn branches(cx: &Context) -> Vec<String> {
    cx.branches.iter().map(|b| String::from_utf8_lossy(&b.uri).into_owned()).collect()
}

#[test]
fn every_declared_function_is_bound() {
    for f in sipc_interface::core().functions {
        assert!(BINDINGS.iter().any(|b| b.function.name == f.name), "{}", f.name);
    }
}

#[test]
fn parts_of_the_request_uri() {
    let cx = &mut context(OPTIONS);
    assert_eq!(sethost(cx, t("h")), 1);
    assert_eq!(prefix(cx, t("00")), 1);
    assert_eq!(strip_tail(cx, 1), 1);
    assert_eq!(setport(cx, t("1")), 1);
    assert_eq!(ruri(cx), "sip:00bo@h:1;transport=tcp");
    assert_eq!(seturi(cx, t("zzz")), 1);
    assert_eq!(setuser(cx, t("x")), -1, "the URI does not parse");
    assert_eq!(revert_uri(cx), 1);
    assert_eq!(ruri(cx), "sip:bob@biloxi.example:5070;transport=tcp");
}

#[test]
fn telephone_numbers_have_no_host() {
    let cx = &mut context(OPTIONS);
    assert_eq!(seturi(cx, t("tel:+49-30-1;phone-context=example.com")), 1);
    assert_eq!((strip(cx, 1), prefix(cx, t("00"))), (1, 1));
    assert_eq!(ruri(cx), "tel:0049-30-1;phone-context=example.com");
    assert_eq!(
        (setport(cx, t("5")), strip(cx, 20)),
        (-1, -1),
        "there is no host, and no number would be left"
    );
    assert_eq!(ruri(cx), "tel:0049-30-1;phone-context=example.com");
}

#[test]
fn flags_of_branches() {
    let cx = &mut context(OPTIONS);
    assert_eq!(setbflag(cx, 0, Some(1)), -1, "no such branch");
    assert_eq!(append_msg_branch(cx, t("sip:a@b"), None, None), 1);
    assert_eq!(setbflag(cx, 0, Some(1)), 1);
    assert_eq!(isbflagset(cx, 0, None), -1);
    assert_eq!(isbflagset(cx, 0, Some(1)), 1);
}

#[test]
fn appending_in_the_old_way_moves_the_attributes() {
    let cx = &mut context(OPTIONS);
    cx.target.q = Some(300);
    cx.target.dst_uri = Some(t("sip:hop"));
    assert_eq!(append_branch_old(cx, None, Some(t("0.7"))), 1);
    assert_eq!((cx.branches[0].q, cx.branches[0].dst_uri.clone()), (Some(700), Some(t("sip:hop"))));
    assert_eq!((cx.target.q, cx.target.dst_uri.clone()), (None, None));
    assert_eq!(append_msg_branch(cx, t("sip:a@b"), Some(t("abc")), None), -1);
    assert_eq!(append_msg_branch(cx, t("sip:a@b"), None, Some(t("inherit"))), -1);
}

#[test]
fn at_most_eleven_branches() {
    let cx = &mut context(OPTIONS);
    let added = (0..20).filter(|_| append_msg_branch(cx, t("sip:a@b"), None, None) == 1).count();
    assert_eq!(added, 11);
}

fn with_two() -> Context {
    let mut cx = context(OPTIONS);
    for uri in ["sip:b1@h", "sip:b2@h"] {
        append_msg_branch(&mut cx, t(uri), None, None);
    }
    cx
}

#[test]
fn moving_branches() {
    let cx = &mut with_two();
    assert_eq!(move_msg_branch(cx, Some(1), None, None), 1);
    assert_eq!((ruri(cx).as_str(), branches(cx)), ("sip:b2@h", vec!["sip:b1@h".to_owned()]));
    let cx = &mut with_two();
    assert_eq!(swap_msg_branches(cx, Some(0), Some(1)), 1);
    assert_eq!(branches(cx), ["sip:b2@h", "sip:b1@h"]);
    assert_eq!(swap_msg_branches(cx, Some(5), None), -1);
    assert_eq!(remove_msg_branch(cx, -1), -1);
    assert_eq!(remove_msg_branch(cx, 0), 1);
    assert_eq!(branches(cx), ["sip:b1@h"]);
}

#[test]
fn serial_forking_by_q() {
    let cx = &mut with_two();
    assert_eq!(serialize_branches(cx, 1, None), 1);
    assert_eq!(next_branches(cx), -1, "no q differs");
    cx.branches[1].q = Some(900);
    assert_eq!(serialize_branches(cx, 1, None), 1);
    assert!(cx.branches.is_empty());
    assert_eq!((next_branches(cx), ruri(cx)), (1, "sip:b2@h".to_owned()));
    assert_eq!(next_branches(cx), 2);
    assert_eq!(ruri(cx), "sip:bob@biloxi.example:5070;transport=tcp");
    assert_eq!(branches(cx), ["sip:b1@h"]);
    assert_eq!(next_branches(cx), -1);
}

#[test]
fn serial_forking_in_the_present_order() {
    let cx = &mut with_two();
    cx.branches[0].path = Some(t("<sip:p1;lr>, <sip:p2;lr>"));
    assert_eq!(serialize_branches(cx, 1, Some(1)), 1);
    assert_eq!(next_branches(cx), 1);
    assert_eq!((next_branches(cx), ruri(cx)), (1, "sip:b1@h".to_owned()));
    assert_eq!(cx.target.dst_uri, Some(t("sip:p1;lr")));
    assert_eq!((next_branches(cx), ruri(cx)), (2, "sip:b2@h".to_owned()));
}

#[test]
fn sockets_and_names_of_our_own() {
    let cx = &mut context(OPTIONS);
    assert_eq!(force_send_socket(cx, t("127.0.0.1:5060")), 1);
    assert_eq!(force_send_socket(cx, t("udp:127.0.0.1:5999")), -1);
    assert_eq!(is_myself(cx, t("127.0.0.1"), None), 1);
    assert_eq!(is_myself(cx, t("127.0.0.1"), Some(5061)), -1);
    assert_eq!(set_via_handling(cx, t("force-rport, add-local-rport")), 1);
    assert!(cx.via.force_rport && cx.via.add_local_rport);
    assert_eq!(set_via_handling(cx, t("nonsense")), -1);
}

#[test]
fn values() {
    let cx = &mut context(OPTIONS);
    let mut x = VarRef::plain(variables::var, Some(variables::set_var));
    x.inner = crate::place::InnerRef::Constant(crate::Inner::Number(0));
    assert_eq!(construct_uri(cx, t("sip"), Some(t("u")), t("h"), None, Some(t("x=y")), &x), 1);
    assert_eq!(x.read(cx), Value::literal(b"sip:u@h;x=y"));
    assert_eq!(construct_uri(cx, t("sip"), None, t(""), None, None, &x), 1);
    assert_eq!(pv_printf(cx, &x, t("a")), 1);
    assert_eq!(x.read(cx), Value::literal(b"a"));
    assert_eq!(get_timestamp(cx, &x, &x), 1);
    assert_eq!(x.read(cx), Value::Int(123));
    assert_eq!(avp_print(cx), 1);
}
