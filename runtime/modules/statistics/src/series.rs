//! Statistics about a window of time: a ring of slots, the newest of which takes the values.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use sipc_engine::log::Level;
use sipc_engine::statistics::{Source, Statistics};
use sipc_engine::{Context, Text};

use crate::{DYNAMIC, STATISTICS_MAX, now_ms};

/// A window has no more slots than this: each series has a ring of them.
const SLOTS_MAX: u64 = 100_000;

/// The profiles, by name in lower case.
pub(crate) struct Profiles(HashMap<String, Profile>);

/// What `stat_series_profile` says, and the series it has.
struct Profile {
    shape: Shape,
    group: String,
    series: Mutex<HashMap<Text, Arc<Mutex<Series>>>>,
}

/// How the series of a profile add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub algorithm: Algorithm,
    /// Milliseconds.
    pub window: u64,
    pub slots: u64,
    pub factor: i64,
}

/// What a series gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// The sum of the values.
    Accumulate,
    /// Their average.
    Average,
    /// How much of their sum without signs the positive ones make.
    Percentage,
}

/// What a slot, or all of them together, adds up to.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    sum: i64,
    count: i64,
    positive: i64,
    negative: i64,
}

impl Sum {
    fn add(&mut self, value: i64) {
        self.sum = self.sum.wrapping_add(value);
        self.count += 1;
        if value > 0 {
            self.positive = self.positive.wrapping_add(value);
        } else {
            self.negative = self.negative.wrapping_sub(value);
        }
    }

    fn take_away(&mut self, other: Sum) {
        self.sum = self.sum.wrapping_sub(other.sum);
        self.count -= other.count;
        self.positive = self.positive.wrapping_sub(other.positive);
        self.negative = self.negative.wrapping_sub(other.negative);
    }
}

/// One statistic.
pub(crate) struct Series {
    shape: Shape,
    slots: Vec<Sum>,
    total: Sum,
    /// Milliseconds; 0 before the first value.
    last: u64,
}

impl Series {
    pub(crate) fn new(shape: Shape) -> Series {
        let slots = vec![Sum::default(); usize::try_from(shape.slots).unwrap_or(1)];
        Series { shape, slots, total: Sum::default(), last: 0 }
    }

    fn slot(&self, time: u64) -> usize {
        let size = (self.shape.window / self.shape.slots).max(1);
        let slot = time % self.shape.window / size;
        // the window may not divide evenly: the last slot takes what is left
        usize::try_from(slot).unwrap_or(0).min(self.slots.len() - 1)
    }

    /// Forgets what has left the window.
    fn advance(&mut self, now: u64) {
        let now = now.max(self.last);
        if now - self.last >= self.shape.window {
            self.slots.fill(Sum::default());
            self.total = Sum::default();
        } else {
            let (mut at, to) = (self.slot(self.last), self.slot(now));
            while at != to {
                at = (at + 1) % self.slots.len();
                self.total.take_away(std::mem::take(&mut self.slots[at]));
            }
        }
        self.last = now;
    }

    pub(crate) fn add(&mut self, now: u64, value: i32) {
        self.advance(now);
        let slot = self.slot(self.last);
        self.slots[slot].add(value.into());
        self.total.add(value.into());
    }

    pub(crate) fn value(&mut self, now: u64) -> i64 {
        if self.last == 0 {
            return 0;
        }
        self.advance(now);
        let total = self.total;
        match self.shape.algorithm {
            Algorithm::Accumulate => total.sum,
            Algorithm::Average => total.sum.checked_div(total.count).unwrap_or(0),
            Algorithm::Percentage => {
                let all = total.positive.wrapping_add(total.negative);
                total.positive.wrapping_mul(self.shape.factor).checked_div(all).unwrap_or(0)
            }
        }
    }
}

impl Profiles {
    /// Reads `stat_series_profile`.
    pub(crate) fn read(texts: &[String], statistics: &Statistics) -> Result<Profiles, String> {
        let mut profiles = HashMap::new();
        let mut groups: Vec<String> = Vec::new();
        for text in texts {
            let (name, attributes) = text.split_once(':').unwrap_or((text, ""));
            let name = name.trim();
            let (shape, group) = parse(attributes).map_err(|why| format!("profile {name}: {why}"))?;
            let group = group.unwrap_or_else(|| name.to_owned());
            let ours = groups.iter().any(|g| g.eq_ignore_ascii_case(&group));
            // a group of something else cannot grow, as in OpenSIPS
            let group = if statistics.has_group(&group) && !ours { DYNAMIC.to_owned() } else { group };
            statistics.declare_group(&group);
            groups.push(group.clone());
            let profile = Profile { shape, group, series: Mutex::default() };
            if profiles.insert(name.to_ascii_lowercase(), profile).is_some() {
                return Err(format!("profile {name} stands there twice"));
            }
        }
        Ok(Profiles(profiles))
    }
}

/// `key=value key=value`
pub(crate) fn parse(attributes: &str) -> Result<(Shape, Option<String>), String> {
    let (mut algorithm, mut window, mut slots, mut factor) = (Algorithm::Accumulate, 60, 0, 100);
    let mut group = None;
    for attribute in attributes.split_whitespace() {
        let (key, value) = attribute.split_once('=').ok_or_else(|| format!("{attribute} is no key=value"))?;
        let number = || value.parse::<u32>().map_err(|_| format!("{value} is no number for {key}"));
        match &*key.to_ascii_lowercase() {
            "hash_size" => drop(number()?),
            "group" => group = Some(value.to_owned()),
            "window" => window = number()?,
            "slots" => slots = number()?,
            "percentage_factor" => factor = number().and_then(power_of_ten)?,
            "algorithm" => {
                algorithm = match &*value.to_ascii_lowercase() {
                    "accumulate" => Algorithm::Accumulate,
                    "average" => Algorithm::Average,
                    "percentage" => Algorithm::Percentage,
                    _ => return Err(format!("there is no algorithm {value}")),
                }
            }
            _ => return Err(format!("there is no attribute {key}")),
        }
    }
    let slots = u64::from(if slots == 0 { window } else { slots });
    let window = u64::from(window) * 1000;
    if window == 0 || slots > SLOTS_MAX || slots > window {
        return Err(format!("a window of {window} ms cannot have {slots} slots; at most {SLOTS_MAX}"));
    }
    Ok((Shape { algorithm, window, slots, factor: factor.into() }, group))
}

fn power_of_ten(n: u32) -> Result<u32, String> {
    let is_power = n > 0 && 10u32.pow(n.ilog10()) == n;
    is_power.then_some(n).ok_or_else(|| format!("percentage_factor must be a power of 10, not {n}"))
}

/// Adds a value to a series, which is made when new.
pub fn update_stat_series(cx: &mut Context, profile: Text, name: Text, value: i32) -> i32 {
    let key = String::from_utf8_lossy(&profile).to_ascii_lowercase();
    let Some(profile) = cx.shared().state::<Profiles>().and_then(|p| p.0.get(&key)) else {
        cx.log(Level::Error, "update_stat_series", format_args!("there is no profile {key}"));
        return -1;
    };
    let Some(series) = profile.series_named(&cx.shared().statistics, &name) else {
        let name = String::from_utf8_lossy(&name);
        cx.log(Level::Error, "update_stat_series", format_args!("could not create the series {name}"));
        return -1;
    };
    series.lock().add(now_ms(cx), value);
    1
}

impl Profile {
    /// A series, made when new; `None` when another statistic has that name, or there are too many.
    fn series_named(&self, statistics: &Statistics, name: &Text) -> Option<Arc<Mutex<Series>>> {
        let mut all = self.series.lock();
        if let Some(known) = all.get(name) {
            return Some(known.clone());
        }
        let shown = String::from_utf8_lossy(name).into_owned();
        if statistics.named(&shown).is_some() || statistics.count() >= STATISTICS_MAX || shown.is_empty() {
            return None;
        }
        let series = Arc::new(Mutex::new(Series::new(self.shape)));
        let read = series.clone();
        statistics.add(&self.group, &shown, Source::Timed(Arc::new(move |now| read.lock().value(now))));
        all.insert(Text::copy_from_slice(name), series.clone());
        Some(series)
    }
}
