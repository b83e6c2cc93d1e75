//! The tools around the language, as processes: `fmt`, `migrate`, `catalog`, `test`, `lsp`; site values.

mod commands;
mod lsp;
mod pgo;
mod support;

use support::{Folder, sipc, text};

#[test]
fn scripts_are_laid_out_in_place_and_checked() {
    let folder = Folder::new("fmt");
    let script = folder.write("a.cfg", "route{exit ;# done\n}\n");
    let check = sipc(&["fmt", "--check", &script], "");
    assert_eq!((check.status.code(), text(&check.stdout)), (Some(1), format!("{script}\n")));
    assert!(sipc(&["fmt", &script], "").status.success());
    assert_eq!(folder.read("a.cfg"), "route {\n\texit; # done\n}\n");
    assert!(sipc(&["fmt", "--check", &script], "").status.success());
    assert_eq!(text(&sipc(&["fmt", "-"], "route{exit;}").stdout), "route {\n\texit;\n}\n");
}

#[test]
fn a_script_with_faults_is_left_as_it_is() {
    let folder = Folder::new("fmt-bad");
    let script = folder.write("a.cfg", "route { if (; }\n");
    let fmt = sipc(&["fmt", &script], "");
    assert_eq!(fmt.status.code(), Some(1));
    assert!(text(&fmt.stderr).contains("error[E02"), "{}", text(&fmt.stderr));
    assert_eq!(folder.read("a.cfg"), "route { if (; }\n");
}

#[test]
fn an_older_script_is_accepted_and_rewritten() {
    let folder = Folder::new("migrate");
    let old = "children=2 # two\nlisten=udp:127.0.0.1:5060\nloadmodule \"proto_udp.so\"\nroute { setflag(1); drop; }\n";
    let new = "udp_workers=2 # two\nsocket=udp:127.0.0.1:5060\nloadmodule \"proto_udp.so\"\nroute { setflag(\"1\"); drop; }\n";
    let script = folder.write("a.cfg", old);
    let check = sipc(&["check", &script], "");
    assert!(check.status.success(), "{}", text(&check.stderr));
    assert!(text(&check.stderr).contains("warning[W0701]: `children` is written `udp_workers` now"));
    let shown = sipc(&["migrate", &script], "");
    assert_eq!((text(&shown.stdout), folder.read("a.cfg")), (new.to_owned(), old.to_owned()));
    assert!(text(&shown.stderr).contains("3 places changed, 0 with another meaning"));
    assert!(sipc(&["migrate", &script, "--write"], "").status.success());
    assert_eq!(folder.read("a.cfg"), new);
    assert_eq!(text(&sipc(&["check", &script], "").stderr), "");
}

#[test]
fn templates_are_rewritten_as_templates() {
    let migrated =
        sipc(&["migrate", "-"], "listen=udp:${NO_IP}:${NO_PORT}\nchildren=${NO_N}\nroute { drop; }\n");
    assert_eq!(
        text(&migrated.stdout),
        "socket=udp:${NO_IP}:${NO_PORT}\nudp_workers=${NO_N}\nroute { drop; }\n"
    );
    assert!(migrated.status.success());
    assert!(text(&migrated.stderr).ends_with("site values are missing: NO_IP, NO_PORT, NO_N\n"));
}

#[test]
fn what_cannot_be_rewritten_is_said() {
    let left =
        sipc(&["migrate", "-"], "listen=udp:127.0.0.1\nroute { avp_check(\"$avp(s:a)\", \"eq/b\"); }\n");
    assert_eq!(left.status.code(), Some(1));
    assert!(text(&left.stderr).contains("left to be mended by hand"), "{}", text(&left.stderr));
}

#[test]
fn site_values_come_from_the_command_line_and_the_environment() {
    let script =
        "# ${NOT_ASKED}\nsocket = udp:${SIPC_TEST_IP}:5060\nloadmodule \"proto_udp.so\"\nroute { drop; }\n";
    let good = sipc(&["check", "-", "-D", "SIPC_TEST_IP=10.0.0.1"], script);
    assert!(good.status.success(), "{}", text(&good.stderr));
    let unset = sipc(&["check", "-"], script);
    assert_eq!(unset.status.code(), Some(1));
    let fault = text(&unset.stderr);
    assert!(fault.starts_with("error[E0112]: `SIPC_TEST_IP` has no value\n --> stdin:2:14\n"), "{fault}");
    let extra = sipc(&["check", "-", "-D", "SIPC_TEST_IP=10.0.0.1", "-D", "OTHER=1"], script);
    assert_eq!(text(&extra.stderr), "warning: the script does not ask for OTHER\n");
    assert_eq!(sipc(&["check", "-", "-D", "10"], script).status.code(), Some(1));
}

#[test]
fn the_catalogue_is_json_in_the_known_shape() {
    let shown = sipc(&["catalog", "--json"], "");
    let catalogue: serde_json::Value = serde_json::from_slice(&shown.stdout).expect("it is JSON");
    let relay = catalogue["modules"]["tm"]["functions"].as_array().expect("a list");
    let relay = relay.iter().find(|f| f["name"] == "t_relay").expect("it is built");
    assert_eq!(relay["params"], serde_json::json!(["str?", "str?"]));
    assert_eq!(relay["routes"], serde_json::json!(["REQUEST", "FAILURE"]));
    assert_eq!(catalogue["modules"]["tm"]["params"]["fr_timeout"], "int");
    assert_eq!(catalogue["core"]["functions"][0]["routes"], "ALL");
    assert!(text(&sipc(&["catalog"], "").stdout).contains("\ntm: "));
}

#[test]
fn routes_are_tested_and_what_was_not_run_is_said() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/tested/opensips.test");
    let good = sipc(&["test", example], "");
    let shown = text(&good.stdout);
    assert!(good.status.success(), "{shown}{}", text(&good.stderr));
    assert!(
        shown.contains("4 tests, 0 failed, ") && shown.contains("opensips.cfg: 17 of 17 lines run (100 %)"),
        "{shown}"
    );
}

#[test]
fn route_tests_have_the_tables_that_they_name() {
    let folder = Folder::new("test-db");
    folder.write(
        "a.cfg",
        "socket = udp:*:5060\nloadmodule \"proto_udp.so\"\nloadmodule \"sl.so\"\nloadmodule \"db_text.so\"\n\
         loadmodule \"permissions.so\"\nmodparam(\"permissions\", \"db_url\", \"text:///nowhere\")\n\
         route {\n\tif (check_source_address(1, $var(who)))\n\t\tsl_send_reply(200, \"$var(who)\");\n\
         \telse\n\t\tsl_send_reply(403, \"No\");\n}\n",
    );
    let columns = "  id(int,auto) grp(int) ip(string) mask(int) port(int) proto(string) pattern(string,null) \
                   context_info(string,null)\n";
    let asks = "alice > OPTIONS sip:a@%proxy\nexpect alice < ";
    let tests = format!(
        "db address 5\n{columns}  1:1:10.0.0.1:32:0:any::friend\n\ntest known\n{asks}200 friend\n\n\
         test unknown\ndb address 5\n{columns}  1:1:10.0.0.7:32:0:any::other\n{asks}403\n"
    );
    let good = sipc(&["test", &folder.write("a.test", &tests)], "");
    let shown = text(&good.stdout);
    assert!(good.status.success() && shown.contains("2 tests, 0 failed"), "{shown}{}", text(&good.stderr));
}

#[test]
fn a_failed_route_test_says_what_came_instead() {
    let folder = Folder::new("test");
    let header = "loadmodule \"proto_udp.so\"\nloadmodule \"sl.so\"\nloadmodule \"sipmsgops.so\"\nsocket = udp:*:5060\n";
    let body =
        "route {\n\tif ($rU == \"a\") {\n\t\tsl_send_reply(404, \"No\");\n\t\texit;\n\t}\n\tdrop;\n}\n";
    folder.write("a.cfg", &format!("{header}{body}"));
    let tests = "test one\nalice > OPTIONS sip:a@%proxy\nexpect alice < 200\n\n\
                 test two\nalice > OPTIONS sip:a@%proxy\nexpect alice < 404\n  X: 1\n\n\
                 test three\nalice > OPTIONS sip:a@%proxy\n\n\
                 test four\nbob > 200\n\ntest five\nalice > OPTIONS sip:a@%proxy\nexpect alice < 404 No\n  -X\n";
    let (file, lcov) = (folder.write("a.test", tests), folder.write("lcov.info", ""));
    let bad = sipc(&["test", &file, "--coverage", "lcov", "-o", &lcov], "");
    let shown = text(&bad.stdout);
    assert_eq!(bad.status.code(), Some(1));
    for line in [
        &format!("FAIL  one\n      {file}:3: expected alice < 200: got SIP/2.0 404 No\n"),
        &format!("FAIL  two\n      {file}:7: expected alice < 404: wanted X: 1, it has no X\n"),
        &format!("FAIL  three\n      {file}:10: nobody expected: alice < SIP/2.0 404 No\n"),
        &format!("FAIL  four\n      {file}:14: no such request was received\n"),
        "ok    five (",
        "5 tests, 4 failed, ",
        "a.cfg: 3 of 4 lines run (75 %); never run: 10\n",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    let counted = folder.read("lcov.info");
    assert!(
        counted.contains("DA:6,4\n") && counted.ends_with("DA:10,0\nLF:4\nLH:3\nend_of_record\n"),
        "{counted}"
    );
}

#[test]
fn a_device_is_written_to_and_not_replaced() {
    use std::os::unix::fs::FileTypeExt;
    // a pipe stands for any of them: nobody is asked to replace a device of the machine
    let folder = Folder::new("device");
    let pipe = folder.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo is everywhere");
    assert!(made.success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).expect("the other end writes")
    });
    assert!(sipc(&["migrate", "-", "-o", &pipe], "route { drop; }\n").status.success());
    assert_eq!(reader.join().expect("it reads"), "route { drop; }\n");
    assert!(std::fs::metadata(&pipe).expect("it is still there").file_type().is_fifo());
}
