//! Reading and changing messages: parsing per kind of message, URIs, header edits with serialisation.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sipc_bench_sites::paths::{URIS, change, messages};
use sipc_sip::{Message, Uri};

/// As in a site.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn parsing(c: &mut Criterion) {
    let mut group = c.benchmark_group("parse");
    for (name, bytes) in messages() {
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(name, |b| b.iter(|| Message::parse(black_box(bytes.clone()))));
    }
    group.finish();
}

fn uris(c: &mut Criterion) {
    let mut group = c.benchmark_group("uri");
    for (name, text) in URIS {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |b| b.iter(|| Uri::parse(black_box(text.as_bytes())).map(|u| u.port())));
    }
    group.finish();
}

fn edits(c: &mut Criterion) {
    let message = Message::parse(messages()[2].1.clone()).expect("a message");
    let mut group = c.benchmark_group("edit");
    group.throughput(Throughput::Bytes(message.bytes().len() as u64));
    group.bench_function("INVITE as it goes on", |b| b.iter(|| change(black_box(&message))));
    group.finish();
}

criterion_group!(benches, parsing, uris, edits);
criterion_main!(benches);
