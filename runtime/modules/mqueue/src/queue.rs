//! One queue.

use std::collections::{BTreeMap, HashMap};

use parking_lot::Mutex;
use sipc_engine::Text;

/// Items of a queue take no more than this; then it loses the oldest, as one that has reached its size.
const BYTES_MAX: usize = 256 << 20;

/// What an item costs beside its texts, about.
const ITEM_BYTES: usize = 160;

/// A key and a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub key: Text,
    pub value: Text,
}

impl Item {
    fn bytes(&self) -> usize {
        self.key.len() + self.value.len() + ITEM_BYTES
    }
}

/// Which of two items of one key stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unique {
    Both,
    Older,
    Newer,
}

/// A queue.
pub(crate) struct Queue {
    pub name: String,
    /// Most items; 0: no limit but that of the memory.
    size_max: usize,
    bytes_max: usize,
    unique: Unique,
    /// It begins with what its table has.
    pub loads: bool,
    /// What is in it at the end goes into its table.
    pub saves: bool,
    items: Mutex<Items>,
}

#[derive(Default)]
struct Items {
    /// By the number they were added with.
    by_number: BTreeMap<u64, Item>,
    /// Numbers by key, when keys are unique.
    by_key: HashMap<Text, u64>,
    next: u64,
    bytes: usize,
}

impl Items {
    fn remove(&mut self, number: u64) -> Option<Item> {
        let item = self.by_number.remove(&number)?;
        self.bytes -= item.bytes();
        self.by_key.remove(&item.key);
        Some(item)
    }

    fn take(&mut self) -> Option<Item> {
        let (number, _) = self.by_number.first_key_value()?;
        self.remove(*number)
    }
}

impl Queue {
    /// `name=x; size=100; addmode=1; dbmode=0`
    ///
    /// `dbmode` as the code of OpenSIPS has it: 1 loads and saves, 2 only loads, 3 only saves.
    pub(crate) fn parse(text: &str) -> Result<Queue, String> {
        let (mut name, mut size, mut mode, mut db) = (String::new(), 0, 0, 0);
        for part in text.split(';').map(str::trim).filter(|p| !p.is_empty()) {
            let (key, value) = part.split_once('=').ok_or_else(|| format!("{part} is no key=value"))?;
            let value = value.trim().trim_matches('"');
            let number = || value.parse::<i32>().map_err(|_| format!("{value} is no number"));
            match &*key.trim().to_ascii_lowercase() {
                "name" => name = value.to_owned(),
                "size" => size = number()?,
                "addmode" => mode = number()?,
                "dbmode" => db = number()?,
                key => return Err(format!("there is no {key}")),
            }
        }
        if name.is_empty() {
            return Err("it has no name".to_owned());
        }
        let unique = match mode {
            1 => Unique::Older,
            2 => Unique::Newer,
            _ => Unique::Both,
        };
        if !(0..=3).contains(&db) {
            return Err(format!("dbmode {db} is none of 0 to 3"));
        }
        let size_max = usize::try_from(size).unwrap_or(0);
        let (loads, saves) = (matches!(db, 1 | 2), matches!(db, 1 | 3));
        Ok(Queue { name, size_max, bytes_max: BYTES_MAX, unique, loads, saves, items: Mutex::default() })
    }

    #[cfg(test)]
    pub(crate) fn limited(mut self, bytes: usize) -> Queue {
        self.bytes_max = bytes;
        self
    }

    /// Adds an item behind the others, as the mode of the queue has it.
    pub(crate) fn add(&self, key: &[u8], value: &[u8]) {
        let item = Item { key: Text::copy_from_slice(key), value: Text::copy_from_slice(value) };
        let mut items = self.items.lock();
        if let Some(number) = items.by_key.get(&item.key).copied() {
            if self.unique == Unique::Older {
                return;
            }
            items.remove(number);
        }
        let number = items.next;
        items.next += 1;
        if self.unique != Unique::Both {
            items.by_key.insert(item.key.clone(), number);
        }
        items.bytes += item.bytes();
        items.by_number.insert(number, item);
        while self.size_max > 0 && items.by_number.len() > self.size_max || items.bytes > self.bytes_max {
            items.take();
        }
    }

    /// Takes the oldest item out.
    pub(crate) fn take(&self) -> Option<Item> {
        self.items.lock().take()
    }

    /// How many items there are.
    pub(crate) fn size(&self) -> usize {
        self.items.lock().by_number.len()
    }
}
