//! Plays a flow on a site and writes it down again with what came out.

use std::net::SocketAddr;

use bytes::Bytes;
use sipc_engine::mi::Params;

use crate::flow::{Command, Content, Sending, Step};
use crate::message::Message;
use crate::network::{Event, What, answered};
use crate::party::Party;
use crate::site::{Subject, VirtualSite};
use crate::transcript::Transcript;

/// The phones that every case has.
const PARTIES: &[(&str, &str)] = &[
    ("alice", "10.0.0.1:5060"),
    ("bob", "10.0.0.2:5060"),
    ("carol", "10.0.0.3:5060"),
    ("dave", "10.0.0.4:5060"),
];

/// A site and its phones.
pub struct Player {
    /// The site.
    pub site: VirtualSite,
    parties: Vec<Party>,
    transcript: Transcript,
    calls: u32,
}

/// Replaces `%name` by an address without port; `proxy` is that of the first socket.
pub fn expand(line: &str, proxies: &[String]) -> String {
    let mut out = line.to_owned();
    for (i, host) in proxies.iter().enumerate().rev() {
        out = out.replace(&format!("%{}", proxy_name(i)), host);
    }
    for (name, address) in PARTIES {
        let host = address.split(':').next().unwrap_or_default();
        out = out.replace(&format!("%{name}"), host);
    }
    out
}

/// The name of the n-th socket.
fn proxy_name(n: usize) -> String {
    if n == 0 { "proxy".to_owned() } else { format!("proxy{}", n + 1) }
}

/// Addresses of the sockets of a site.
pub fn proxies(site: &VirtualSite) -> Vec<String> {
    site.shared().sockets.iter().map(|s| s.address.ip().to_string()).collect()
}

/// Starts a site for a flow.
///
/// # Errors
/// The site refuses to start.
pub fn start(subject: Subject, flow: &str) -> Result<VirtualSite, String> {
    let limit = flow.lines().find_map(|l| l.strip_prefix("limit transactions ")?.trim().parse().ok());
    VirtualSite::start(subject, limit)
}

/// Plays the steps; gives the flow with its output.
///
/// # Errors
/// The step that could not be done.
pub fn play(site: VirtualSite, steps: &[Step]) -> Result<String, String> {
    let mut player = Player::new(site);
    let mut out = String::new();
    let mut started = false;
    for step in steps {
        if step.command.is_some() && !started {
            started = true;
            player.flush(&mut out);
        }
        for line in &step.lines {
            out += &format!("{line}\n");
        }
        if let Some(command) = &step.command {
            player.run(command, &mut out).map_err(|e| format!("{}: {e}", step.lines[0]))?;
            player.flush(&mut out);
        }
    }
    Ok(out)
}

fn known(address: &str) -> SocketAddr {
    address.parse().expect("the addresses above are good")
}

impl Player {
    /// A site with the phones that every case has.
    pub fn new(site: VirtualSite) -> Player {
        let parties = PARTIES.iter().map(|(name, address)| Party::new(name, known(address))).collect();
        let mut player = Player { site, parties, transcript: Transcript::default(), calls: 0 };
        player.name_hosts();
        player
    }

    /// Where a phone is.
    pub fn address(&self, name: &str) -> Option<SocketAddr> {
        self.parties.iter().find(|p| p.name == name).map(|p| p.address)
    }

    /// Whose address it is.
    pub fn name(&self, address: SocketAddr) -> Option<String> {
        self.parties.iter().find(|p| p.address == address).map(|p| p.name.clone())
    }

    fn name_hosts(&mut self) {
        let proxies = proxies(&self.site);
        let t = &mut self.transcript;
        t.hosts = proxies.into_iter().enumerate().map(|(i, host)| (host, proxy_name(i))).collect();
        t.hosts.extend(self.parties.iter().map(|p| (p.address.ip().to_string(), p.name.clone())));
        t.parties = self.parties.iter().map(|p| (p.address, p.name.clone())).collect();
    }

    /// Does what a line says; what it prints goes to `out`.
    ///
    /// # Errors
    /// Why it could not be done.
    pub fn run(&mut self, command: &Command, out: &mut String) -> Result<(), String> {
        let network = &self.site.network;
        match command {
            Command::Script(_) | Command::Limit(_) => {}
            Command::Party(name, address) => {
                self.parties.push(Party::new(name, *address));
                self.name_hosts();
            }
            Command::Send(sending) => self.send(sending)?,
            Command::Wait(ms) => self.site.advance(*ms),
            Command::Resolve(name, after, to) => {
                network.names.borrow_mut().insert(name.clone(), (*after, to.clone()));
            }
            Command::Prints(command, after, lines) => {
                network.commands.borrow_mut().insert(command.clone(), (*after, lines.clone()));
            }
            Command::Reachable(address, true) => drop(network.unreachable.borrow_mut().remove(address)),
            Command::Reachable(address, false) => drop(network.unreachable.borrow_mut().insert(*address)),
            Command::Drain => self.site.drain(),
            Command::Statistics(names) => self.statistics(names, out),
            Command::Mi(command, params) => self.mi(command, params, out)?,
        }
        Ok(())
    }

    /// What happened since the last time, also noted with the parties.
    pub fn take(&mut self) -> Vec<Event> {
        let events = self.site.take();
        for event in &events {
            if let What::Sent { socket, to, payload } = &event.what
                && let Some(party) = self.parties.iter_mut().find(|p| p.address == *to)
            {
                party.received(*socket, Message::parse(payload));
            }
        }
        events
    }

    fn flush(&mut self, out: &mut String) {
        for event in self.take() {
            for line in self.transcript.lines(&event) {
                *out += &format!("{line}\n");
            }
        }
    }

    fn send(&mut self, sending: &Sending) -> Result<(), String> {
        let at = self.parties.iter().position(|p| p.name == sending.party).ok_or("no such party")?;
        let bytes =
            if matches!(sending.what, Content::Raw) { crate::flow::raw(&sending.lines)? } else { Vec::new() };
        if !bytes.is_empty() {
            self.site.receive(sending.socket.unwrap_or(0), self.parties[at].address, bytes.into());
            return Ok(());
        }
        let (socket, mut message) = self.message(at, &sending.what)?;
        apply(&mut message, &sending.lines)?;
        let socket = sending.socket.unwrap_or(socket);
        let party = &mut self.parties[at];
        self.transcript.sent_by_party(&message);
        let bytes = Bytes::from(message.to_bytes());
        party.sent(socket, message);
        self.site.receive(socket, party.address, bytes);
        Ok(())
    }

    fn message(&mut self, at: usize, what: &Content) -> Result<(usize, Message), String> {
        let domain = proxies(&self.site).swap_remove(0);
        let call_id = |n: u32| format!("call-{n}");
        let party = &mut self.parties[at];
        Ok(match what {
            Content::New(method, uri, call) => {
                if call.is_none() {
                    self.calls += 1;
                }
                (0, party.new_request(method, uri, &call_id(call.unwrap_or(self.calls)), &domain))
            }
            Content::Within(method, uri, call) => {
                let call = call.map(call_id).or_else(|| party.last_call()).ok_or("no call yet")?;
                let mut m = party.request(method, &call)?;
                if let Some(uri) = uri {
                    m.first = format!("{method} {uri} SIP/2.0");
                }
                (0, m)
            }
            Content::Reply(code, reason, which, call) => {
                let mut which = which.clone();
                which.call = call.map(call_id);
                let (socket, mut m) = party.reply(*code, &which)?;
                if let Some(reason) = reason {
                    m.first = format!("SIP/2.0 {code} {reason}");
                }
                (socket, m)
            }
            Content::Again(start) => {
                party.last_sent(start).map(|(s, m)| (s, m.clone())).ok_or("nothing like that was sent")?
            }
            Content::Raw => return Err("nothing to send".into()),
        })
    }

    fn statistics(&self, wanted: &[String], out: &mut String) {
        let all = self.site.shared().statistics.list();
        let matches =
            |full: &str| wanted.iter().any(|w| full == w || w.ends_with(':') && full.starts_with(w.as_str()));
        for s in all {
            let full = format!("{}:{}", s.group, s.name);
            let value = s.value(self.site.shared().unix_now_ms());
            if matches(&full) && value != 0 {
                *out += &format!("| {full} = {value}\n");
            }
        }
    }

    fn mi(&mut self, name: &str, params: &str, out: &mut String) -> Result<(), String> {
        let shared = self.site.shared().clone();
        let command = shared.commands.iter().find(|c| c.name == name).ok_or("no such command")?;
        let params = serde_json::from_str(params).map_err(|e| e.to_string())?;
        let params = Params(params);
        if let Some((_, later)) = shared.later_commands.iter().find(|(n, _)| *n == name) {
            self.site.await_answer(later(&shared, &params));
            return Ok(());
        }
        for line in answered(&(command.handler)(&shared, &params)).lines() {
            *out += &format!("| {line}\n");
        }
        self.site.run_jobs();
        Ok(())
    }
}

/// Changes a message as the indented lines say: `Name: value` replaces, when given again adds; `+Name: value`
/// adds; `-Name` removes; `= text` is a line of the body.
fn apply(m: &mut Message, lines: &[String]) -> Result<(), String> {
    let mut replaced: Vec<&str> = Vec::new();
    for line in lines {
        if let Some(text) = line.strip_prefix('=') {
            m.body += &format!("{}\r\n", text.strip_prefix(' ').unwrap_or(text));
            continue;
        }
        if let Some(name) = line.strip_prefix('-') {
            m.remove(name.trim());
            continue;
        }
        if let Some((old, new)) = line.strip_prefix("~ ").and_then(|l| l.split_once(" => ")) {
            m.headers.iter_mut().for_each(|(_, value)| *value = value.replacen(old, new, 1));
            continue;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| format!("not a header: {line}"))?;
        let (name, value) = (name.trim(), value.trim());
        if let Some(name) = name.strip_prefix('+') {
            m.add(name, value);
        } else if let Some((_, old)) =
            m.headers.iter_mut().find(|(n, _)| n.eq_ignore_ascii_case(name) && !replaced.contains(&name))
        {
            value.clone_into(old);
            replaced.push(name);
        } else {
            replaced.push(name);
            m.add(name, value);
        }
    }
    Ok(())
}
