//! The emitter: `tests/golden/*.cfg` with the Rust text of each beside it, and the graphs.

mod support;

use sipc_compiler::driver::check_file;
use sipc_compiler::emit::emit;
use sipc_compiler::passes::graph::Graph;
use sipc_compiler::source::Disk;
use support::{all_equal, check, scripts};

#[test]
fn scripts_become_rust() {
    all_equal(scripts("golden").iter().map(|script| {
        let checked = check_file(&Disk, script);
        let faults: Vec<&str> = checked.diagnostics.iter().map(|f| f.message.as_str()).collect();
        assert!(checked.is_good(), "{script}: {faults:?}");
        let text = emit(&checked.program, script);
        let again = emit(&check_file(&Disk, script).program, script);
        assert_eq!(text, again, "{script}: the same script must give the same bytes");
        assert!(!text.contains("compile_error!"), "{script}: {text}");
        check(script, "rs", &text)
    }));
}

#[test]
fn scripts_become_graphs() {
    all_equal(scripts("golden").iter().map(|script| {
        let program = check_file(&Disk, script).program;
        let graph = Graph::of(&program);
        check(script, "mmd", &graph.mermaid(&program)).and(check(script, "dot", &graph.dot(&program)))
    }));
}
