//! The Route headers of a request as one list, and taking entries out of it.

use std::ops::Range;

use sipc_engine::{Context, Text};
use sipc_sip::{HeaderKind, NameAddr};

/// One Route entry.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its URI.
    pub uri: Text,
    /// Where it stands.
    range: Range<usize>,
    /// The header it stands in.
    header: usize,
}

/// All entries, top first.
#[derive(Debug, Clone, Default)]
pub struct RouteSet {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Each header as a whole, and its value.
    headers: Vec<(Range<usize>, Range<usize>)>,
}

impl RouteSet {
    /// Reads them; `None` when one is broken.
    pub fn of(cx: &Context) -> Option<RouteSet> {
        let mut set = RouteSet::default();
        let message = &cx.message;
        for (number, header) in message.find_all(HeaderKind::Route).enumerate() {
            set.headers.push((header.range(), header.value_range()));
            for entry in NameAddr::routes(header.value()) {
                let entry = entry.ok()?;
                set.entries.push(Entry {
                    uri: message.share(entry.uri_text),
                    range: message.range_of(entry.whole)?,
                    header: number,
                });
            }
        }
        Some(set)
    }

    /// Takes the first `n` entries out of the message.
    pub fn consume(&self, cx: &mut Context, n: usize) {
        for (number, (whole, value)) in self.headers.iter().enumerate() {
            let mine = |e: &&Entry| e.header == number;
            let first_left = self.entries.iter().skip(n).find(mine);
            let consumed = self.entries.iter().take(n).any(|e| e.header == number);
            match first_left {
                _ if !consumed => {}
                None => cx.edits.delete(whole.clone()),
                Some(left) => cx.edits.delete(value.start..left.range.start),
            }
        }
    }

    /// Takes the last entry out, the first `n` being out already.
    pub fn remove_last(&self, cx: &mut Context, n: usize) {
        let Some(last) = self.entries.last() else { return };
        let before = self.entries.iter().enumerate().rev().nth(1);
        match before {
            Some((i, prev)) if prev.header == last.header && i >= n => {
                cx.edits.delete(prev.range.end..last.range.end);
            }
            _ => cx.edits.delete(self.headers[last.header].0.clone()),
        }
    }
}
