//! What one server can do, by the light load: response times, the highest rate without a failed call, the cost of a call at
//! several rates, memory per open call.

use std::net::{SocketAddr, SocketAddrV4};
use std::thread::sleep;
use std::time::Duration;

use crate::Fault;
use crate::bench::Field;
use crate::load::{Outcome, Plan, Work, run};
use crate::peer::Server;
use crate::process;
use crate::scenario::Called;

/// How long a try lasts, seconds.
const TRY: f64 = 2.0;
/// Where the search for the highest rate begins, calls a second.
const LOWEST: f64 = 500.0;
/// A rate that no load here reaches.
const HIGHEST: f64 = 1_000_000.0;
/// Rates are told apart that differ by more than this part.
const CLOSE: f64 = 1.05;
/// The load itself cannot keep up with what it is told when it falls behind by more.
const BEHIND: f64 = 0.95;
/// How often it may be late.
const PATIENT: usize = 3;
/// How long a server may take to recover from more than it can do.
const RECOVERY: Duration = Duration::from_secs(4);
/// Open calls at both moments when memory is looked at: what both have is not counted.
const OPEN: [u64; 2] = [5_000, 25_000];

/// The highest rate.
#[derive(Clone, Copy, Debug)]
pub struct Highest {
    /// Calls a second, none of which failed.
    pub rate: f64,
    /// Whether it was the load that could not do more.
    pub of_the_load: bool,
}

/// A load of a scenario on a server.
pub fn plan<'a>(field: &'a Field, work: Work, server: &Server, calls: u64, rate: f64) -> Plan<'a> {
    let SocketAddr::V4(v4) = server.address else { unreachable!("servers listen on 127.0.0.1") };
    let target = if field.scenario.called == Called::Address { field.called } else { server.address };
    plan_to(field, work, v4, target, calls, rate)
}

fn plan_to<'a>(
    field: &'a Field,
    work: Work,
    server: SocketAddrV4,
    target: SocketAddr,
    calls: u64,
    rate: f64,
) -> Plan<'a> {
    let patience = Duration::from_secs(3);
    Plan { work, server, target, called: field.called, calls, rate, user: &field.user, patience }
}

/// Calls at a rate for some seconds, and the processor time of each, microseconds.
pub fn cost(field: &Field, server: &Server, rate: f64, seconds: f64) -> Result<(Outcome, f64), Fault> {
    let calls = (rate * seconds).max(1.0) as u64;
    let pids = process::tree(server.pid());
    let before = process::taken(&pids);
    let outcome = run(&plan(field, field.scenario.work, server, calls, rate))?;
    let cpu = process::taken(&pids).since(before).total() / outcome.begun.max(1) as f64;
    Ok((outcome, cpu))
}

/// Doubles the rate until a call fails, then halves the way in between.
pub fn highest(field: &Field, server: &Server) -> Result<Highest, Fault> {
    let (mut good, mut bad) = (0.0, HIGHEST);
    let mut rate = LOWEST;
    let mut late = 0;
    while rate < bad && bad / rate > CLOSE {
        let (outcome, _) = cost(field, server, rate, TRY)?;
        if outcome.good == outcome.begun {
            if outcome.rate < rate * BEHIND {
                // once or twice it may have been something else that kept the machine busy
                late += 1;
                if late < PATIENT {
                    continue;
                }
                return Ok(Highest { rate: outcome.rate.max(good), of_the_load: true });
            }
            (good, late) = (rate, 0);
        } else {
            bad = rate;
            sleep(RECOVERY);
        }
        rate = if bad == HIGHEST { good * 2.0 } else { f64::midpoint(good, bad) };
        if good == 0.0 && bad <= LOWEST / 8.0 {
            break;
        }
    }
    Ok(Highest { rate: good, of_the_load: false })
}

/// Memory per call that rings, or per registration, bytes, on a server that has done nothing else.
pub fn memory(field: &Field, server: &Server) -> Result<f64, Fault> {
    let work = if field.scenario.work == Work::Call { Work::Ring } else { field.scenario.work };
    let mut seen = [0.0; 2];
    let mut open = 0;
    for (at, wanted) in OPEN.into_iter().enumerate() {
        let more = wanted - open;
        if opened(field, work, server, open, more, 2000.0)? < more {
            return Err(format!("not all of {wanted} calls are open"));
        }
        open = wanted;
        seen[at] = process::memory(&process::tree(server.pid()));
    }
    Ok((seen[1] - seen[0]) / (OPEN[1] - OPEN[0]) as f64)
}

/// Begins calls that stay open, from a number on; how many are.
pub fn opened(
    field: &Field,
    work: Work,
    server: &Server,
    from: u64,
    calls: u64,
    rate: f64,
) -> Result<u64, Fault> {
    let user = |n: u64| (field.user)(n + from);
    Ok(run(&Plan { user: &user, ..plan(field, work, server, calls, rate) })?.good)
}
