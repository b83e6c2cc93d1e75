//! The routes of `examples/numbers`, compiled and interpreted, on one INVITE: nearly 200 statements of string work, without
//! parsing, transactions and sending, which are the same in both.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use sipc_bench_sites::numbers::Numbers;
use sipc_bench_sites::{compiled, interpreted};

/// As in a site.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn script(c: &mut Criterion) {
    let mut group = c.benchmark_group("script");
    for (name, subject) in [("compiled", compiled()), ("interpreted", interpreted())] {
        let numbers = Numbers::start(subject);
        group.bench_function(name, |b| {
            b.iter_batched_ref(|| numbers.context(), |cx| numbers.run(cx), BatchSize::SmallInput);
        });
    }
    group.finish();
}

criterion_group!(benches, script);
criterion_main!(benches);
