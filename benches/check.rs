//! How long `sipc check` and the emitter take: scripts of 300 and 3,000 lines.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sipc_bench_sites::script_of;
use sipc_compiler::driver::check_file;
use sipc_compiler::emit::emit;
use sipc_compiler::source::Memory;

fn check(c: &mut Criterion) {
    let mut group = c.benchmark_group("compiler");
    for lines in [300, 3_000] {
        let script = script_of(lines);
        let files = Memory::of("opensips.cfg", script.as_str());
        let checked = check_file(&files, "opensips.cfg");
        assert!(checked.is_good(), "{:?}", checked.diagnostics.iter().find(|d| d.is_error()));
        group.throughput(Throughput::Elements(script.lines().count() as u64));
        group.bench_function(format!("check {lines} lines"), |b| {
            b.iter(|| check_file(&files, "opensips.cfg"));
        });
        group.bench_function(format!("emit {lines} lines"), |b| {
            b.iter(|| emit(&checked.program, "opensips.cfg"));
        });
    }
    group.finish();
}

criterion_group!(benches, check);
criterion_main!(benches);
