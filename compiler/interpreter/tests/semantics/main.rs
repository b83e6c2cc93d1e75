//! What statements and routes leave in `$rc` and in variables, as LANGUAGE 4 and 5 say. Each case is a
//! main route's body; what it stores in `$var(r)` is printed behind `$rc`.

mod site;

use site::Site;

/// Runs a body, with further routes behind it.
fn run(body: &str, routes: &str) -> String {
    let site = Site::new(&format!("route {{ {body} }}\n{routes}"));
    let mut cx = site.context();
    site.main_route(&mut cx);
    let mut out = cx.rc.to_string().into_bytes();
    out.push(b' ');
    site.variable(&cx, "r").print(&mut out);
    String::from_utf8(out).expect("texts of these cases are ASCII")
}

fn check(cases: &[(&str, &str)], routes: &str) {
    for (body, expected) in cases {
        assert_eq!(run(body, routes), *expected, "{body}");
    }
}

#[test]
fn compound_statements_leave_a_value() {
    let cases = [
        ("if ($rm == \"ACK\") { $var(x) = 1; } $var(r) = $rc;", "1 0"),
        (
            "if ($rm == \"ACK\") { $var(x) = 1; } else if ($rm == \"BYE\") { $var(x) = 2; } $var(r) = $rc;",
            "1 1",
        ),
        ("if ($ru == 5) { $var(x) = 1; } $var(r) = $rc;", "1 -1"),
        ("$var(x) = 0; while ($var(x) < 3) { $var(x) += 1; isflagset(\"F\"); } $var(r) = $rc;", "1 1"),
        ("while (1) { break; } $var(r) = $rc;", "1 -5"),
        ("while (1) { $var(n) += 1; if ($var(n) == NULL) { $var(n) = 0; } } $var(r) = $var(n);", "1 9999"),
        (
            "$avp(a) = 1; $avp(a) = 2; for ($var(i) in $(avp(a)[*])) { isflagset(\"F\"); } $var(r) = $rc;",
            "1 -1",
        ),
        ("for ($var(i) in $(avp(none)[*])) { isflagset(\"F\"); } $var(r) = $rc;", "1 1"),
        ("for ($var(i) in $avp(a)) { isflagset(\"F\"); } $var(r) = $rc;", "1 -10"),
        ("$var(x) = 7; switch ($var(x)) { case 7: break; } $var(r) = $rc;", "1 -5"),
        ("$var(x) = 7; switch ($var(x)) { case 1: exit; } $var(r) = $rc;", "1 1"),
        ("$var(x) = 7; switch ($var(x)) { case 7: isflagset(\"F\"); } $var(r) = $rc;", "1 -1"),
        ("assert($rm == \"ACK\"); $var(r) = $rc;", "1 -5"),
    ];
    check(&cases, "");
}

#[test]
fn switches_fall_through_to_the_default() {
    let switch = |x: &str| {
        format!(
            "$var(r) = \"\"; $var(x) = {x}; switch ($var(x)) {{
               case 1: $var(r) = $var(r) + \"a\";
               case \"TWO\": $var(r) = $var(r) + \"b\"; break;
               case 3: $var(r) = $var(r) + \"c\";
               default: $var(r) = $var(r) + \"d\"; }}"
        )
    };
    for (x, expected) in [("1", "-5 ab"), ("\"two\"", "-5 b"), ("3", "1 cd"), ("4", "1 d"), ("NULL", "1 d")] {
        assert_eq!(run(&switch(x), ""), expected, "{x}");
    }
}

#[test]
fn routes_return_values_and_end_scripts() {
    let cases = [
        ("route(two); $var(r) = $rc;", "1 2"),
        ("if (!route(minus)) { $var(r) = \"false\"; }", "1 false"),
        ("$var(r) = \"on\"; if (route(zero)) { $var(r) = \"yes\"; } $var(r) = \"after\";", "0 on"),
        ("$var(r) = \"on\"; route(ends); $var(r) = \"after\";", "0 on"),
        ("$var(r) = 5; $var(r) = route(zero);", "-1 5"),
        ("$var(r) = route(minus) + 10;", "1 7"),
        ("route(pass, \"a\", 2, $rm, NULL); $var(r) = $return(0);", "1 a 2 OPTIONS <null>"),
        ("route(pass, \"a\"); route(two); $var(r) = $return(0);", "1 <null>"),
        ("$var(n) = \"tw\"; route(\"$var(n)o\"); $var(r) = $rc;", "1 2"),
        ("isflagset(\"F\"); route(\"$var(n)\"); $var(r) = $rc;", "1 -1"),
        ("if (route(\"$var(n)\")) { $var(r) = 1; } else { $var(r) = 2; }", "1 2"),
        ("$var(n) = 0; route(deep); $var(r) = $var(n);", "1 100"),
        ("if (route(dropped) || ($var(r) = 3)) { $var(r) = 4; }", "0 3"),
    ];
    let routes = "
        route[two] { return(2); }
        route[minus] { return(-3); }
        route[zero] { return(0); }
        route[ends] { while (1) { if ($rm == \"OPTIONS\") { switch ($rm) { case \"OPTIONS\": exit; } } } }
        route[pass] { $var(t) = \"$param(1) $param(2) $param(3) $param(4)\"; pv_printf($var(t), \"$param(1) $param(2) $param(3) $param(4)\"); return(1, $var(t)); }
        route[deep] { $var(n) += 1; route(deep); }
        route[dropped] { drop; }";
    check(&cases, routes);
}

#[test]
fn expressions_keep_their_order() {
    let cases = [
        ("$var(r) = 1 + 2 * 3;", "1 9"),
        ("$var(a) = 2; $var(b) = 3; $var(r) = ($var(a) + $var(b)) * ($var(a) - 10) + ~$var(b);", "1 -44"),
        ("$var(r) = \"x\"; $var(r) = 1 + \"x\";", "-1 x"),
        ("$var(r) = \"x\"; $var(r) = $ru == 5;", "-1 x"),
        ("$var(r) = ($ru == 5) + 3;", "1 2"),
        (
            "$var(a) = 0; $var(b) = 1; if ($var(a) || $var(b) && $var(a)) { $var(r) = 1; } else { $var(r) = 2; }",
            "1 2",
        ),
        ("if ($ru == 5 || 1) { $var(r) = 1; } else { $var(r) = 2; }", "1 2"),
        ("if (!($ru == 5)) { $var(r) = 1; } else { $var(r) = 2; }", "1 2"),
        ("$var(a) = 0; if ([$var(a)]) { $var(r) = 1; }", "1 1"),
        ("if (setflag(\"F\") && isflagset(\"F\")) { $var(r) = $mf; }", "1 F"),
    ];
    check(&cases, "");
}

#[test]
fn calls_fail_without_their_arguments() {
    let cases = [
        ("strip($var(none)); $var(r) = $rc;", "1 -1"),
        ("$var(n) = \"x\"; strip($var(n)); $var(r) = $rc;", "1 -1"),
        ("$var(n) = 1; strip($var(n)); $var(r) = $rU;", "1 ob"),
        ("prefix(\"$var(none)-\"); $var(r) = $rU;", "1 <null>-bob"),
    ];
    check(&cases, "");
}

#[test]
fn a_call_that_waits_is_awaited() {
    assert_eq!(run("$ru = \"sip:no.such.name\"; $var(r) = 1; forward(); $var(r) = $rc;", ""), "1 -476");
    assert_eq!(
        run("route(far); $var(r) = $rc;", "route[far] { if (!forward(\"no.such.name\")) return(9); }"),
        "1 9"
    );
}
