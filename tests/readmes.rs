//! The examples in READMEs of modules and the sites under `examples` are scripts that this build takes.

use std::path::PathBuf;

use sipc_compiler::diagnostics::render;
use sipc_compiler::driver::check_file;
use sipc_compiler::source::{Disk, Memory};
use sipc_interface::modules;

#[test]
fn examples_are_scripts() {
    let mut faults = Vec::new();
    for module in modules::ALL {
        let path = format!("runtime/modules/{}/README.md", module.name);
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(&path);
        let readme = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{path}: {e}"));
        let examples: Vec<&str> =
            readme.split("```opensips\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        if !examples.iter().any(|e| e.contains(&format!("loadmodule \"{}.so\"", module.name))) {
            faults.push(format!("{path}: has no example that loads the module"));
        }
        for example in examples {
            let checked = check_file(&Memory::of("example.cfg", example), "example.cfg");
            faults.extend(
                checked.diagnostics.iter().map(|d| format!("{path}:\n{}", render(d, &checked.source, false))),
            );
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn sites_check_without_a_word() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples");
    let sites: Vec<PathBuf> =
        std::fs::read_dir(&folder).expect("a folder").map(|e| e.expect("an entry").path()).collect();
    assert!(!sites.is_empty());
    let mut faults = Vec::new();
    for site in sites {
        let script = site.join("opensips.cfg");
        let checked = check_file(&Disk, &script.to_string_lossy());
        faults.extend(checked.diagnostics.iter().map(|d| render(d, &checked.source, false)));
        assert!(site.join("README.md").exists(), "{}: no README.md", site.display());
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
