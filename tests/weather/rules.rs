//! What must hold of everything the proxy sends, whatever the network did to what it received.

use std::collections::HashMap;

use sipc_test_support::message::Message;

/// What was seen so far, by branch or transaction.
#[derive(Default)]
pub struct Rules {
    /// Requests sent, by branch and kind: where to, and the bytes.
    requests: HashMap<(String, &'static str), (String, Vec<u8>)>,
    /// Final codes sent to callers, by Call-ID, of INVITE transactions that were received.
    finals: HashMap<String, Vec<(u16, String)>>,
    /// Replies received, by branch: whether provisional, whether final, of INVITE.
    heard: HashMap<String, (bool, bool)>,
    /// ACKs that are due at once, by branch.
    acks: HashMap<String, u32>,
}

fn branch(m: &Message) -> String {
    let via = m.header("Via").unwrap_or_default();
    via.split(";branch=").nth(1).unwrap_or_default().split(';').next().unwrap_or_default().to_owned()
}

impl Rules {
    /// An INVITE that the proxy has no transaction for begins one, also when it had one and has forgotten it (`wt_timer`).
    pub fn begins(&mut self, call: &str) {
        self.finals.remove(call);
    }

    /// A datagram reaches the proxy; `known` tells whether it still has the transaction of a branch.
    pub fn reaches(&mut self, m: &Message, known: impl Fn(&str) -> bool) {
        let Some(code) = m.code().filter(|_| m.method() == "INVITE") else { return };
        let known = self.requests.contains_key(&(branch(m), "INVITE")) && known(&branch(m));
        let heard = self.heard.entry(branch(m)).or_default();
        heard.0 |= code < 200;
        heard.1 |= code >= 200;
        if code >= 300 && known {
            *self.acks.entry(branch(m)).or_default() += 1;
        }
    }

    /// The proxy sent a datagram.
    pub fn sent(&mut self, to: &str, bytes: &[u8]) -> Result<(), String> {
        let m = Message::parse(bytes);
        match m.code() {
            Some(code) => self.reply(&m, code),
            None => self.request(&m, to, bytes),
        }
    }

    /// Callers get one negative final reply at most, the same one again, and none after a 2xx. A 2xx always passes, of
    /// several phones and also after all (RFC 3261 16.7 step 5): the phone believes to be in a call.
    fn reply(&mut self, m: &Message, code: u16) -> Result<(), String> {
        if code < 200 || m.method() != "INVITE" {
            return Ok(());
        }
        let finals = self.finals.entry(m.call_id().to_owned()).or_default();
        let this = (code, m.header("To").unwrap_or_default().to_owned());
        if finals.contains(&this) {
            return Ok(());
        }
        if !finals.is_empty() && code >= 300 {
            return Err(format!("{} got {code} after {finals:?}", m.call_id()));
        }
        finals.push(this);
        Ok(())
    }

    fn request(&mut self, m: &Message, to: &str, bytes: &[u8]) -> Result<(), String> {
        let kind = match m.method() {
            "INVITE" => "INVITE",
            "ACK" => "ACK",
            "CANCEL" => "CANCEL",
            _ => "other",
        };
        let branch = branch(m);
        if kind == "ACK" {
            if let Some(due) = self.acks.get_mut(&branch) {
                *due = due.saturating_sub(1);
            }
        } else {
            let before =
                self.requests.entry((branch.clone(), kind)).or_insert((to.to_owned(), bytes.to_vec()));
            if before.0 != to || before.1 != bytes {
                return Err(format!("branch {branch} was used for two requests of kind {kind}"));
            }
        }
        let other = if kind == "INVITE" { "other" } else { "INVITE" };
        if matches!(kind, "INVITE" | "other") && self.requests.contains_key(&(branch.clone(), other)) {
            return Err(format!("branch {branch} was used for INVITE and for another method"));
        }
        if kind == "CANCEL" && !self.heard.get(&branch).is_some_and(|h| h.0) {
            return Err(format!("CANCEL of {branch} before any provisional reply"));
        }
        if kind == "CANCEL" && !self.requests.contains_key(&(branch.clone(), "INVITE")) {
            return Err(format!("CANCEL of {branch}, which has no INVITE"));
        }
        Ok(())
    }

    /// What arrived has been dealt with: every negative final reply has its ACK.
    pub fn settled(&mut self) -> Result<(), String> {
        match self.acks.iter().find(|(_, due)| **due > 0) {
            Some((branch, _)) => Err(format!("a final reply on {branch} was not acknowledged")),
            None => {
                self.acks.clear();
                Ok(())
            }
        }
    }
}
