//! Texts in, texts out; the rules are those that running OpenSIPS 4.0.1 showed.

use super::*;
use crate::testing::{OPTIONS, context};
use crate::{Value, dynamic};

/// Applies transformations as a script writes them to a value in `$var(x)`.
fn apply(value: Value, transformations: &str) -> Value {
    let cx = &mut context(OPTIONS);
    cx.set_var(0, value);
    cx.set_var(1, Value::literal(b""));
    let text = format!("$(var(x){transformations})");
    let (variable, length) = dynamic::variable(cx, text.as_bytes()).expect("a variable");
    assert_eq!(length, text.len(), "{text}");
    variable.read(cx).stored()
}

/// What a text becomes; `None` is NULL.
fn text(value: &str, transformations: &str) -> Option<String> {
    let result = apply(Value::Text(Text::copy_from_slice(value.as_bytes())), transformations);
    result.text().map(|t| t.iter().map(|c| char::from(*c)).collect())
}

fn check(value: &str, cases: &[(&str, Option<&str>)]) {
    for (transformations, expected) in cases {
        assert_eq!(text(value, transformations).as_deref(), *expected, "{value:?} {transformations}");
    }
}

#[test]
fn every_declared_transformation_has_its_function() {
    for t in sipc_interface::core().transformations {
        assert!(find(t.name).is_some(), "{}", t.name);
    }
    for (function, _) in BOUND {
        let declared = sipc_interface::core().transformations.iter().any(|t| t.function == *function);
        assert!(declared, "{function} is in no table");
    }
}

#[test]
fn nothing_fails_loudly() {
    let cx = &mut context(OPTIONS);
    let long = Text::from(vec![b'%'; 70_000]);
    let args = [
        vec![],
        vec![TransformArg::Number(i32::MIN), TransformArg::Number(i32::MAX)],
        vec![TransformArg::Text(Text::from_static(b"\\")), TransformArg::Number(i32::MAX)],
        vec![TransformArg::Text(Text::from_static(b"//")), TransformArg::Text(long.clone())],
        vec![TransformArg::Number(-1), TransformArg::Text(Text::from_static(b","))],
    ];
    let values = [
        Value::Text(long),
        Value::literal(b""),
        Value::literal(b"\"<sip:a@b>;\xff=\"x,[::1\r\nm=,"),
        Value::BareInt(-1),
        Value::Int(i32::MIN),
        Value::TextInt("INVITE".into(), 1),
    ];
    for (_, function) in BOUND {
        for value in &values {
            for args in &args {
                let _ = function(cx, value.clone(), args);
            }
        }
    }
}

#[test]
fn numbers() {
    assert_eq!(apply(Value::literal(b"-15x"), "{s.int}"), Value::Int(-15));
    assert_eq!(apply(Value::literal(b" 15"), "{s.int}"), Value::Int(0));
    assert_eq!(apply(Value::literal(b"2147483648"), "{s.int}"), Value::Int(i32::MIN));
    assert_eq!(apply(Value::literal(b"ff"), "{s.hex2dec}"), Value::Int(255));
    assert_eq!(apply(Value::literal(b""), "{s.hex2dec}"), Value::Int(0));
    assert_eq!(apply(Value::literal(b"abc"), "{s.len}"), Value::Int(3));
    assert_eq!(apply(Value::Int(-5), "{s.len}"), Value::Int(2));
    assert_eq!(apply(Value::Int(12345), "{s.trim}"), Value::Int(12345));
    assert_eq!(apply(Value::Int(12345), "{s.reverse}"), Value::literal(b"54321"));
    assert_eq!(apply(Value::Int(7), "{s.xor,k}"), Value::Int(7), "only the text changes");
    check("255", &[("{s.dec2hex}", Some("ff"))]);
    check("abc", &[("{s.dec2hex}", None)]);
}

#[test]
fn digests() {
    check(
        "abc",
        &[
            ("{s.md5}", Some("900150983cd24fb0d6963f7d28e17f72")),
            ("{s.sha1}", Some("a9993e364706816aba3e25717850c26c9cd0d89d")),
            ("{s.sha1_hmac,key}", Some("4fd0b215276ef12f2b3e4c8ecac2811498b656fc")),
            ("{s.sha1_hmac,$var(y)}", None),
            ("{s.sha1_hmac,$avp(a)}", None),
            ("{s.crc32}", Some("3403398717")),
        ],
    );
}

#[test]
fn encodings() {
    check("616263", &[("{s.decode.hexa}", Some("abc")), ("{s.decode.hexa}{s.encode.hexa}", Some("616263"))]);
    check("61626", &[("{s.decode.hexa}", Some("ab"))]);
    check("6g", &[("{s.decode.hexa}", None)]);
    check("SGV sbG8=", &[("{s.b64decode}", Some("Hello"))]);
    check("SGVsbG8", &[("{s.b64decode}", Some("Hello"))]);
    check(
        "a\"b\\c",
        &[
            ("{s.escape.common}{s.unescape.common}", Some("a\"b\\c")),
            ("{s.escape.common}", Some("a\\\"b\\\\c")),
        ],
    );
    check("a b=;", &[("{s.escape.param}", Some("a%20b%3d%3b")), ("{s.escape.user}", Some("a%20b=;"))]);
    check("caf\u{e9}", &[("{s.escape.user}", None)]);
    check("a%20b%4a", &[("{s.unescape.user}", Some("a bJ"))]);
    check("a%2", &[("{s.unescape.user}", None)]);
    check("Thu, 21 Feb 2002 13:02:03 GMT", &[("{s.date2unix}", Some("1014296523"))]);
    check("Thu, 21 Feb 2002 13:02:03", &[("{s.date2unix}", None)]);
}

#[test]
fn cutting() {
    check(
        "abcdef",
        &[
            ("{s.substr,-3,2}", Some("de")),
            ("{s.substr,-3,0}", Some("def")),
            ("{s.substr,1,-2}", Some("bcd")),
            ("{s.substr,-7,1}", None),
            ("{s.substr,6,1}", None),
            ("{s.substr, 1 , 2 }", Some("bc")),
            ("{s.width,2}", Some("ab")),
            ("{s.width,8}", Some("abcdef  ")),
            ("{s.width,0}", None),
            ("{s.index,cd}", Some("2")),
            ("{s.index,cd,-3}", None),
            ("{s.rindex,cd}", Some("2")),
            ("{s.rindex,cd,1}", None),
        ],
    );
    check(
        "a,b,c",
        &[("{s.select,1,,}", Some("b")), ("{s.select,-1,,}", Some("c")), ("{s.select,3,,}", None)],
    );
    check("ab", &[("{s.fill.left,xy,7}", Some("yxyxyab")), ("{s.fill.right,xy,7}", Some("abxyxyx"))]);
    check("ab", &[("{s.fill.left,' ',3}", Some(" ab")), ("{s.fill.left,0,-5}", Some("ab"))]);
    check(
        "  two  ",
        &[("{s.trim}", Some("two")), ("{s.trimr}", Some("  two")), ("{s.triml}", Some("two  "))],
    );
}

#[test]
fn uris() {
    check(
        "sip:bob:pw@h:0;transport=tcp;lr;x=1;x=2?H=v",
        &[
            ("{uri.user}", Some("bob")),
            ("{uri.passwd}", Some("pw")),
            ("{uri.port}", Some("0")),
            ("{uri.params}", Some("transport=tcp;lr;x=1;x=2")),
            ("{uri.param,X}", Some("1")),
            ("{uri.param,lr}", Some("")),
            ("{uri.lr}", None),
            ("{uri.headers}", Some("H=v")),
            ("{uri.schema}", Some("sip")),
            ("{uri.ttl}", None),
        ],
    );
    check("hello", &[("{uri.host}", None), ("{uri.schema}", None)]);
}

#[test]
fn via_bodies() {
    check(
        "SIP/2.0/UDP 10.0.0.1:5070;branch=z9;rport;foo=bar (c)",
        &[
            ("{via.name}", Some("SIP")),
            ("{via.version}", Some("2.0")),
            ("{via.transport}", Some("UDP")),
            ("{via.host}", Some("10.0.0.1")),
            ("{via.port}", Some("5070")),
            ("{via.branch}", Some("z9")),
            ("{via.rport}", None),
            ("{via.param,FOO}", Some("bar")),
            ("{via.param,rport}", Some("")),
        ],
    );
}

#[test]
fn parameter_lists() {
    check(
        "a=1;b=22;c;d=\"q;x\";a=3",
        &[
            ("{param.value,D}", Some("q;x")),
            ("{param.value,c}", Some("")),
            ("{param.value,z}", None),
            ("{param.valueat,-1}", Some("3")),
            ("{param.name,1}", Some("b")),
            ("{param.name,9}", None),
            ("{param.count}", Some("5")),
            ("{param.exist,z}", Some("0")),
        ],
    );
    check("a=1,b=2", &[("{param.count}", Some("1"))]);
    check(" p1 = v1", &[("{param.count}", None)]);
    check("p1=;=v;p3", &[("{param.count}", None)]);
}

#[test]
fn addresses_with_names() {
    let list = "\"Bob B\" <sip:bob@x.com;x=1>;tag=7, Carol <sip:carol@y.com>;Tag=8";
    check(
        list,
        &[
            ("{nameaddr.uri}", Some("sip:bob@x.com;x=1")),
            ("{nameaddr.name}", Some("\"Bob B\"")),
            ("{nameaddr.len}", Some("27")),
            ("{nameaddr.1.param,tag}", None),
            ("{nameaddr.-1.params}", Some("Tag=8")),
            ("{nameaddr.2.uri}", None),
        ],
    );
    check("sip:bob@x.com;tag=5", &[("{nameaddr.len}", Some("13")), ("{nameaddr.param,tag}", Some("5"))]);
}

#[test]
fn ip_addresses() {
    check(
        "[2001:db8::1]",
        &[("{ip.isip6}", Some("1")), ("{ip.pton}{ip.ntop}", Some("2001:DB8:0:0:0:0:0:1"))],
    );
    check("10.255.1.1", &[("{ip.isprivate}", Some("1")), ("{ip.matches,10.0.0.0/8}", Some("1"))]);
    check("172.32.0.1", &[("{ip.isprivate}", Some("0")), ("{ip.matches,2001:db8::/32}", None)]);
    check("10.0.0.1", &[("{ip.pton}{ip.family}", Some("INET")), ("{ip.matches,10.0.0.0/33}", None)]);
    check("host", &[("{ip.isip}", Some("0")), ("{ip.pton}", None)]);
}

#[test]
fn comma_separated_values() {
    check(
        "a, b ,\"c,d\",,e",
        &[
            ("{csv.count}", Some("5")),
            ("{csv.value,1}", Some(" b ")),
            ("{csv.value,2}", Some("c,d")),
            ("{csv.value,3}", Some("")),
            ("{csv.value,-1}", Some("e")),
            ("{csv.value,5}", None),
        ],
    );
    check("\"q\"\"q\",2", &[("{csv.value,0}", Some("q\"q"))]);
    check("a,\"b,c", &[("{csv.count}", None)]);
}

#[test]
fn session_descriptions() {
    check(
        "v=0\r\na=x\r\nm=audio 9 RTP/AVP 0\r\na=y\r\nm=video 7 RTP/AVP 31\r\n",
        &[
            ("{sdp.line,a}", Some("a=x")),
            ("{sdp.line,a,1}", Some("a=y")),
            ("{sdp.line,a,2}", None),
            ("{sdp.stream,-1}", Some("m=video 7 RTP/AVP 31\r\n")),
            ("{sdp.stream,AUDIO}{sdp.line,a}", Some("a=y")),
            ("{sdp.stream-delete,audio}{sdp.line,m}", Some("m=video 7 RTP/AVP 31")),
            ("{sdp.stream,image}", None),
        ],
    );
}

#[test]
fn substitutions() {
    check("sip:bob@host", &[("{re.subst,/bob/$rm/}", Some("sip:OPTIONS@host"))]);
    check("aaa", &[("{re.subst,/^a/x/g}", Some("xaa"))]);
    check(
        "aaa",
        &[("{re.subst,/a$/x/g}", Some("aax")), ("{re.subst,/a*/x/g}", None), ("{re.subst,/a/x/q}", None)],
    );
    check(
        "ab12",
        &[("{re.subst,/([a-z]+)([0-9]+)/\\2\\1/}", Some("12ab")), ("{re.subst,/z/y/}", Some("ab12"))],
    );
    check("price 5", &[("{re.subst,/5/$$5/}", Some("price $5"))]);
    check("abc", &[("{re.subst,#B#[\\0]#i}", Some("a[b]c")), ("{re.subst,zz}", None)]);
    check("", &[("{re.subst,/a/x/}", None)]);
}
