//! Which statements of a script ran, and how often: for `sipc test`. An executor made without it has no trace
//! of it in its code.

use std::sync::atomic::{AtomicU64, Ordering};

use sipc_compiler::ir::Span;

/// Counters of the statements of one script.
#[derive(Debug, Default)]
pub struct Coverage {
    spans: Vec<Span>,
    counts: Vec<AtomicU64>,
}

impl Coverage {
    pub(crate) fn of(spans: Vec<Span>) -> Coverage {
        let counts = spans.iter().map(|_| AtomicU64::new(0)).collect();
        Coverage { spans, counts }
    }

    pub(crate) fn hit(&self, number: u32) {
        if let Some(count) = self.counts.get(number as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Each statement with how often it ran; a condition of `if` counts as a statement.
    pub fn counts(&self) -> impl Iterator<Item = (Span, u64)> {
        self.spans.iter().zip(&self.counts).map(|(span, count)| (*span, count.load(Ordering::Relaxed)))
    }
}
