//! AVPs: named stacks of values that belong to a message or to its transaction (LANGUAGE 6.4).

use std::collections::HashMap;

use parking_lot::RwLock;

use crate::{Text, Value};

/// An interned AVP name.
pub type AvpName = u32;

/// The AVPs of one message or transaction. Index 0 of a name is its newest value.
#[derive(Debug, Clone, Default)]
pub struct AvpList {
    /// In order of age, oldest first.
    values: Vec<(AvpName, Value)>,
    /// A bit for each name that ever had a value here, names 64 apart sharing one: scripts ask for many that have none.
    seen: u64,
}

/// The bit of a name.
fn bit(name: AvpName) -> u64 {
    1 << (name & 63)
}

impl PartialEq for AvpList {
    fn eq(&self, other: &AvpList) -> bool {
        self.values == other.values
    }
}

impl Eq for AvpList {}

impl AvpList {
    /// Puts a value on top.
    #[inline(always)] // most of it is moving the value, which is made where it is pushed
    pub fn push(&mut self, name: AvpName, value: Value) {
        if self.values.is_empty() {
            self.values.reserve(16);
        }
        self.seen |= bit(name);
        self.values.push((name, value));
    }

    /// Adds a value as the oldest of its name.
    pub fn append(&mut self, name: AvpName, value: Value) {
        let at = self.values.iter().position(|(n, _)| *n == name).unwrap_or(self.values.len());
        self.seen |= bit(name);
        self.values.insert(at, (name, value));
    }

    /// The values of a name, newest first.
    pub fn all(&self, name: AvpName) -> impl Iterator<Item = &Value> {
        self.values.iter().rev().filter(move |(n, _)| *n == name).map(|(_, v)| v)
    }

    /// How many values a name has.
    pub fn count(&self, name: AvpName) -> usize {
        self.values.iter().filter(|(n, _)| *n == name).count()
    }

    /// The newest value.
    #[inline]
    pub fn newest(&self, name: AvpName) -> Option<&Value> {
        if self.seen & bit(name) == 0 {
            return None;
        }
        self.values.iter().rev().find(|(n, _)| *n == name).map(|(_, v)| v)
    }

    /// The value at a position; negative counts from the oldest.
    pub fn at(&self, name: AvpName, index: i32) -> Option<&Value> {
        self.slot(name, index).map(|i| &self.values[i].1)
    }

    /// Replaces the value at a position; `false` when there is none.
    pub fn replace_at(&mut self, name: AvpName, index: i32, value: Value) -> bool {
        match self.slot(name, index) {
            Some(i) => {
                self.values[i].1 = value;
                true
            }
            None => false,
        }
    }

    /// Removes the value at a position.
    pub fn remove_at(&mut self, name: AvpName, index: i32) {
        if let Some(i) = self.slot(name, index) {
            self.values.remove(i);
        }
    }

    /// Removes all values of a name.
    pub fn remove_all(&mut self, name: AvpName) {
        self.values.retain(|(n, _)| *n != name);
    }

    /// Every value with its name, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &(AvpName, Value)> {
        self.values.iter()
    }

    /// Takes the other list's values on top of these.
    pub fn extend(&mut self, other: AvpList) {
        self.seen |= other.seen;
        self.values.extend(other.values);
    }

    fn slot(&self, name: AvpName, index: i32) -> Option<usize> {
        let mut of_name = self.values.iter().enumerate().filter(|(_, (n, _))| *n == name).map(|(i, _)| i);
        if index >= 0 {
            of_name.rev().nth(usize::try_from(index).ok()?)
        } else {
            of_name.nth(usize::try_from(-(i64::from(index) + 1)).ok()?)
        }
    }
}

/// AVP names to numbers, for the life of the process.
///
/// The compiler numbers the names written in the script; names made at run time follow.
#[derive(Debug, Default)]
pub struct AvpNames {
    known: RwLock<(HashMap<Text, AvpName>, Vec<Text>)>,
}

/// Names beyond this many are refused, so that a script that builds names from messages cannot
/// exhaust memory.
const NAMES_MAX: usize = 1 << 20;

impl AvpNames {
    /// The number of a name, which is made when new; `None` when the table is full.
    pub fn intern(&self, name: &[u8]) -> Option<AvpName> {
        if let Some(n) = self.known.read().0.get(name) {
            return Some(*n);
        }
        let mut known = self.known.write();
        if let Some(n) = known.0.get(name) {
            return Some(*n);
        }
        if known.1.len() >= NAMES_MAX {
            return None;
        }
        let number = AvpName::try_from(known.1.len()).ok()?;
        let name = Text::copy_from_slice(name);
        known.1.push(name.clone());
        known.0.insert(name, number);
        Some(number)
    }

    /// The name of a number.
    pub fn name(&self, number: AvpName) -> Option<Text> {
        self.known.read().1.get(number as usize).cloned()
    }
}
