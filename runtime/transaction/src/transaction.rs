//! The state machine of one transaction: server side, branches, response context.

use smallvec::SmallVec;

use crate::branch::Cancelling;
use crate::pick::rank;
use crate::retry::Retry;
use crate::{Action, Actions, Branch, CancelCause, Settings, Time, Timeout};

/// Most branches a transaction ever has, over all rounds of forking.
const BRANCHES_MAX: usize = 256;

/// What kind of transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// INVITE: ACK, CANCEL and 2xx retransmissions have rules of their own.
    Invite,
    /// Any other method.
    Other,
}

/// Where the transaction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// No final reply went upstream.
    Active,
    /// Failure handlers are running.
    Deciding,
    /// A final reply went upstream; waiting for its ACK (INVITE, not 2xx, or a 2xx made here).
    Completed,
    /// Absorbing retransmissions until forgotten.
    Waiting,
    /// Over.
    Ended,
}

/// One transaction.
#[derive(Debug)]
pub struct Transaction {
    kind: Kind,
    /// Made here: nobody upstream.
    local: bool,
    settings: Settings,
    branches: SmallVec<[Branch; 2]>,
    /// The first branch of the present round; earlier ones are history.
    first: usize,
    /// The next branch begins a round.
    round_starts: bool,
    phase: Phase,
    /// The last code sent upstream; 0 before any.
    status: u16,
    cancelled: bool,
    no_new_branches: bool,
    /// A 2xx does not cancel the other branches (RFC 3841 `no-cancel`): each may answer.
    keeps_branches: bool,
    /// Branches when failure handlers started, to see whether they added any.
    branches_before: usize,
    picked: Option<usize>,
    upstream_reliable: bool,
    reply_retry: Option<Retry>,
    /// When an unacknowledged final reply is given up, or the waiting ends.
    end_at: Option<Time>,
}

impl Transaction {
    /// A transaction for a received request. `reliable` tells of its transport.
    pub fn server(kind: Kind, reliable: bool, settings: Settings) -> Transaction {
        Transaction {
            kind,
            local: false,
            settings,
            branches: SmallVec::new(),
            first: 0,
            round_starts: false,
            phase: Phase::Active,
            status: 0,
            cancelled: false,
            no_new_branches: false,
            keeps_branches: false,
            branches_before: 0,
            picked: None,
            upstream_reliable: reliable,
            reply_retry: None,
            end_at: None,
        }
    }

    /// A transaction for a request that is made here.
    pub fn local(kind: Kind, settings: Settings) -> Transaction {
        Transaction { local: true, ..Transaction::server(kind, true, settings) }
    }

    /// INVITE or not.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether it was made here.
    pub fn is_local(&self) -> bool {
        self.local
    }

    /// Where it stands.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The last code sent upstream; 0 before any.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether the caller cancelled it.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled
    }

    /// Whether a 6xx forbids further branches.
    pub fn is_closed(&self) -> bool {
        self.no_new_branches
    }

    /// The branches of all rounds.
    pub fn branches(&self) -> &[Branch] {
        &self.branches
    }

    /// The first branch of the present round.
    pub fn first_branch(&self) -> usize {
        self.first
    }

    /// The timers and policies.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Changes timers for what comes next (`$T_fr_timeout`, `$T_fr_inv_timeout`).
    pub fn set_settings(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// The branch whose failure is or was being handled.
    pub fn picked(&self) -> Option<usize> {
        self.picked
    }

    /// When [`Transaction::timeout`] must be called next.
    pub fn deadline(&self) -> Option<Time> {
        if self.phase == Phase::Ended {
            return None;
        }
        let branches = self.branches.iter().filter_map(Branch::deadline).min();
        [branches, self.reply_retry.map(|r| r.at), self.end_at].into_iter().flatten().min()
    }

    /// Which waits of branches end at `now`; asked before [`Transaction::timeout`] is told.
    pub fn expiring(&self, now: Time) -> impl Iterator<Item = Timeout> {
        let given_up = move |b: &Branch| b.give_up.filter(|(at, _)| *at <= now && !b.phony);
        self.branches.iter().filter_map(given_up).map(|(_, which)| which)
    }

    /// Whether new branches may be added.
    pub fn accepts_branches(&self) -> bool {
        !self.cancelled
            && !self.no_new_branches
            && self.status < 200
            && self.branches.len() < BRANCHES_MAX
            && matches!(self.phase, Phase::Active | Phase::Deciding)
    }

    /// A new round of branches starts with the next one, if one follows: those there are do not count for
    /// its outcome.
    ///
    /// A phony branch at the end stays: it stands for these.
    pub fn start_round(&mut self) {
        self.round_starts = true;
    }

    /// A request was sent on a new branch; gives its number.
    pub fn branch_sent(&mut self, now: Time, reliable: bool) -> usize {
        if std::mem::take(&mut self.round_starts) {
            let phony = self.branches.last().is_some_and(|b| b.phony && !b.is_final());
            self.first = self.branches.len() - usize::from(phony);
        }
        self.branches.push(Branch::sent(now, reliable, &self.settings));
        self.branches.len() - 1
    }

    /// The request of a new branch could not be sent; gives its number. It has failed, but that decides nothing
    /// by itself and begins no round: when no other was sent either, the caller knows.
    pub fn branch_unsent(&mut self, code: u16, now: Time) -> usize {
        let mut branch = Branch::sent(now, true, &self.settings);
        branch.stop_timers();
        branch.last = code;
        self.branches.push(branch);
        self.branches.len() - 1
    }

    /// Adds a branch that stands for branches to come, for `fr_inv_timeout`: as long as it waits nothing is decided.
    /// It waits for at most `most` branches, if that is given.
    pub fn branch_expected(&mut self, most: Option<usize>, now: Time) -> usize {
        let mut branch = Branch::waiting(now + self.settings.invite_final_response);
        branch.waits_until = most.map(|n| self.branches.len().saturating_add(n).saturating_add(1));
        self.branches.push(branch);
        self.branches.len() - 1
    }

    /// Adds a branch whose request goes by other ways than SIP, for `fr_timeout`: who got it replies in time, or 408 is the
    /// outcome.
    pub fn branch_elsewhere(&mut self, now: Time) -> usize {
        let until = self.settings.deadline(now, self.settings.final_response);
        self.branches.push(Branch::waiting(until));
        self.branches.len() - 1
    }

    /// The last phony branch of the round waits for `more` branches beside those there are and then no more; `false`
    /// when there is none.
    pub fn expect_no_more(&mut self, more: usize) -> bool {
        let count = self.branches.len();
        let waiting = self.branches.iter_mut().skip(self.first).rev().find(|b| b.phony);
        waiting.map(|b| b.waits_until = Some(count + more)).is_some()
    }

    /// Marks a branch as one that does not hold back the decision.
    pub fn set_minor(&mut self, branch: usize) {
        if let Some(b) = self.branches.get_mut(branch) {
            b.minor = true;
        }
    }

    /// A 2xx of one branch leaves the others ringing: each 2xx goes upstream.
    pub fn keep_branches(&mut self) {
        self.keeps_branches = true;
    }

    /// Cancels branches of the present round that are still open: those that `wanted` chooses.
    pub fn cancel_some(
        &mut self,
        now: Time,
        cause: CancelCause,
        wanted: impl Fn(usize) -> bool,
        out: &mut Actions,
    ) {
        self.cancel_chosen(now, cause, wanted, out);
    }

    /// The request was received again.
    pub fn request_again(&self, out: &mut Actions) {
        if self.status != 0 && self.phase != Phase::Ended {
            out.push(Action::SendReply);
        }
    }

    /// The ACK of a final reply was received (for a 2xx: only of one made here).
    pub fn ack(&mut self, now: Time) {
        if self.phase == Phase::Completed {
            self.wait(now);
        }
    }

    /// The caller cancels. Branches with a provisional reply are cancelled now, the others as soon as
    /// they get one. It means nothing to requests other than INVITE (RFC 3261 9.2).
    pub fn cancel(&mut self, now: Time, out: &mut Actions) {
        if self.kind != Kind::Invite {
            return;
        }
        self.cancelled = true;
        if self.status >= 200 || self.phase == Phase::Ended {
            return;
        }
        self.cancel_branches(now, CancelCause::Caller, out);
        let round = &self.branches[self.first..];
        if self.phase == Phase::Active && round.len() == 1 && round[0].phony && !round[0].is_final() {
            self.branch_failed(self.first, 487, now, out);
        }
    }

    /// A reply to the CANCEL of a branch was received.
    pub fn cancel_answered(&mut self, branch: usize, code: u16) {
        let Some(b) = self.branches.get_mut(branch) else { return };
        if code >= 200 {
            b.cancelling = Cancelling::Done;
        } else if let Cancelling::Sent { give_up, .. } = b.cancelling {
            b.cancelling = Cancelling::Sent { retry: None, give_up };
        }
    }

    /// A reply was received on a branch: stops its retransmissions. Call before any reply route runs,
    /// and [`Transaction::reply`] afterwards unless the route dropped it.
    pub fn reply_arrived(&mut self, branch: usize, code: u16) {
        let Some(b) = self.branches.get_mut(branch) else { return };
        b.retry = None;
        if code >= 200 {
            b.give_up = None;
        }
    }

    /// A reply of a branch is to be handled.
    pub fn reply(&mut self, branch: usize, code: u16, now: Time, out: &mut Actions) {
        // a reply route may have waited for so long that nothing is left of the transaction
        let Some(b) = self.branches.get_mut(branch).filter(|_| self.phase != Phase::Ended) else { return };
        let before = b.last;
        b.replied = true;
        if code >= 200 && b.cancelling == Cancelling::Wanted {
            b.cancelling = Cancelling::No;
        }
        match code {
            ..=199 => {
                self.heard(branch, now, out);
                self.provisional(branch, code, before, now, out);
            }
            200..=299 => self.success(branch, code, now, out),
            _ => {
                b.given_up &= self.status < 200;
                self.failure(branch, code, now, out);
            }
        }
    }

    /// A provisional reply of a branch was dropped by a route: nobody is told of it, but the branch can be cancelled now.
    pub fn reply_dropped(&mut self, branch: usize, now: Time, out: &mut Actions) {
        if branch < self.branches.len() && self.phase != Phase::Ended {
            if self.kind == Kind::Invite {
                self.branches[branch].retry = None;
            }
            self.heard(branch, now, out);
        }
    }

    /// A branch fails for a reason of our own (timeout, no way to send): a final code without a reply.
    pub fn branch_failed(&mut self, branch: usize, code: u16, now: Time, out: &mut Actions) {
        if branch < self.branches.len() && self.phase != Phase::Ended {
            self.branches[branch].stop_timers();
            self.failed_here(branch, code, now, out);
        }
    }

    /// What was being done for it was given up: branches whose reply got lost by that, so that nothing is waited for, fail,
    /// and one that has no branch and no reply is forgotten after a while.
    pub fn recover(&mut self, now: Time, out: &mut Actions) {
        if self.status < 200 && self.phase == Phase::Active {
            for branch in 0..self.branches.len() {
                let b = &self.branches[branch];
                if !b.is_final() && b.give_up.is_none() {
                    self.failed_here(branch, 500, now, out);
                }
            }
            if self.phase == Phase::Active && !self.branches.is_empty() && out.is_empty() {
                self.pick(now, out);
            }
        }
        if self.branches.is_empty() {
            self.release(now);
        }
    }

    /// It is forgotten after a while, whatever is still open.
    pub fn abandon(&mut self, now: Time) {
        if matches!(self.phase, Phase::Active | Phase::Deciding) {
            self.wait(now);
        }
    }

    /// Failure handlers have run. `forwarded`: they sent new branches on their way.
    pub fn decided(&mut self, forwarded: bool, now: Time, out: &mut Actions) {
        if self.phase != Phase::Deciding {
            return;
        }
        self.phase = Phase::Active;
        self.round_starts = false;
        if forwarded && self.branches.len() > self.branches_before {
            // new branches may have failed already while the handlers ran
            self.pick(now, out);
            return;
        }
        if let Some(picked) = self.picked {
            out.push(Action::Relay(picked, self.branches[picked].last));
        }
    }

    /// A reply with this code went upstream; `made_here`: the script or the transaction itself made it.
    pub fn relayed(&mut self, code: u16, made_here: bool, now: Time, out: &mut Actions) {
        if self.status >= 200 {
            return; // a further 2xx of another branch
        }
        self.status = code;
        if code < 200 {
            return;
        }
        self.stop_branches(now, code, out);
        self.reply_sent(code, made_here, now);
    }

    /// Whether a reply made here may still go upstream.
    pub fn can_reply(&self) -> bool {
        self.status < 200 && !self.local && self.phase != Phase::Ended
    }

    /// The transaction is given up without a reply (a script that neither replied nor
    /// forwarded, or could not forward).
    pub fn release(&mut self, now: Time) {
        let nothing_open = self.branches.iter().all(Branch::is_final);
        if self.phase == Phase::Active && nothing_open && self.status < 200 {
            self.wait(now);
        }
    }

    /// Time has come to [`Transaction::deadline`].
    pub fn timeout(&mut self, now: Time, out: &mut Actions) {
        if self.phase == Phase::Ended {
            return;
        }
        self.retransmit_reply(now, out);
        for branch in 0..self.branches.len() {
            self.branch_timers(branch, now, out);
        }
        // handlers of failures may take their time, so whatever else is due comes before them
        if let Some(at) = out.iter().position(|a| matches!(a, Action::Fail(..))) {
            let fail = out.remove(at);
            out.push(fail);
        }
        if self.end_at.is_some_and(|at| at <= now) {
            match self.phase {
                Phase::Completed => self.wait(now),
                _ => {
                    self.phase = Phase::Ended;
                    self.end_at = None;
                    out.push(Action::End);
                }
            }
        }
    }

    /// A provisional reply came: a CANCEL that waited for it leaves.
    fn heard(&mut self, branch: usize, now: Time, out: &mut Actions) {
        let b = &mut self.branches[branch];
        b.heard = true;
        if b.cancelling == Cancelling::Wanted {
            let answered = (200..300).contains(&self.status);
            let cause = if answered { CancelCause::Answered } else { CancelCause::Other };
            self.send_cancel(branch, now, cause, out);
            if self.phase == Phase::Waiting {
                let owed = now + self.settings.final_response;
                self.end_at = self.end_at.max(Some(owed));
            }
        }
    }

    fn provisional(&mut self, branch: usize, code: u16, before: u16, now: Time, out: &mut Actions) {
        if self.branches[branch].is_final() || self.status >= 200 {
            return;
        }
        let s = self.settings;
        let invite = self.kind == Kind::Invite;
        let b = &mut self.branches[branch];
        b.last = code;
        let progress = s.restart_on_each_reply || (before < code && (code >= 180 || before == 0));
        if invite && progress {
            b.give_up = Some((s.deadline(now, s.invite_final_response), Timeout::InviteFinalResponse));
        }
        if !invite && !b.reliable {
            b.retry = Some(Retry::slow(now, &s));
        }
        if code != 100 {
            out.push(Action::Relay(branch, code));
        }
    }

    fn success(&mut self, branch: usize, code: u16, now: Time, out: &mut Actions) {
        let late = self.status >= 200;
        let b = &mut self.branches[branch];
        let final_before = b.is_final() && !b.given_up;
        let repeated = final_before && (self.kind != Kind::Invite || !late && b.last >= 300);
        if repeated || late && self.kind != Kind::Invite {
            return;
        }
        b.given_up = false;
        b.last = code;
        out.push(Action::Relay(branch, code));
        if late {
            self.settle(now);
        } else {
            self.phase = Phase::Active;
            self.stop_branches(now, code, out);
        }
    }

    /// A failure without a reply: a 2xx that comes after all is still taken.
    fn failed_here(&mut self, branch: usize, code: u16, now: Time, out: &mut Actions) {
        self.branches[branch].given_up |= !self.branches[branch].is_final();
        self.failure(branch, code, now, out);
    }

    fn failure(&mut self, branch: usize, code: u16, now: Time, out: &mut Actions) {
        if self.status >= 200 {
            let b = &mut self.branches[branch];
            b.last = b.last.max(code);
            self.settle(now);
            return;
        }
        if self.branches[branch].is_final() {
            return;
        }
        self.branches[branch].last = code;
        out.push(Action::Store(branch));
        if self.phase != Phase::Active || branch < self.first {
            return;
        }
        if code >= 600 && !self.settings.disable_6xx_block {
            self.no_new_branches = true;
            self.cancel_branches(now, CancelCause::Other, out);
            self.fail(branch, out);
        } else {
            self.pick(now, out);
        }
    }

    /// When all branches of the round are final, the best one is handed to the failure handlers.
    fn pick(&mut self, now: Time, out: &mut Actions) {
        let mut best: Option<usize> = None;
        let mut open_minor = false;
        for (i, b) in self.branches.iter().enumerate().skip(self.first) {
            if b.phony && self.cancelled && !b.is_final() || b.is_satisfied(self.branches.len()) {
                continue;
            }
            if !b.is_final() {
                if b.minor {
                    open_minor = true;
                    continue;
                }
                return;
            }
            let better =
                |x: usize| rank(b.last, self.cancelled) < rank(self.branches[x].last, self.cancelled);
            if best.is_none_or(better) {
                best = Some(i);
            }
        }
        // a branch that waited for others in vain is better than nothing
        let waited = || (self.first..self.branches.len()).find(|b| self.branches[*b].is_final());
        if let Some(best) = best.or_else(waited) {
            if open_minor {
                self.cancel_branches(now, CancelCause::Other, out);
            }
            self.fail(best, out);
        }
    }

    fn fail(&mut self, picked: usize, out: &mut Actions) {
        self.phase = Phase::Deciding;
        self.picked = Some(picked);
        self.branches_before = self.branches.len();
        out.push(Action::Fail(picked, self.branches[picked].last));
    }

    fn stop_branches(&mut self, now: Time, code: u16, out: &mut Actions) {
        if self.keeps_branches && code < 300 {
            return;
        }
        for b in &mut self.branches {
            b.stop_timers();
        }
        let cause = if code < 300 { CancelCause::Answered } else { CancelCause::Other };
        self.cancel_branches(now, cause, out);
    }

    fn cancel_branches(&mut self, now: Time, cause: CancelCause, out: &mut Actions) {
        self.cancel_chosen(now, cause, |_| true, out);
    }

    fn cancel_chosen(
        &mut self,
        now: Time,
        cause: CancelCause,
        wanted: impl Fn(usize) -> bool,
        out: &mut Actions,
    ) {
        if self.kind != Kind::Invite || self.phase == Phase::Ended {
            return;
        }
        for branch in (0..self.branches.len()).filter(|b| wanted(*b)) {
            let b = &self.branches[branch];
            if b.is_final() || b.phony || b.cancelling != Cancelling::No {
                continue;
            }
            self.cancel_one(branch, now, cause, out);
        }
    }

    /// Cancels a branch now, or as soon as it is heard of.
    fn cancel_one(&mut self, branch: usize, now: Time, cause: CancelCause, out: &mut Actions) {
        if self.branches[branch].heard {
            self.send_cancel(branch, now, cause, out);
        } else {
            self.branches[branch].cancelling = Cancelling::Wanted;
        }
    }

    fn send_cancel(&mut self, branch: usize, now: Time, cause: CancelCause, out: &mut Actions) {
        let s = self.settings;
        let b = &mut self.branches[branch];
        let retry = (!b.reliable).then(|| Retry::start(now, &s));
        b.cancelling = Cancelling::Sent { retry, give_up: now + s.final_response };
        out.push(Action::Cancel(branch, cause));
    }

    /// A final reply went upstream: an INVITE's waits for ACK, all others absorb retransmissions.
    fn reply_sent(&mut self, code: u16, made_here: bool, now: Time) {
        let awaits_ack = self.kind == Kind::Invite && !self.local && (code >= 300 || made_here);
        if !awaits_ack {
            self.wait(now);
            return;
        }
        self.phase = Phase::Completed;
        self.end_at = Some(now + self.settings.final_response);
        // a 2xx made here is sent again over any transport: a later hop may be unreliable
        if !self.upstream_reliable || code < 300 {
            self.reply_retry = Some(Retry::start(now, &self.settings));
        }
    }

    fn wait(&mut self, now: Time) {
        self.phase = Phase::Waiting;
        self.reply_retry = None;
        self.end_at = Some(now + self.settings.wait);
        if self.has_open_branches() {
            // a branch that was cancelled still owes its final reply, and gets an ACK for it; another may even answer
            self.end_at = Some(now + self.settings.wait.max(self.settings.final_response));
        }
    }

    fn has_open_branches(&self) -> bool {
        self.kind == Kind::Invite && self.branches.iter().any(Branch::owes_final)
    }

    /// A branch became final while waiting: when it was the last one, no more than retransmissions is waited for.
    fn settle(&mut self, now: Time) {
        if self.phase == Phase::Waiting && !self.has_open_branches() {
            let end = now + self.settings.wait;
            self.end_at = self.end_at.map(|at| at.min(end));
        }
    }

    fn retransmit_reply(&mut self, now: Time, out: &mut Actions) {
        if let Some(r) = self.reply_retry.filter(|r| r.at <= now) {
            self.reply_retry = Some(r.next(now, &self.settings));
            out.push(Action::SendReply);
        }
    }

    fn branch_timers(&mut self, branch: usize, now: Time, out: &mut Actions) {
        let s = self.settings;
        let b = &mut self.branches[branch];
        if let Cancelling::Sent { retry, give_up } = b.cancelling {
            if give_up <= now {
                b.cancelling = Cancelling::Done;
            } else if let Some(r) = retry.filter(|r| r.at <= now) {
                b.cancelling = Cancelling::Sent { retry: Some(r.next(now, &s)), give_up };
                out.push(Action::SendCancel(branch));
            }
        }
        if b.give_up.is_some_and(|(at, _)| at <= now) {
            b.stop_timers();
            if self.kind == Kind::Invite && b.cancelling == Cancelling::No && !b.phony {
                self.cancel_one(branch, now, CancelCause::NoAnswer, out);
            }
            self.failed_here(branch, 408, now, out);
        } else if let Some(r) = b.retry.filter(|r| r.at <= now) {
            b.retry = Some(r.next(now, &s));
            out.push(Action::SendRequest(branch));
        }
    }
}
