//! Profiles: how many calls there are of a sort.

use std::collections::HashMap;

use parking_lot::{Mutex, RwLock};
use sipc_engine::Text;
use sipc_engine::setup::Setup;

use crate::call::Call;

/// Profiles that may count one call, each value by itself.
const LINKS_MAX: usize = 1000;
/// Profiles that may be defined.
const PROFILES_MAX: usize = 10_000;

/// One profile.
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Calls are counted by value.
    pub with_value: bool,
    /// Calls by value; those of a profile without values under the empty one.
    counts: Mutex<HashMap<Text, u64>>,
}

/// All of them, in the order of definition.
#[derive(Default)]
pub struct Profiles(RwLock<Vec<Profile>>);

impl Profiles {
    /// Those that the script names.
    pub fn new(setup: &Setup) -> Result<Profiles, String> {
        let profiles = Profiles::default();
        for (param, with_value) in [("profiles_no_value", false), ("profiles_with_value", true)] {
            for definition in setup.text("dialog", param).unwrap_or_default().split(';') {
                let (name, how) = definition.split_once('/').unwrap_or((definition, ""));
                if name.trim().is_empty() {
                    continue;
                }
                if !how.trim().is_empty() {
                    return Err(format!(
                        "{param}: {definition}: profiles that servers share are not built yet"
                    ));
                }
                profiles
                    .define(name.trim(), with_value)
                    .ok_or_else(|| format!("{param}: {definition}: letters, digits, - and _ make a name"))?;
            }
        }
        Ok(profiles)
    }

    /// The number of a profile, made when new; `None` for a bad name, or one of the other sort.
    pub fn define(&self, name: &str, with_value: bool) -> Option<usize> {
        let mut list = self.0.write();
        if let Some(at) = list.iter().position(|p| p.name == name) {
            return (list[at].with_value == with_value).then_some(at);
        }
        let good = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if !good || name.is_empty() || list.len() >= PROFILES_MAX {
            return None;
        }
        list.push(Profile { name: name.to_owned(), with_value, counts: Mutex::default() });
        Some(list.len() - 1)
    }

    /// The number of a profile, and whether it counts by value.
    pub fn find(&self, name: &[u8]) -> Option<(usize, bool)> {
        let list = self.0.read();
        let at = list.iter().position(|p| p.name.as_bytes() == name)?;
        Some((at, list[at].with_value))
    }

    /// Names and sorts, the newest first.
    pub fn names(&self) -> Vec<(String, bool)> {
        self.0.read().iter().rev().map(|p| (p.name.clone(), p.with_value)).collect()
    }

    /// The name of a profile.
    pub fn name(&self, number: usize) -> String {
        self.0.read().get(number).map(|p| p.name.clone()).unwrap_or_default()
    }

    /// The values of a profile with their counts.
    pub fn values(&self, number: usize) -> Vec<(Text, u64)> {
        let list = self.0.read();
        let Some(profile) = list.get(number) else { return Vec::new() };
        let mut all: Vec<(Text, u64)> = profile.counts.lock().iter().map(|(v, n)| (v.clone(), *n)).collect();
        all.sort();
        all
    }

    /// Counts a call; `false` when it is counted too often already.
    pub fn join(&self, call: &Call, number: usize, value: &[u8]) -> bool {
        let value = Text::copy_from_slice(value);
        {
            let mut inner = call.inner.lock();
            if inner.profiles.len() >= LINKS_MAX {
                return false;
            }
            inner.profiles.insert(0, (number, value.clone()));
        }
        let list = self.0.read();
        if let Some(profile) = list.get(number) {
            *profile.counts.lock().entry(value).or_default() += 1;
        }
        true
    }

    /// Counts a call once less; `None` stands for all values. `false` when it was not counted.
    pub fn leave(&self, call: &Call, number: usize, value: Option<&[u8]>) -> bool {
        let mut gone = Vec::new();
        {
            let mut inner = call.inner.lock();
            let is = |(n, v): &(usize, Text)| *n == number && value.is_none_or(|value| v == value);
            while let Some(at) = inner.profiles.iter().position(is) {
                gone.push(inner.profiles.remove(at));
                if value.is_some() {
                    break;
                }
            }
        }
        let any = !gone.is_empty();
        self.forget(gone);
        any
    }

    /// Counts a call nowhere any more.
    pub fn leave_all(&self, call: &Call) {
        let gone = std::mem::take(&mut call.inner.lock().profiles);
        self.forget(gone);
    }

    fn forget(&self, links: Vec<(usize, Text)>) {
        let list = self.0.read();
        for (number, value) in links {
            let Some(profile) = list.get(number) else { continue };
            let mut counts = profile.counts.lock();
            if let Some(n) = counts.get_mut(&value) {
                *n -= 1;
                if *n == 0 {
                    counts.remove(&value);
                }
            }
        }
    }

    /// How many calls a profile counts, with this value if one is given.
    pub fn count(&self, number: usize, value: Option<&[u8]>) -> u64 {
        let list = self.0.read();
        let Some(profile) = list.get(number) else { return 0 };
        let counts = profile.counts.lock();
        match value {
            Some(value) if profile.with_value => counts.get(value).copied().unwrap_or(0),
            _ => counts.values().sum(),
        }
    }
}
