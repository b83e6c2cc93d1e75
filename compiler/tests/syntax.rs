//! The parser: `tests/syntax/*.cfg` with the tree of each beside it.

mod support;

use sipc_compiler::source::{Disk, load};
use sipc_compiler::syntax::{dump::dump, parse};
use support::{all_equal, check, scripts};

#[test]
fn scripts_become_trees() {
    all_equal(scripts("syntax").iter().map(|script| {
        let (source, found) = load(&Disk, script);
        let (tree, more) = parse(&source);
        let faults: String =
            found.iter().chain(&more).map(|f| format!("{}: {}\n", f.code.id, f.message)).collect();
        check(script, "tree", &(dump(&tree, &source) + &faults))
    }));
}
