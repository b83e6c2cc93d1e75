//! Scripts of older releases: `tests/older/*.cfg`, what is said of each, and what becomes of it.

mod support;

use sipc_compiler::diagnostics::render;
use sipc_compiler::driver::{check_file, check_source};
use sipc_compiler::older;
use sipc_compiler::source::{Disk, Memory, load};
use support::{all_equal, check, scripts};

#[test]
fn older_scripts_are_read_as_they_were_meant() {
    all_equal(scripts("older").iter().map(|script| {
        let checked = check_file(&Disk, script);
        let text: Vec<String> =
            checked.diagnostics.iter().map(|found| render(found, &checked.source, false) + "\n").collect();
        check(script, "txt", &text.join("\n"))
    }));
}

#[test]
fn older_scripts_are_rewritten_in_place() {
    all_equal(scripts("older").iter().map(|script| {
        let (source, _) = load(&Disk, script);
        let written = older::in_files(&source, &older::changes(&source));
        let text = written.first().map_or(&source.files()[0].text, |(_, text)| text);
        check(script, "out", &String::from_utf8_lossy(text))
    }));
}

/// What is read and what is written mean the same, and nothing is left to be rewritten.
#[test]
fn a_rewritten_script_is_one_of_today() {
    let (source, _) = load(&Disk, "tests/older/whole.cfg");
    let changes = older::changes(&source);
    let written = older::in_files(&source, &changes);
    let (again, _) = load(&Memory::of("a.cfg", written[0].1.clone()), "a.cfg");
    assert_eq!(older::changes(&again), []);
    let (first, second) = (check_source(source, Vec::new()), check_source(again, Vec::new()));
    assert!(second.is_good(), "{:?}", second.diagnostics.iter().find(|d| d.is_error()));
    let emitted = |c: &sipc_compiler::driver::Checked| {
        // only the numbers of lines differ
        let text = sipc_compiler::emit::emit(&c.program, "a.cfg");
        text.lines().filter(|l| !l.contains("line(") && !l.contains(".cfg")).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(emitted(&first).len(), emitted(&second).len());
}

#[test]
fn included_files_are_rewritten_where_they_are() {
    let mut files =
        Memory::of("main.cfg", "listen=udp:127.0.0.1\ninclude_file \"part.cfg\"\nroute { exit; }\n");
    files.0.insert("part.cfg".into(), b"\xef\xbb\xbfchildren=2\nroute[a] { setflag(1); }\n".to_vec());
    let (source, _) = load(&files, "main.cfg");
    let changes = older::changes(&source);
    let written = older::in_files(&source, &changes);
    let text = |n: usize| String::from_utf8_lossy(&written[n].1).into_owned();
    assert_eq!(written.len(), 2);
    assert_eq!(text(0), "socket=udp:127.0.0.1\ninclude_file \"part.cfg\"\nroute { exit; }\n");
    assert_eq!(text(1), "\u{feff}udp_workers=2\nroute[a] { setflag(\"1\"); }\n");
    let (anew, places) = older::read_anew(&source, &changes);
    let shown: Vec<_> = places.iter().map(|p| (anew.position(p.start), anew.slice(*p).to_vec())).collect();
    assert_eq!((shown[1].0.line, shown[1].0.column), (1, 1), "{shown:?}");
    assert_eq!((shown[2].0.line, shown[2].1.as_slice()), (2, &b"\"1\""[..]));
    assert!(anew.in_file(places[2]).is_some_and(|(file, range)| &file.text[range] == b"\"1\""));
}
