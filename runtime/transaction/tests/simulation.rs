//! Random lives of transactions: replies, losses, timeouts, cancels, replies of the script and new branches
//! while a failure is being decided, with the rules that hold after each step.
//!
//! `SIM_SEEDS=n` runs so many lives instead of 2,000; `SIM_SEED=n` runs one and prints it.

use std::collections::VecDeque;

use sipc_transaction::{Action, Actions, CancelCause, Kind, Phase, Settings, Time, Transaction};

/// Events of one life, before it is left to its timers.
const EVENTS: usize = 40;
/// Most branches of one life.
const BRANCHES: usize = 8;

/// splitmix64: small, and any seed is good.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick(&mut self, codes: &[u16]) -> u16 {
        codes[self.below(codes.len() as u64) as usize]
    }
}

/// What the simulation knows of a branch.
#[derive(Default, Clone)]
struct Seen {
    phony: bool,
    provisional: bool,
    /// A final reply was received, or one was made for it.
    done: bool,
    /// A final reply was received.
    answered: bool,
    /// It was not a 2xx.
    refused: bool,
    cancelled: bool,
    unsent: bool,
    /// Its request turned out not to have left.
    lost: bool,
}

/// One life.
struct Life {
    random: Random,
    machine: Transaction,
    now: Time,
    branches: Vec<Seen>,
    /// A 2xx leaves the other phones ringing.
    kept: bool,
    /// A failure route is running.
    deciding: bool,
    /// Branches may still be added: not when the life is left to its timers.
    growing: bool,
    relayed: Vec<u16>,
    made_here: bool,
    ended: bool,
    trace: Vec<String>,
}

impl Life {
    fn new(seed: u64) -> Life {
        let mut random = Random(seed);
        let kind = if random.chance(70) { Kind::Invite } else { Kind::Other };
        let settings = Settings {
            final_response: 1_000 * (1 + random.below(30)),
            invite_final_response: 1_000 * (1 + random.below(120)),
            restart_on_each_reply: random.chance(50),
            disable_6xx_block: random.chance(20),
            ..Settings::default()
        };
        let mut machine = if random.chance(15) {
            Transaction::local(kind, settings)
        } else {
            Transaction::server(kind, random.chance(30), settings)
        };
        let kept = random.chance(10);
        if kept {
            machine.keep_branches();
        }
        Life {
            random,
            machine,
            now: Time(0),
            branches: Vec::new(),
            kept,
            deciding: false,
            growing: true,
            relayed: Vec::new(),
            made_here: false,
            ended: false,
            trace: Vec::new(),
        }
    }

    fn run(&mut self) {
        self.begin();
        for _ in 0..EVENTS {
            self.event();
            self.rules();
        }
        self.finish();
    }

    fn note(&mut self, text: String) {
        self.trace.push(format!("{:>7} {text}", self.now.0));
    }

    /// What a main route does: forward, reply, wait for branches, or nothing at all.
    fn begin(&mut self) {
        match self.random.below(10) {
            0 => self.local_reply(),
            1 if self.machine.kind() == Kind::Invite && !self.machine.is_local() => {
                self.note("expects branches".into());
                let most = self.random.chance(30).then(|| self.random.below(3) as usize);
                self.machine.branch_expected(most, self.now);
                self.branches.push(Seen { phony: true, ..Seen::default() });
            }
            2 => {}
            _ => {
                for _ in 0..=self.random.below(3) {
                    self.new_branch();
                }
            }
        }
        self.machine.release(self.now);
    }

    fn event(&mut self) {
        match self.random.below(100) {
            0..45 => self.reply(),
            45..65 => self.time_passes(),
            65..70 => self.cancel(),
            70..75 => self.cancel_answered(),
            75..78 => self.local_reply(),
            78..82 => self.request_again(),
            82..86 => self.machine.ack(self.now),
            86..88 => self.branch_fails(),
            88..90 => self.new_round(),
            90..92 => self.cancel_some(),
            _ => self.decide(),
        }
    }

    fn new_branch(&mut self) {
        if !self.growing || self.branches.len() >= BRANCHES || !self.machine.accepts_branches() {
            return;
        }
        if self.random.chance(5) {
            let branch = self.machine.branch_unsent(477, self.now);
            self.note(format!("branch {branch} cannot be sent"));
            self.branches.push(Seen { done: true, unsent: true, ..Seen::default() });
            return;
        }
        let reliable = self.random.chance(20);
        let branch = self.machine.branch_sent(self.now, reliable);
        assert_eq!(branch, self.branches.len(), "branches are numbered in order");
        if self.random.chance(10) {
            self.machine.set_minor(branch);
        }
        self.note(format!("branch {branch}"));
        self.branches.push(Seen::default());
    }

    /// `t_relay` once more in the main route.
    fn new_round(&mut self) {
        if self.machine.phase() == Phase::Active && self.machine.accepts_branches() && !self.deciding {
            self.machine.start_round();
            self.new_branch();
        }
    }

    fn any_branch(&mut self) -> Option<usize> {
        let n = self.branches.len() as u64;
        (n > 0)
            .then(|| self.random.below(n) as usize)
            .filter(|b| !self.branches[*b].phony && !self.branches[*b].unsent)
    }

    fn reply(&mut self) {
        let Some(branch) = self.any_branch() else { return };
        let codes = [100, 180, 180, 183, 200, 200, 302, 401, 404, 408, 486, 487, 500, 503, 603];
        let code = self.random.pick(&codes);
        self.note(format!("{code} on branch {branch}"));
        self.machine.reply_arrived(branch, code);
        let refused = self.branches[branch].refused;
        let seen = &mut self.branches[branch];
        seen.provisional |= code < 200 && !self.ended;
        seen.done |= code >= 200;
        seen.answered |= code >= 200;
        seen.refused |= code >= 300;
        if code < 200 && self.random.chance(10) {
            self.note("a reply route drops it".into());
            let mut out = Actions::new();
            self.machine.reply_dropped(branch, self.now, &mut out);
            return self.perform(out);
        }
        let mut out = Actions::new();
        self.machine.reply(branch, code, self.now, &mut out);
        if self.machine.kind() == Kind::Invite && (200..300).contains(&code) && !refused && !self.ended {
            assert!(out.contains(&Action::Relay(branch, code)), "a 2xx does not reach the caller");
        }
        self.perform(out);
    }

    fn time_passes(&mut self) {
        let ms = match self.machine.deadline() {
            Some(at) if self.random.chance(70) => at.since(self.now),
            _ => self.random.below(3_000),
        };
        self.advance(ms);
    }

    fn advance(&mut self, ms: u64) {
        self.now = self.now + ms;
        let mut out = Actions::new();
        self.machine.timeout(self.now, &mut out);
        self.note(format!("timeout: {out:?}"));
        assert!(self.machine.deadline().is_none_or(|at| at > self.now), "a deadline is left in the past");
        self.perform(out);
    }

    fn cancel(&mut self) {
        if self.machine.is_local() || self.machine.kind() != Kind::Invite {
            return;
        }
        self.note("the caller cancels".into());
        let mut out = Actions::new();
        self.machine.cancel(self.now, &mut out);
        self.perform(out);
    }

    fn cancel_some(&mut self) {
        let even = self.random.chance(50);
        let mut out = Actions::new();
        self.note("the script cancels branches".into());
        self.machine.cancel_some(self.now, CancelCause::Other, |b| (b % 2 == 0) == even, &mut out);
        self.perform(out);
    }

    fn cancel_answered(&mut self) {
        let Some(branch) = self.any_branch().filter(|b| self.branches[*b].cancelled) else { return };
        let code = self.random.pick(&[100, 200, 481]);
        self.machine.cancel_answered(branch, code);
    }

    fn local_reply(&mut self) {
        if !self.machine.can_reply() {
            return;
        }
        let code = self.random.pick(&[180, 183, 200, 404, 486, 603]);
        self.note(format!("the script replies {code}"));
        self.made_here |= code >= 200;
        let mut out = Actions::new();
        self.goes_upstream(code, true, &mut out);
        self.perform(out);
    }

    fn request_again(&mut self) {
        let mut out = Actions::new();
        self.machine.request_again(&mut out);
        self.perform(out);
    }

    fn branch_fails(&mut self) {
        let Some(branch) = self.any_branch() else { return };
        self.note(format!("branch {branch} cannot be sent"));
        let mut out = Actions::new();
        self.machine.branch_failed(branch, 477, self.now, &mut out);
        (self.branches[branch].done, self.branches[branch].lost) = (true, true);
        self.perform(out);
    }

    /// The failure route that is running ends.
    fn decide(&mut self) {
        if !std::mem::take(&mut self.deciding) {
            return;
        }
        let before = self.branches.len();
        if self.random.chance(40) && self.machine.accepts_branches() {
            self.machine.start_round();
            for _ in 0..=self.random.below(2) {
                self.new_branch();
            }
        } else if self.random.chance(20) {
            self.local_reply();
        }
        let forwarded = self.branches[before..].iter().any(|seen| !seen.unsent);
        self.note(format!("decided, new branches: {forwarded}"));
        let mut out = Actions::new();
        self.machine.decided(forwarded, self.now, &mut out);
        self.perform(out);
    }

    fn perform(&mut self, actions: Actions) {
        let mut queue: VecDeque<Action> = actions.into_iter().collect();
        while let Some(action) = queue.pop_front() {
            assert!(!self.ended, "{action:?} after the end");
            if let Action::Fail(branch, code) = action {
                assert_eq!(self.machine.phase(), Phase::Deciding);
                assert!(code >= 300 && self.machine.branches()[branch].is_final());
                assert!(!self.deciding, "two failures are decided at a time");
                self.note(format!("failure {code} on branch {branch}"));
                assert!(queue.is_empty(), "what follows would wait for the failure route");
                self.deciding = true;
                if !self.growing || self.random.chance(60) {
                    self.decide();
                }
                return;
            }
            self.one(action, &mut queue);
        }
    }

    fn one(&mut self, action: Action, queue: &mut VecDeque<Action>) {
        let invite = self.machine.kind() == Kind::Invite;
        match action {
            Action::SendRequest(b) => {
                let seen = &self.branches[b];
                assert!(!seen.phony && !seen.done, "a request is sent again after its final reply");
                assert!(!(invite && seen.provisional), "an INVITE is sent again after a reply");
            }
            Action::Cancel(b, _) => {
                let seen = &mut self.branches[b];
                assert!(invite && !seen.phony, "only INVITEs are cancelled");
                assert!(seen.provisional, "a CANCEL before a provisional reply");
                assert!(!seen.cancelled && !seen.answered, "a branch is cancelled twice, or after its end");
                seen.cancelled = true;
            }
            Action::SendCancel(b) => assert!(self.branches[b].cancelled, "no CANCEL was sent"),
            Action::SendReply => assert!(self.machine.status() > 0, "no reply was sent"),
            Action::Store(b) => self.branches[b].done = true,
            Action::Relay(b, code) => {
                assert!(b < self.branches.len() && code != 100);
                self.note(format!("{code} of branch {b} goes upstream"));
                let mut out = Actions::new();
                self.goes_upstream(code, false, &mut out);
                queue.extend(out);
            }
            Action::Fail(..) => unreachable!("handled by the caller"),
            Action::End => {
                assert_eq!(self.machine.phase(), Phase::Ended);
                self.note("the end".into());
                self.ended = true;
            }
        }
    }

    fn goes_upstream(&mut self, code: u16, made_here: bool, out: &mut Actions) {
        let last = self.relayed.last().copied().unwrap_or(0);
        let further = self.machine.kind() == Kind::Invite && (200..300).contains(&code);
        assert!(last < 200 || further && !made_here, "{code} goes upstream after {last}");
        self.relayed.push(code);
        self.machine.relayed(code, made_here, self.now, out);
    }

    fn rules(&self) {
        if self.ended {
            assert_eq!(self.machine.deadline(), None, "an ended transaction waits for something");
            return;
        }
        assert!(
            self.deciding || self.machine.phase() != Phase::Deciding || self.made_here || self.was_answered()
        );
        let cancelled = self.branches.iter().zip(self.machine.branches()).filter(|(seen, _)| seen.cancelled);
        assert!(cancelled.into_iter().all(|(seen, _)| seen.provisional));
    }

    fn was_answered(&self) -> bool {
        self.relayed.last().is_some_and(|code| *code >= 200)
    }

    /// Nothing more happens: timers alone must end it.
    fn finish(&mut self) {
        self.growing = false;
        self.decide();
        let s = *self.machine.settings();
        // a whole round, the CANCEL, the wait for the ACK, and the wait for retransmissions
        let longest = s.invite_final_response + 3 * s.final_response + 2 * s.wait + 5_000;
        let bound = self.now + longest;
        while !self.ended {
            let next = self.machine.deadline().expect("a transaction that has not ended waits for something");
            assert!(next <= bound, "it lives longer than its timers");
            self.advance(next.since(self.now));
            self.rules();
        }
        let untouched = self.branches.iter().all(|seen| seen.unsent);
        assert!(untouched || self.was_answered(), "nobody was told how it ended");
        let rings = |seen: &Seen| seen.provisional && !seen.answered && !seen.cancelled && !seen.lost;
        let ends = self.machine.kind() == Kind::Invite && !self.kept;
        let ringing = self.branches.iter().position(rings).filter(|_| ends);
        assert_eq!(ringing, None, "the phone of this branch rings for ever");
        for _ in 0..EVENTS {
            self.event();
        }
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn every_life_keeps_the_rules() {
    let one = number("SIM_SEED");
    let seeds = one.map_or(0..number("SIM_SEEDS").unwrap_or(2_000), |seed| seed..seed + 1);
    for seed in seeds {
        let mut life = Life::new(seed);
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| life.run()));
        if result.is_err() || one.is_some() {
            eprintln!("{}", life.trace.join("\n"));
        }
        assert!(result.is_ok(), "SIM_SEED={seed} breaks a rule, see above");
    }
}
