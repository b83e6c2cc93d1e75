//! Phones that do what RFC 3261 asks of user agents, as far as calls go: they repeat what is not answered, acknowledge,
//! cancel, hang up, and now and then forget everything.

use std::collections::HashMap;

use sipc_test_support::message::Message;

use crate::Random;

/// T1 and T2, milliseconds.
const T1: u64 = 500;
const T2: u64 = 4_000;
/// Nothing is repeated for longer.
const GIVE_UP: u64 = 64 * T1;

/// What a phone does next by itself.
#[derive(Debug, Clone)]
pub enum Wish {
    /// Send again what is kept under this key, until it is answered.
    Again { key: String, interval: u64, until: u64 },
    /// Answer a call.
    Answer { call: String, code: u16 },
    /// Hang up.
    HangUp { call: String },
    /// Cancel a call.
    Cancel { call: String },
}

/// What a phone wants: datagrams now, and wishes for later.
#[derive(Default)]
pub struct Outcome {
    pub send: Vec<Vec<u8>>,
    pub later: Vec<(u64, Wish)>,
}

/// One phone.
pub struct Phone {
    pub host: String,
    /// What is repeated until it is answered, by key.
    kept: HashMap<String, Vec<u8>>,
    /// The last reply to each request.
    replies: HashMap<String, Vec<u8>>,
    /// INVITEs received, by Call-ID, while they wait for an answer or an ACK.
    invites: HashMap<String, Message>,
    /// What a call was begun or answered with, for requests within it: our INVITE and the 2xx.
    calls: HashMap<String, (Message, Message)>,
    /// INVITEs sent, by Call-ID.
    placed: HashMap<String, Message>,
    rung: HashMap<String, bool>,
    number: u32,
}

fn key(m: &Message) -> String {
    let via = m.header("Via").unwrap_or_default();
    format!("{} {}", m.method(), via)
}

impl Phone {
    pub fn new(host: &str) -> Phone {
        Phone {
            host: host.to_owned(),
            kept: HashMap::new(),
            replies: HashMap::new(),
            invites: HashMap::new(),
            calls: HashMap::new(),
            placed: HashMap::new(),
            rung: HashMap::new(),
            number: 0,
        }
    }

    /// Power is lost: nothing is known any more.
    pub fn restart(&mut self) {
        let number = self.number;
        *self = Phone { number, ..Phone::new(&self.host.clone()) };
    }

    fn via(&mut self) -> String {
        self.number += 1;
        format!("SIP/2.0/UDP {}:5060;branch=z9hG4bK-{}-{}", self.host, self.host, self.number)
    }

    fn repeated(&mut self, m: &Message, now: u64, out: &mut Outcome) {
        let (key, bytes) = (key(m), m.to_bytes());
        self.kept.insert(key.clone(), bytes.clone());
        out.send.push(bytes);
        out.later.push((now + T1, Wish::Again { key, interval: T1, until: now + GIVE_UP }));
    }

    /// Calls a user of the proxy.
    pub fn call(&mut self, user: &str, now: u64) -> (String, Outcome) {
        let mut out = Outcome::default();
        let mut m = Message { first: format!("INVITE sip:{user}@10.0.0.9 SIP/2.0"), ..Message::default() };
        let via = self.via();
        let id = format!("{}-{}", self.host, self.number);
        m.add("Via", via);
        m.add("Max-Forwards", "70");
        m.add("From", format!("<sip:caller@{}>;tag=f{id}", self.host));
        m.add("To", format!("<sip:{user}@10.0.0.9>"));
        m.add("Call-ID", id.clone());
        m.add("CSeq", "1 INVITE");
        m.add("Contact", format!("<sip:caller@{}:5060>", self.host));
        self.placed.insert(id.clone(), m.clone());
        self.repeated(&m, now, &mut out);
        (id, out)
    }

    /// Does what was put off.
    pub fn wish(&mut self, wish: Wish, now: u64) -> Outcome {
        let mut out = Outcome::default();
        match wish {
            Wish::Again { key, interval, until } => {
                if let Some(bytes) = self.kept.get(&key).filter(|_| now < until) {
                    out.send.push(bytes.clone());
                    let capped = !key.starts_with("INVITE");
                    let interval = if capped { (interval * 2).min(T2) } else { interval * 2 };
                    out.later.push((now + interval, Wish::Again { key, interval, until }));
                }
            }
            Wish::Answer { call, code } => self.answer(&call, code, now, &mut out),
            Wish::HangUp { call } => self.hang_up(&call, now, &mut out),
            Wish::Cancel { call } => self.cancel(&call, now, &mut out),
        }
        out
    }

    fn answer(&mut self, call: &str, code: u16, now: u64, out: &mut Outcome) {
        let Some(invite) = self.invites.get(call).cloned() else { return };
        let known = key(&invite);
        let reply = self.reply(&invite, code);
        self.replies.insert(known, reply.to_bytes());
        if code < 200 {
            out.send.push(reply.to_bytes());
            return;
        }
        self.invites.remove(call);
        if code < 300 {
            self.calls.insert(call.to_owned(), (invite, reply.clone()));
        }
        // until the ACK
        let kept = format!("final {call}");
        self.kept.insert(kept.clone(), reply.to_bytes());
        out.send.push(reply.to_bytes());
        out.later.push((now + T1, Wish::Again { key: kept, interval: T1, until: now + GIVE_UP }));
    }

    fn reply(&self, request: &Message, code: u16) -> Message {
        let mut m = Message { first: format!("SIP/2.0 {code} x"), ..Message::default() };
        for name in ["Via", "Record-Route", "From", "Call-ID", "CSeq"] {
            m.copy(name, request);
        }
        let to = request.header("To").unwrap_or_default();
        let tag = if to.contains("tag=") { String::new() } else { format!(";tag=t{}", self.host) };
        m.add("To", format!("{to}{tag}"));
        m.add("Contact", format!("<sip:callee@{}:5060>", self.host));
        m
    }

    /// A request within a call, from either side.
    fn within(&mut self, call: &str, method: &str, cseq: u32) -> Option<Message> {
        let (invite, answer) = self.calls.get(call)?.clone();
        let ours = invite.header("From")?.contains(&self.host);
        let target = if ours { answer.contact_uri() } else { invite.contact_uri() }?;
        let mut m = Message { first: format!("{method} {target} SIP/2.0"), ..Message::default() };
        let via = self.via();
        m.add("Via", via);
        m.add("Max-Forwards", "70");
        let routes: Vec<String> = answer.all("Record-Route").map(str::to_owned).collect();
        let routes: Vec<String> = if ours { routes.into_iter().rev().collect() } else { routes };
        routes.into_iter().for_each(|r| m.add("Route", r));
        let (from, to) = (answer.header("From")?, answer.header("To")?);
        m.add("From", if ours { from } else { to });
        m.add("To", if ours { to } else { from });
        m.add("Call-ID", call);
        m.add("CSeq", format!("{cseq} {method}"));
        Some(m)
    }

    fn hang_up(&mut self, call: &str, now: u64, out: &mut Outcome) {
        if let Some(bye) = self.within(call, "BYE", 2) {
            self.calls.remove(call);
            self.repeated(&bye, now, out);
        }
    }

    fn cancel(&mut self, call: &str, now: u64, out: &mut Outcome) {
        let rung = self.rung.get(call).copied().unwrap_or(false);
        let Some(invite) = self.placed.get(call).filter(|_| rung).cloned() else { return };
        let mut m = Message { first: invite.first.replacen("INVITE", "CANCEL", 1), ..Message::default() };
        for name in ["Via", "Max-Forwards", "From", "To", "Call-ID"] {
            m.copy(name, &invite);
        }
        m.add("CSeq", "1 CANCEL");
        self.repeated(&m, now, out);
    }

    /// Something arrived.
    pub fn receive(&mut self, m: &Message, now: u64, random: &mut Random) -> Outcome {
        let mut out = Outcome::default();
        match m.code() {
            Some(code) => self.reply_received(m, code, now, random, &mut out),
            None => self.request_received(m, now, random, &mut out),
        }
        out
    }

    fn reply_received(&mut self, m: &Message, code: u16, now: u64, random: &mut Random, out: &mut Outcome) {
        let call = m.call_id().to_owned();
        if m.method() != "INVITE" {
            if code >= 200 {
                self.kept.remove(&key(m));
            }
            return;
        }
        self.kept.remove(&key(m));
        if code < 200 {
            self.rung.insert(call, true);
            return;
        }
        let Some(invite) = self.placed.get(&call).cloned() else { return };
        self.rung.insert(call.clone(), false);
        if code >= 300 {
            let mut ack = Message { first: invite.first.replacen("INVITE", "ACK", 1), ..Message::default() };
            for name in ["Via", "Max-Forwards", "From", "Call-ID"] {
                ack.copy(name, &invite);
            }
            ack.copy("To", m);
            ack.add("CSeq", "1 ACK");
            out.send.push(ack.to_bytes());
            return;
        }
        let first = self.calls.insert(call.clone(), (invite, m.clone())).is_none();
        if let Some(ack) = self.within(&call, "ACK", 1) {
            out.send.push(ack.to_bytes());
        }
        if first && random.chance(70) {
            out.later.push((now + random.below(20_000), Wish::HangUp { call }));
        }
    }

    fn request_received(&mut self, m: &Message, now: u64, random: &mut Random, out: &mut Outcome) {
        let call = m.call_id().to_owned();
        if let Some(reply) = self.replies.get(&key(m)) {
            out.send.push(reply.clone());
            return;
        }
        match m.method() {
            "INVITE" => self.ring(m, call, now, random, out),
            "ACK" => drop(self.kept.remove(&format!("final {call}"))),
            "CANCEL" => {
                let known = self.invites.contains_key(&call);
                self.respond(m, if known { 200 } else { 481 }, out);
                self.answer(&call, 487, now, out);
            }
            _ => {
                let known = self.calls.remove(&call).is_some();
                self.respond(m, if known { 200 } else { 481 }, out);
            }
        }
    }

    fn respond(&mut self, m: &Message, code: u16, out: &mut Outcome) {
        let reply = self.reply(m, code).to_bytes();
        self.replies.insert(key(m), reply.clone());
        out.send.push(reply);
    }

    /// A new call: it rings or not, and somebody answers, declines, or is not there.
    fn ring(&mut self, m: &Message, call: String, now: u64, random: &mut Random, out: &mut Outcome) {
        self.invites.insert(call.clone(), m.clone());
        if random.chance(80) {
            out.later.push((now + random.below(300), Wish::Answer { call: call.clone(), code: 180 }));
        }
        let code = [200, 200, 200, 486, 404, 603, 503, 0][random.below(8) as usize];
        if code > 0 {
            out.later.push((now + 300 + random.below(15_000), Wish::Answer { call, code }));
        }
    }
}
