//! Few workers at low load: one worker serves the shares of others as long as it has time for them.
//!
//! The messages of a call come from two sides, in two flows, and the kernel gives these to any two sockets. Two workers
//! on two processors then pass every transaction from cache to cache, message by message, and each wakes for half of the
//! datagrams: a relayed call costs a sixth more processor time than with one worker. So one worker, the *gatherer*,
//! serves all shares to begin with. When it is busy it sends the busiest one home to its own worker; when more comes
//! than it can take, all of them at once; when there is time again it fetches one after the other. Under load every
//! worker serves its own share.
//!
//! [`Gathering`] decides and has no clock; [`govern`] asks it and does what it says.

use std::rc::Rc;
use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};

use crate::inlets::Inlets;

/// How often the gatherer looks at its load; and when nothing came since it looked last.
const PERIOD: Duration = Duration::from_millis(250);
const QUIET: Duration = Duration::from_secs(2);
/// Percent of a processor: a gatherer busier than this sends a share home.
const BUSY: u64 = 75;
/// It fetches one when it will not be busier than this.
const CALM: u64 = 45;
/// Periods without a fetch after more came than it could take.
const REST: u32 = 4;
/// Nanoseconds that a datagram is taken to cost as long as there are too few to tell; and the bounds of what is believed.
const COST: u64 = 20_000;
const COSTS: (u64, u64) = (2_000, 1_000_000);
/// Datagrams in a period that tell the cost.
const TELLING: u64 = 200;

/// A worker's part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It serves its own share, always.
    Alone,
    /// It serves the shares of all others too as long as it has time.
    Gatherer,
    /// It serves its own share when the gatherer has no time.
    Gathered,
}

impl Role {
    /// That of one worker of so many. The last one gathers: the first has the jobs of the process.
    pub fn of(number: usize, workers: usize, spread: bool) -> Role {
        match number + 1 {
            _ if spread || workers < 2 => Role::Alone,
            next if next == workers => Role::Gatherer,
            _ => Role::Gathered,
        }
    }
}

/// What the gatherer should do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Stay,
    /// Serve this share too.
    Fetch(usize),
    /// Send this share home.
    Release(usize),
}

/// Who serves which share, and why.
pub struct Gathering {
    number: usize,
    /// Whether the gatherer serves it, by share.
    gathered: Vec<bool>,
    /// Datagrams of each share, so far.
    counts: Vec<u64>,
    /// Processor time of the gatherer so far, in nanoseconds.
    spent: u64,
    rest: u32,
}

impl Gathering {
    /// Worker `number` serves the shares of all workers.
    pub fn new(number: usize, workers: usize) -> Gathering {
        Gathering { number, gathered: vec![true; workers], counts: vec![0; workers], spent: 0, rest: 0 }
    }

    /// After a period of so many nanoseconds; `spent` is the gatherer's processor time, `counts` the datagrams of each
    /// share, both since it began.
    pub fn look(&mut self, period: u64, spent: u64, counts: &[u64]) -> Step {
        let came: Vec<u64> =
            counts.iter().zip(&self.counts).map(|(now, before)| now.saturating_sub(*before)).collect();
        let worked = spent.saturating_sub(self.spent);
        self.counts = counts.to_vec();
        self.spent = spent;
        self.rest = self.rest.saturating_sub(1);
        if worked * 100 > period * BUSY {
            let Some((_, share)) = self.others(true, &came).filter(|(count, _)| *count > 0).max() else {
                return Step::Stay;
            };
            self.gathered[share] = false;
            return Step::Release(share);
        }
        let Some((count, share)) = self.others(false, &came).min().filter(|_| self.rest == 0) else {
            return Step::Stay;
        };
        if (worked + count * self.cost(worked, &came)) * 100 > period * CALM {
            return Step::Stay;
        }
        self.gathered[share] = true;
        Step::Fetch(share)
    }

    /// The shares of others that are gathered, or are not, each after its count.
    fn others(&self, gathered: bool, came: &[u64]) -> impl Iterator<Item = (u64, usize)> {
        let counted = came.iter().zip(&self.gathered).enumerate();
        counted
            .filter(move |(share, (_, at))| *share != self.number && **at == gathered)
            .map(|(share, (count, _))| (*count, share))
    }

    /// What a datagram costs the gatherer, in nanoseconds.
    fn cost(&self, worked: u64, came: &[u64]) -> u64 {
        let own: u64 =
            came.iter().zip(&self.gathered).filter(|(_, gathered)| **gathered).map(|(n, _)| n).sum();
        if own < TELLING { COST } else { (worked / own).clamp(COSTS.0, COSTS.1) }
    }

    /// More comes than the gatherer can take; the shares to send home.
    pub fn crowded(&mut self) -> Vec<usize> {
        self.rest = REST;
        let number = self.number;
        let sent = |(share, gathered): (usize, &mut bool)| {
            (share != number && std::mem::replace(gathered, false)).then_some(share)
        };
        self.gathered.iter_mut().enumerate().filter_map(sent).collect()
    }
}

/// Gathers and spreads, on the gatherer, as long as the process lives.
pub async fn govern(inlets: Rc<Inlets>, mut gathering: Gathering) {
    let (mut last, mut counts, mut pause) = (Instant::now(), Vec::new(), PERIOD);
    loop {
        tokio::select! {
            () = inlets.crowded.notified() => {
                for share in gathering.crowded() {
                    inlets.release(share).await;
                }
            }
            () = tokio::time::sleep_until((last + pause).into()) => {
                let period = nanoseconds(last.elapsed());
                last = Instant::now();
                let before = std::mem::replace(&mut counts, inlets.shares().counts());
                pause = if before == counts { QUIET } else { PERIOD };
                match gathering.look(period, spent(), &counts) {
                    Step::Stay => {}
                    Step::Fetch(share) => inlets.fetch(share),
                    Step::Release(share) => inlets.release(share).await,
                }
            }
        }
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Processor time of this thread, in nanoseconds. A system that does not tell has a gatherer that sends nothing home but
/// by [`Gathering::crowded`].
fn spent() -> u64 {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(0, |time| nanoseconds(Duration::from(time)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUARTER: u64 = 250_000_000;

    /// Goes through periods: percent of a processor that the gatherer spent, datagrams of each share; what it does.
    fn follow(gathering: &mut Gathering, periods: &[(u64, &[u64])]) -> Vec<Step> {
        let (mut spent, mut counts) = (gathering.spent, gathering.counts.clone());
        let mut one = |(percent, came): &(u64, &[u64])| {
            spent += QUARTER * percent / 100;
            counts.iter_mut().zip(*came).for_each(|(count, n)| *count += n);
            gathering.look(QUARTER, spent, &counts)
        };
        periods.iter().map(&mut one).collect()
    }

    #[test]
    fn the_last_worker_gathers_where_there_are_several() {
        let roles = |workers, spread| (0..workers).map(|n| Role::of(n, workers, spread)).collect::<Vec<_>>();
        assert_eq!(roles(1, false), [Role::Alone]);
        assert_eq!(roles(3, false), [Role::Gathered, Role::Gathered, Role::Gatherer]);
        assert_eq!(roles(2, true), [Role::Alone, Role::Alone]);
    }

    #[test]
    fn a_busy_gatherer_sends_the_busiest_share_home_and_fetches_it_when_there_is_time() {
        let mut g = Gathering::new(2, 3);
        let steps = follow(
            &mut g,
            &[
                (60, &[900, 1000, 800]),  // busy, but not too busy
                (80, &[900, 1000, 800]),  // the busiest goes, not its own
                (50, &[900, 1000, 800]),  // with share 1 it would be busy again
                (80, &[900, 1000, 800]),  // another one
                (75, &[900, 1000, 2000]), // it has but its own now
                (20, &[100, 50, 1000]),   // time again: first the one with least to do
                (22, &[100, 50, 1000]),
                (24, &[100, 50, 1000]),
            ],
        );
        use Step::{Fetch, Release, Stay};
        assert_eq!(steps, [Stay, Release(1), Stay, Release(0), Stay, Fetch(1), Fetch(0), Stay]);
    }

    #[test]
    fn too_much_at_once_sends_all_home_for_a_while() {
        let mut g = Gathering::new(3, 4);
        assert_eq!(g.crowded(), [0, 1, 2]);
        assert_eq!(g.crowded(), [0; 0], "they are at home");
        let idle: (u64, &[u64]) = (1, &[1; 4]);
        let steps = follow(&mut g, &[idle; REST as usize + 3]);
        let (waited, fetched) = steps.split_at(REST as usize - 1);
        assert!(waited.iter().all(|step| *step == Step::Stay), "{steps:?}");
        assert_eq!(fetched, [Step::Fetch(0), Step::Fetch(1), Step::Fetch(2), Step::Stay]);
    }

    #[test]
    fn a_share_that_is_dear_is_not_fetched() {
        let mut g = Gathering::new(1, 2);
        g.crowded();
        g.rest = 1;
        // 300 datagrams for 30 %: with 300 more it would be at 60
        assert_eq!(follow(&mut g, &[(30, &[300, 300]), (30, &[100, 300])]), [Step::Stay, Step::Fetch(0)]);
    }
}
