//! Tables in memory that are replaced as a whole.

use std::sync::Arc;

use parking_lot::RwLock;

/// What was loaded last. Who reads it keeps what it got, while something else takes its place.
#[derive(Debug, Default)]
pub struct Loaded<T>(RwLock<Arc<T>>);

impl<T> Loaded<T> {
    /// The first.
    pub fn new(first: T) -> Loaded<T> {
        Loaded(RwLock::new(Arc::new(first)))
    }

    /// What there is now.
    pub fn get(&self) -> Arc<T> {
        self.0.read().clone()
    }

    /// Puts something else in its place.
    pub fn put(&self, next: T) {
        *self.0.write() = Arc::new(next);
    }
}
