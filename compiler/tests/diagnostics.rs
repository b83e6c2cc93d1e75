//! What the compiler says about faulty scripts: `tests/diagnostics/*.cfg` with the full text beside each.

mod support;

use sipc_compiler::diagnostics::{codes, opensips_line, render};
use sipc_compiler::driver::check_file;
use sipc_compiler::source::{Disk, Memory};
use support::{all_equal, check, scripts};

#[test]
fn every_fault_is_reported_with_its_place_and_a_way_out() {
    all_equal(scripts("diagnostics").iter().map(|script| {
        let checked = check_file(&Disk, script);
        let text: Vec<String> =
            checked.diagnostics.iter().map(|found| render(found, &checked.source, false) + "\n").collect();
        check(script, "txt", &text.join("\n"))
    }));
}

#[test]
fn faults_are_also_said_in_the_words_of_opensips() {
    let script = "route {\n    nosuch();\n    exit\n}\n";
    let checked = check_file(&Memory::of("a.cfg", script), "a.cfg");
    let lines: Vec<String> = checked.diagnostics.iter().map(|f| opensips_line(f, &checked.source)).collect();
    assert_eq!(
        lines,
        [
            "CRITICAL:core:yyerror: parse error in a.cfg:2:5-11: unknown command <nosuch>, missing loadmodule?",
            "CRITICAL:core:yyerror: parse error in a.cfg:3:9-10: bad command: missing ';'?",
        ]
    );
}

#[test]
fn no_input_makes_the_compiler_panic() {
    let nasty: &[&[u8]] = &[
        b"",
        b"\0",
        b"\xff\xfe",
        b"route",
        b"route{",
        b"route[",
        b"route{$",
        b"route{$(",
        b"route{\"",
        b"/*",
        b"#",
        b"}",
        b"route{if(",
        b"route{if(a){",
        b"route{switch($a){case",
        b"route{xlog(\"$\");}",
        b"route{$$$=1;}",
        b"modparam(",
        b"socket=udp:*:1-65535",
        b"route{$(var(x){s.select,",
        b"route{$x=\"$(\";xlog(\"$(\");}",
        b"route{$avp(\xc3\x28)=1;}",
        b"alias=",
        b"route[0]{exit;}route{exit;}",
        b"route{return(,);}",
        b"dst_blacklist=a:{(udp,1.2.3.4/99)}",
        b"route{$(hdr(a)[99999999999]{s.substr,1,99999999999})=1;}",
    ];
    for text in nasty {
        let _ = check_file(&Memory::of("a.cfg", *text), "a.cfg");
    }
    for piece in ["(", "[", "{", "!", "if(1)", "~", "$(", "/*", "while(1){", "$x=(", "1+"] {
        let text = format!("route {{ if ({} }}", piece.repeat(3_000));
        let _ = check_file(&Memory::of("a.cfg", text), "a.cfg");
        let text = format!("route {{ $var(x) = {} }}", piece.repeat(3_000));
        let _ = check_file(&Memory::of("a.cfg", text), "a.cfg");
        let text = format!("route {{ {}", piece.repeat(3_000));
        let _ = check_file(&Memory::of("a.cfg", text), "a.cfg");
    }
}

#[test]
fn long_chains_of_else_if_are_no_nesting() {
    let chain = "if ($rm == \"A\") { exit; } else ".repeat(1_000);
    let checked = check_file(&Memory::of("a.cfg", format!("route {{ {chain} {{ exit; }} }}")), "a.cfg");
    assert!(checked.is_good(), "{:?}", checked.diagnostics.first());
}

#[test]
fn every_code_is_shown_by_a_script_or_excused() {
    // Those that need a file of 1 GiB, a special build, or a module that this build has not.
    let excused = ["E0101", "E0107", "E0217"];
    let shown: String = ["diagnostics", "older"]
        .iter()
        .flat_map(|folder| scripts(folder))
        .map(|s| std::fs::read_to_string(s.replace(".cfg", ".txt")).unwrap_or_default())
        .collect();
    let missing: Vec<&str> = codes::all()
        .map(|c| c.id)
        .filter(|id| !excused.contains(id) && !shown.contains(&format!("[{id}]")))
        .collect();
    assert!(missing.is_empty(), "no script shows {missing:?}");
}
