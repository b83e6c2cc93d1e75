//! A part of a message that is looked for once and remembered.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where the part is, or that there is none, or that nobody has looked. All of it is in one number, and whoever looks finds
/// the same: so no order of memory matters.
#[derive(Debug, Default)]
pub(crate) struct Seen(AtomicU64);

/// There is none. Nothing that is there begins at the first byte of a message.
const NONE: u64 = 1;
/// What it would be in cannot be read.
const BROKEN: u64 = 2;

impl Seen {
    /// `None` when nobody has looked; in it, `None` when there is no such part.
    #[inline]
    pub(crate) fn get(&self) -> Option<Option<Range<usize>>> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            NONE | BROKEN => Some(None),
            range => Some(Some((range >> 32) as usize..range as u32 as usize)),
        }
    }

    /// Whether what it would be in cannot be read, as far as is known.
    #[inline]
    pub(crate) fn is_broken(&self) -> bool {
        self.0.load(Ordering::Relaxed) == BROKEN
    }

    /// Remembers that what it would be in cannot be read.
    pub(crate) fn set_broken(&self) {
        self.0.store(BROKEN, Ordering::Relaxed);
    }

    /// Remembers what was found. Offsets are below [`crate::MAX_MESSAGE`], so they fit.
    #[inline]
    pub(crate) fn set(&self, found: Option<Range<usize>>) {
        let number = found.map_or(NONE, |range| (range.start as u64) << 32 | range.end as u64);
        self.0.store(number, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found() {
        let seen = Seen::default();
        assert_eq!(seen.get(), None);
        for found in [None, Some(20..24), Some(1..1), Some(0xff_fff0..0xff_ffff)] {
            seen.set(found.clone());
            assert_eq!((seen.get(), seen.is_broken()), (Some(found), false));
        }
        seen.set_broken();
        assert_eq!((seen.get(), seen.is_broken()), (Some(None), true));
    }
}
