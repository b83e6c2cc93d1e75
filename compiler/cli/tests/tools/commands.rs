//! The command line: what goes to which stream, and the exit status.

use crate::support::{sipc, text};

const GOOD: &str = "route { if ($rm == \"OPTIONS\") exit; route(a); }\nroute[a] { exit; }\n";
const BAD: &str = "route { nosuch(); }\n";

#[test]
fn a_good_script_is_confirmed() {
    let check = sipc(&["check", "-"], GOOD);
    assert!(check.status.success(), "{}", text(&check.stderr));
    let opensips = sipc(&["-f", "-", "-C"], GOOD);
    assert_eq!(text(&opensips.stdout), "config file ok, exiting...\n");
    assert_eq!(opensips.status.code(), Some(0));
}

#[test]
fn a_bad_script_is_refused_with_its_status() {
    let check = sipc(&["check", "-"], BAD);
    assert_eq!(check.status.code(), Some(1));
    assert!(text(&check.stderr).contains("error[E0301]"), "{}", text(&check.stderr));
    let opensips = sipc(&["-f", "-", "-C", "--opensips-errors"], BAD);
    assert_eq!(opensips.status.code(), Some(255));
    let expected = "CRITICAL:core:yyerror: parse error in stdin:1:9-15: unknown command <nosuch>";
    assert!(text(&opensips.stderr).starts_with(expected), "{}", text(&opensips.stderr));
}

#[test]
fn a_preprocessor_sees_the_text_before_the_parser() {
    let check = sipc(&["check", "-", "-p", "sed s/nosuch()/exit/"], BAD);
    assert!(check.status.success(), "{}", text(&check.stderr));
}

#[test]
fn rust_text_and_graphs_go_to_standard_output() {
    assert!(text(&sipc(&["expand", "-"], GOOD).stdout).contains("pub fn route_a("));
    assert!(text(&sipc(&["graph", "-"], GOOD).stdout).starts_with("flowchart TD\n"));
    assert!(text(&sipc(&["graph", "--dot", "-"], GOOD).stdout).starts_with("digraph routes {\n"));
}

#[test]
fn names_and_codes_are_explained() {
    for what in ["E0304", "setflag", "$ru", "{s.len}", "udp_workers", "modules"] {
        assert!(sipc(&["explain", what], "").status.success(), "{what}");
    }
    assert_eq!(sipc(&["explain", "nothing_like_it"], "").status.code(), Some(1));
}
