//! A message as a list of byte slices, while its parts are put together.

use bytes::Bytes;
use smallvec::SmallVec;

/// Slices which together are a message. They share the received buffer and the inserted texts.
#[derive(Debug, Clone, Default)]
pub struct Pieces {
    list: SmallVec<[Bytes; 12]>,
    length: usize,
}

impl Pieces {
    /// Adds a slice at the end; empty ones are left out.
    pub fn push(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.length += piece.len();
            self.list.push(piece);
        }
    }

    /// Adds all slices of another list at the end.
    pub fn append(&mut self, other: Pieces) {
        self.length += other.length;
        self.list.extend(other.list);
    }

    /// How many bytes they are together.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The slices in order.
    pub fn iter(&self) -> impl Iterator<Item = &Bytes> {
        self.list.iter()
    }

    /// All bytes in one.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.length);
        self.list.iter().for_each(|piece| out.extend_from_slice(piece));
        out
    }

    /// All bytes in one, without copying when they already are.
    pub fn to_bytes(&self) -> Bytes {
        match self.list.as_slice() {
            [one] => one.clone(),
            _ => self.to_vec().into(),
        }
    }
}

impl From<Vec<u8>> for Pieces {
    fn from(text: Vec<u8>) -> Pieces {
        let mut pieces = Pieces::default();
        pieces.push(text.into());
        pieces
    }
}
