//! The tools around the language, as processes: `fmt`.

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
