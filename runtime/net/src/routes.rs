//! Which address of this machine its routing table sends from (`mhomed`).

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::time::{Duration, Instant};

/// How long an answer is good: routes change, and nobody tells.
const GOOD: Duration = Duration::from_secs(10);
/// Answers kept at a time.
const ANSWERS_MAX: usize = 4096;

/// The routing table as one worker has asked it.
#[derive(Default)]
pub struct Routes(RefCell<HashMap<IpAddr, (Instant, Option<IpAddr>)>>);

impl Routes {
    /// The address that what goes to another leaves from. Asks the system at most every ten seconds.
    pub fn local_address(&self, to: IpAddr) -> Option<IpAddr> {
        let now = Instant::now();
        let mut answers = self.0.borrow_mut();
        if let Some((_, answer)) = answers.get(&to).filter(|(at, _)| now.duration_since(*at) < GOOD) {
            return *answer;
        }
        if answers.len() >= ANSWERS_MAX {
            answers.clear();
        }
        let answer = ask(to);
        answers.insert(to, (now, answer));
        answer
    }
}

/// A datagram socket that is connected sends nothing; the system only chooses its address.
fn ask(to: IpAddr) -> Option<IpAddr> {
    let any = match to {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect((to, 9)).ok()?;
    socket.local_addr().ok().map(|a| a.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_reached_from_loopback() {
        let routes = Routes::default();
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        assert_eq!((routes.local_address(local), routes.local_address(local)), (Some(local), Some(local)));
    }
}
