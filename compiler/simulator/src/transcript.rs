//! What was sent and logged, as lines: addresses by names, numbers made at random in the order of their
//! appearance, and of a message what a reader does not know already.

use std::collections::HashSet;
use std::net::SocketAddr;

use bytes::Bytes;
use sipc_engine::network::{Outlet, ShellCommand};

use crate::message::Message;
use crate::network::{Event, What};

/// Headers that are not shown when some party wrote the same line.
const CARRIED: &[&str] = &["From", "To", "Call-ID", "CSeq", "Contact"];
/// Hides the version of this program.
const PRODUCTS: &[(&str, &str)] = &[("Server", "sipc"), ("User-Agent", "sipc")];

/// Makes lines of events.
#[derive(Debug, Default)]
pub struct Transcript {
    /// Names of addresses without port, and of sockets.
    pub hosts: Vec<(String, String)>,
    /// Names of parties by their whole addresses.
    pub parties: Vec<(SocketAddr, String)>,
    /// Header lines that parties sent.
    known: HashSet<(String, String)>,
    numbers: Vec<(char, String)>,
    /// Datagrams shown already.
    shown: HashSet<(SocketAddr, Bytes)>,
}

impl Transcript {
    /// Notes what a party sent.
    pub fn sent_by_party(&mut self, m: &Message) {
        self.known.extend(m.headers.iter().cloned());
    }

    /// The lines of an event.
    pub fn lines(&mut self, event: &Event) -> Vec<String> {
        let time = format!("{:>8}", format!("{:.2} s", event.at as f64 / 1000.0));
        let lines = match &event.what {
            What::Logged { level, origin, text } => self.logged(level.word(), origin, text),
            What::Ran(command) => ran(command),
            What::Answered(text) => {
                let text = self.named(&printable(text));
                std::iter::once("answer:").chain(text.lines()).map(str::to_owned).collect()
            }
            What::Wrote(to, text) => self.wrote(to, text),
            What::SentAs { from, to, payload } => {
                let line = format!("{to} < (from {from}) {}", String::from_utf8_lossy(payload));
                vec![self.named(&printable(&line))]
            }
            What::Sent { socket, to, payload } => {
                let again = !self.shown.insert((*to, payload.clone()));
                self.sent(*socket, *to, &Message::parse(payload), again)
            }
        };
        let mark = |(i, line): (usize, String)| {
            let start = if i == 0 { time.as_str() } else { "        " };
            format!("|{start}  {line}").trim_end().to_owned()
        };
        lines.into_iter().enumerate().map(mark).collect()
    }

    fn logged(&mut self, level: &str, origin: &str, text: &str) -> Vec<String> {
        let origin = if origin.is_empty() { String::new() } else { format!(" ({origin})") };
        let text = self.named(&printable(text.trim_end_matches('\n')));
        let mut lines = text.split('\n');
        let first = format!("log {level}{origin}: {}", lines.next().unwrap_or_default());
        std::iter::once(first).chain(lines.map(|l| format!("    {l}"))).collect()
    }

    fn wrote(&mut self, to: &Outlet, text: &[u8]) -> Vec<String> {
        let (kind, path) = match to {
            Outlet::Pipe(path) => ("pipe", path),
            Outlet::Datagram(path) => ("datagram", path),
        };
        let first = format!("{kind} {}:", printable(&String::from_utf8_lossy(path)));
        let text = self.named(&printable(&String::from_utf8_lossy(text)));
        std::iter::once(first).chain(text.lines().map(|l| format!("    {l}"))).collect()
    }

    fn sent(&mut self, socket: usize, to: SocketAddr, m: &Message, again: bool) -> Vec<String> {
        let party =
            self.parties.iter().find(|(a, _)| *a == to).map_or_else(|| to.to_string(), |(_, n)| n.clone());
        let from = if socket == 0 { String::new() } else { format!(" (proxy{})", socket + 1) };
        if again {
            return vec![self.named(&format!("{party} <{from} {} (again)", m.first))];
        }
        let mut lines = vec![format!("{party} <{from} {}", m.first)];
        for (name, value) in &m.headers {
            if !self.hides(m, name, value) {
                // another process each time
                let value = value.replace(&format!("pid={}", std::process::id()), "pid=%pid");
                lines.push(format!("    {name}: {value}"));
            }
        }
        lines.extend(m.body.lines().map(|l| format!("    = {l}")));
        lines.into_iter().map(|l| self.named(&printable(&l))).collect()
    }

    fn hides(&self, m: &Message, name: &str, value: &str) -> bool {
        let is = |n: &str| name.eq_ignore_ascii_case(n);
        let carried = CARRIED.contains(&name) && self.known.contains(&(name.to_owned(), value.to_owned()));
        let length = is("Content-Length") && value.parse() == Ok(m.body.len());
        carried || length || PRODUCTS.iter().any(|(n, v)| is(n) && value == *v)
    }

    /// Replaces addresses and made-up identifiers.
    fn named(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while !rest.is_empty() {
            let word = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
            if word > 0 {
                out += &self.word(&rest[..word]);
            }
            let other = rest[word..].find(is_word).map_or(rest.len(), |at| word + at);
            out += &rest[word..other];
            rest = &rest[other..];
        }
        out
    }

    fn word(&mut self, word: &str) -> String {
        if let Some((_, name)) = self.hosts.iter().find(|(host, _)| host == word) {
            return format!("%{name}");
        }
        let parts: Vec<&str> = word.strip_prefix("z9hG4bK").unwrap_or(word).split('.').collect();
        let hex = |s: &str, n: usize| {
            s.len() == n && s.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        let cookie = word.starts_with("z9hG4bK");
        match parts[..] {
            [id, branch] if cookie && hex(id, 16) => {
                let number = self.number('t', id);
                format!("z9hG4bK-t{number}.{branch}")
            }
            [run, id, "0"] if cookie && hex(run, 8) && hex(id, 16) => {
                format!("z9hG4bK-s{}", self.number('s', id))
            }
            [run, id] if !cookie && hex(run, 8) && hex(id, 8) => format!("tag-{}", self.number('g', word)),
            [id] if hex(id, 16) || hex(id, 24) => format!("id-{}", self.number('i', id)),
            _ => word.to_owned(),
        }
    }

    fn number(&mut self, kind: char, text: &str) -> usize {
        let of_kind = |n: &[(char, String)]| n.iter().filter(|(k, _)| *k == kind).count();
        match self.numbers.iter().position(|(k, t)| *k == kind && t == text) {
            Some(at) => of_kind(&self.numbers[..=at]),
            None => {
                self.numbers.push((kind, text.to_owned()));
                of_kind(&self.numbers)
            }
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '.'
}

/// Control characters would hide in a file.
fn printable(text: &str) -> String {
    let show =
        |c: char| if c.is_control() && c != '\n' { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(show).collect()
}

/// A command, what it got to read, and its variables.
fn ran(command: &ShellCommand) -> Vec<String> {
    let text = |bytes: &[u8]| printable(&String::from_utf8_lossy(bytes));
    let mut lines = vec![format!("runs: {}", text(&command.command))];
    if !command.input.is_empty() {
        lines.push(format!("    < {}", text(&command.input)));
    }
    let variables = command.environment.iter();
    lines.extend(variables.map(|(name, value)| format!("    {}={}", text(name), text(value))));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_random_is_numbered_and_addresses_have_names() {
        let mut t = Transcript { hosts: vec![("10.0.0.1".into(), "alice".into())], ..Transcript::default() };
        let via = "UDP 10.0.0.1:5060;branch=z9hG4bK0123456789abcdef.1 10.0.0.10 tag=01234567.89abcdef";
        assert_eq!(t.named(via), "UDP %alice:5060;branch=z9hG4bK-t1.1 10.0.0.10 tag=tag-1");
        assert_eq!(t.named("z9hG4bK0123456789abcdee.0"), "z9hG4bK-t2.0");
        assert_eq!(t.named("z9hG4bK0123456789abcdef.0"), "z9hG4bK-t1.0");
    }
}
