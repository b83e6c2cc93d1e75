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
    /// Where the newest value is of each of the first names, counted from 1; 0 where that is not known. The compiler gives
    /// the names of a script these numbers, as far as they go.
    newest: [u8; NOTED],
}

/// How many names have the place of their newest value noted.
const NOTED: usize = 16;

/// Room for so many values is made with the first.
const ROOM: usize = 16;

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
        if self.values.len() == self.values.capacity() {
            self.grow();
        }
        self.note(name, self.values.len());
        self.seen |= bit(name);
        self.values.push((name, value));
    }

    #[inline(never)]
    fn grow(&mut self) {
        match self.values.capacity() {
            0 => self.values = Vec::with_capacity(ROOM),
            _ => self.values.reserve(ROOM),
        }
    }

    /// Notes where the newest value of a name is.
    #[inline(always)]
    fn note(&mut self, name: AvpName, at: usize) {
        if let Some(place) = self.newest.get_mut(name as usize) {
            *place = if at < usize::from(u8::MAX) { at as u8 + 1 } else { 0 };
        }
    }

    /// Notes where all values are, when some have moved.
    fn note_all(&mut self) {
        self.newest = [0; NOTED];
        for at in 0..self.values.len() {
            self.note(self.values[at].0, at);
        }
    }

    /// Adds a value as the oldest of its name.
    pub fn append(&mut self, name: AvpName, value: Value) {
        let at = self.values.iter().position(|(n, _)| *n == name).unwrap_or(self.values.len());
        self.seen |= bit(name);
        self.values.insert(at, (name, value));
        self.note_all();
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
    #[inline(always)]
    pub fn newest(&self, name: AvpName) -> Option<&Value> {
        match self.newest.get(name as usize) {
            Some(at @ 1..) => self.values.get(usize::from(*at) - 1).map(|(_, value)| value),
            _ if self.seen & bit(name) == 0 => None,
            _ => self.look_for(name),
        }
    }

    #[inline(never)]
    fn look_for(&self, name: AvpName) -> Option<&Value> {
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
            self.note_all();
        }
    }

    /// Removes all values of a name.
    pub fn remove_all(&mut self, name: AvpName) {
        self.values.retain(|(n, _)| *n != name);
        self.note_all();
    }

    /// Every value with its name, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &(AvpName, Value)> {
        self.values.iter()
    }

    /// Takes the other list's values on top of these.
    pub fn extend(&mut self, other: AvpList) {
        self.seen |= other.seen;
        self.values.extend(other.values);
        self.note_all();
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever is done, the newest value is the one that looking finds.
    #[test]
    fn the_newest_value_is_where_it_is_noted() {
        let mut list = AvpList::default();
        let mut random = 1u64;
        for step in 0..20_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (name, value) = ((random >> 33) as u32 % 20, Value::Int(step));
            match (random >> 40) % 16 {
                0 => list.remove_at(name, 0),
                1 => list.remove_at(name, -1),
                2 => list.remove_all(name),
                3 => list.append(name, value),
                4 => drop(list.replace_at(name, 0, value)),
                5 if list.values.len() > 300 => list = AvpList::default(),
                5 => {
                    let mut other = AvpList::default();
                    other.push(name, value);
                    list.extend(other);
                }
                _ => list.push(name, value),
            }
            for name in 0..20 {
                assert_eq!(list.newest(name), list.look_for(name), "{step}: {name}");
                assert_eq!(list.newest(name), list.at(name, 0), "{step}: {name}");
            }
        }
    }
}
