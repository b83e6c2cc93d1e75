//! The machine's load, bytes that wait in the sockets, and the controller of FEEDBACK.
//!
//! They are read by a thread of its own: what reads files does not belong on a worker.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sipc_engine::log::Level;
use sipc_engine::setup::InitResult;
use sipc_engine::shared::Shared;

use crate::State;

/// What the thread has read last.
#[derive(Default)]
pub struct Measured {
    /// Bits of a number from 0 to 1.
    load: AtomicU64,
    waiting: AtomicU64,
}

impl Measured {
    /// How busy the processors were, from 0 to 1.
    pub fn load(&self) -> f64 {
        f64::from_bits(self.load.load(Ordering::Relaxed))
    }

    /// Bytes that wait to be read.
    pub fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }
}

/// A controller with a proportional, an integral and a differential part.
#[derive(Debug)]
pub struct Controller {
    /// The load that is wanted, in percent; that of the first pipe.
    pub limit: Option<i32>,
    /// Factors of the error, of its sum and of its change.
    pub kp: f64,
    /// See `kp`.
    pub ki: f64,
    /// See `kp`.
    pub kd: f64,
    sum: f64,
    last: f64,
    /// Percent that does not pass.
    pub drop_rate: i32,
}

impl Default for Controller {
    fn default() -> Controller {
        Controller { limit: None, kp: 0.0, ki: -25.0, kd: 0.0, sum: 0.0, last: 0.0, drop_rate: 0 }
    }
}

impl Controller {
    /// The end of an interval with this load.
    pub fn update(&mut self, load: f64) {
        let error = 0.01 * f64::from(self.limit.unwrap_or(0)) - load;
        // a long time of low load is no credit
        if self.sum < 0.0 || error < 0.0 {
            self.sum += error;
        }
        let rate = self.kp * error + self.ki * self.sum + self.kd * (error - self.last);
        self.last = error;
        self.drop_rate = rate.clamp(0.0, 1e6) as i32;
    }
}

/// Ticks of the processors: all, and those in which they had nothing to do.
fn ticks(stat: &str) -> Option<(u64, u64)> {
    let line = stat.lines().find_map(|l| l.strip_prefix("cpu "))?;
    let all: Vec<u64> = line.split_ascii_whitespace().take(8).map_while(|n| n.parse().ok()).collect();
    Some((all.iter().sum(), *all.get(3)?))
}

/// Bytes that wait in the sockets on some addresses, by the text of `/proc/net/udp` and its kin.
pub fn waiting_bytes(table: &str, ours: &[SocketAddr]) -> u64 {
    let bytes = |line: &str| {
        let mut fields = line.split_ascii_whitespace();
        let local = address(fields.nth(1)?)?;
        let queues = fields.nth(2)?;
        let is_ours = ours.iter().any(|o| o.port() == local.port() && o.ip() == local.ip());
        let waiting = u64::from_str_radix(queues.split_once(':')?.1, 16).ok()?;
        is_ours.then_some(waiting)
    };
    table.lines().skip(1).filter_map(bytes).sum()
}

/// `0100007F:13C4`: words of an address, each with its bytes in the machine's order.
fn address(text: &str) -> Option<SocketAddr> {
    let (host, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let mut bytes = Vec::with_capacity(16);
    let mut rest = host;
    while let Some((word, after)) = rest.split_at_checked(8).filter(|(word, _)| !word.is_empty()) {
        bytes.extend(u32::from_str_radix(word, 16).ok()?.to_ne_bytes());
        rest = after;
    }
    let ip = match <[u8; 4]>::try_from(bytes.as_slice()) {
        Ok(four) => IpAddr::V4(Ipv4Addr::from(four)),
        Err(_) => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)),
    };
    Some(SocketAddr::new(ip.to_canonical(), port))
}

/// Starts the thread.
pub fn serve(shared: &Arc<Shared>) -> InitResult {
    let shared = shared.clone();
    let thread = std::thread::Builder::new().name("ratelimit".into());
    thread.spawn(move || measure(&shared)).map(drop).map_err(|e| format!("cannot start a thread: {e}"))
}

fn measure(shared: &Shared) {
    let Some(state) = shared.state::<State>() else { return };
    let pause = Duration::from_secs(u64::from(state.rules.interval));
    let mut ours: Vec<SocketAddr> = shared.sockets.iter().map(|s| s.address).collect();
    ours.iter_mut().for_each(|a| a.set_ip(a.ip().to_canonical()));
    let mut before = None;
    loop {
        let now = std::fs::read_to_string("/proc/stat").ok().and_then(|text| ticks(&text));
        if now.is_none() && before.is_none() {
            shared.log.message(Level::Error, "ratelimit", format_args!("cannot read /proc/stat"));
        }
        if let (Some((all, idle)), Some((all_before, idle_before))) = (now, before)
            && all > all_before
        {
            let share = idle.saturating_sub(idle_before) as f64 / (all - all_before) as f64;
            state.measured.load.store((1.0 - share).to_bits(), Ordering::Relaxed);
        }
        before = now.or(before);
        let tables = ["udp", "udp6", "tcp", "tcp6"];
        let read = |name| std::fs::read_to_string(format!("/proc/net/{name}")).unwrap_or_default();
        let waiting = tables.into_iter().map(|name| waiting_bytes(&read(name), &ours)).sum();
        state.measured.waiting.store(waiting, Ordering::Relaxed);
        std::thread::sleep(pause);
    }
}
