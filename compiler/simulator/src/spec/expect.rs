//! What a test expects, and whether it came.

use std::collections::HashSet;
use std::net::SocketAddr;

use bytes::Bytes;
use sipc_engine::network::Outlet;

use crate::message::Message;
use crate::network::{Event, What};

/// One expectation.
#[derive(Debug)]
pub(super) enum Expect {
    /// `expect alice < 404 Not Found`, with conditions below it.
    Message { party: String, first: String, conditions: Vec<String> },
    /// `expect log TEXT`
    Log(String),
    /// `expect $var(x) = 5`
    Variable(String, String),
    /// `expect nothing`
    Nothing,
}

impl Expect {
    /// Reads what stands behind `expect`.
    pub fn parse(text: &str, conditions: Vec<String>) -> Result<Expect, String> {
        if text == "nothing" {
            return Ok(Expect::Nothing);
        }
        if let Some(text) = text.strip_prefix("log ") {
            return Ok(Expect::Log(text.trim().trim_matches('"').to_owned()));
        }
        if text.starts_with('$') {
            let (variable, value) = text.split_once(" = ").ok_or("expected `$name = value`")?;
            return Ok(Expect::Variable(
                variable.trim().to_owned(),
                value.trim().trim_matches('"').to_owned(),
            ));
        }
        let (party, first) = text
            .split_once(" < ")
            .ok_or("expected `PARTY < MESSAGE`, `log TEXT`, `$name = value` or `nothing`")?;
        Ok(Expect::Message { party: party.trim().to_owned(), first: first.trim().to_owned(), conditions })
    }
}

/// What happened and nobody expected so far.
#[derive(Debug, Default)]
pub(super) struct Pending {
    messages: Vec<Arrived>,
    logged: Vec<String>,
    seen: HashSet<(SocketAddr, Bytes)>,
}

#[derive(Debug)]
struct Arrived {
    to: SocketAddr,
    message: Message,
    again: bool,
}

impl Arrived {
    /// Whether it may come without being expected: a 100, or something that is repeated.
    fn is_quiet(&self) -> bool {
        self.again || self.message.code() == Some(100)
    }
}

impl Pending {
    pub fn add(&mut self, event: Event) {
        match event.what {
            What::Logged { text, .. } | What::Answered(text) => self.logged.push(text),
            What::Ran(command) => {
                self.logged.push(format!("runs: {}", String::from_utf8_lossy(&command.command)));
            }
            What::Wrote(Outlet::Pipe(path) | Outlet::Datagram(path), text) => {
                let lossy = String::from_utf8_lossy;
                self.logged.push(format!("writes to {}: {}", lossy(&path), lossy(&text)));
            }
            // no phone tells it from what is sent as usual
            What::SentAs { to, payload, .. } => {
                let message = Message::parse(&payload);
                self.messages.push(Arrived { to: SocketAddr::V4(to), message, again: false });
            }
            What::Sent { to, payload, .. } => {
                let again = !self.seen.insert((to, payload.clone()));
                self.messages.push(Arrived { to, message: Message::parse(&payload), again });
            }
        }
    }

    pub fn forget(&mut self) {
        self.messages.clear();
        self.logged.clear();
    }

    /// What came and was not expected.
    pub fn unexpected(&self) -> impl Iterator<Item = (SocketAddr, &Message)> {
        self.messages.iter().filter(|m| !m.is_quiet()).map(|m| (m.to, &m.message))
    }

    /// Takes the next message of a phone, which must be the one expected.
    pub fn message(&mut self, to: SocketAddr, first: &str, conditions: &[String]) -> Result<(), String> {
        let of_phone = |m: &Arrived| m.to == to;
        let at = self.messages.iter().position(|m| of_phone(m) && begins(&m.message, first));
        let earlier = self.messages.iter().position(|m| of_phone(m) && !m.is_quiet());
        match (at, earlier) {
            (Some(at), earlier) if earlier.is_none_or(|e| e >= at) => {
                let arrived = self.messages.remove(at);
                conditions.iter().try_for_each(|c| holds(c, &arrived.message))
            }
            (_, Some(earlier)) => Err(format!("got {}", self.messages[earlier].message.first)),
            _ => Err("got nothing".to_owned()),
        }
    }

    /// Takes the first logged line with a text in it.
    pub fn log(&mut self, text: &str) -> Result<(), String> {
        match self.logged.iter().position(|line| matches(&format!("*{text}*"), line)) {
            Some(at) => {
                self.logged.drain(..=at);
                Ok(())
            }
            None if self.logged.is_empty() => Err("nothing was logged".to_owned()),
            None => Err(format!("logged was {}", self.logged.join(" | ").trim_end())),
        }
    }
}

/// `404`, `404 Not Found`, `INVITE`, `INVITE sip:bob@*`
fn begins(message: &Message, wanted: &str) -> bool {
    let first = message.first.strip_prefix("SIP/2.0 ").unwrap_or(&message.first);
    let first = first.strip_suffix(" SIP/2.0").unwrap_or(first);
    if wanted.contains(' ') { matches(wanted, first) } else { first.split(' ').next() == Some(wanted) }
}

/// `Name: value`, `-Name`, `= line of the body`; `*` stands for anything.
fn holds(condition: &str, message: &Message) -> Result<(), String> {
    if let Some(line) = condition.strip_prefix('=') {
        let found = message.body.lines().any(|l| matches(line.trim(), l.trim()));
        return if found { Ok(()) } else { Err(format!("its body has no line {}", line.trim())) };
    }
    if let Some(name) = condition.strip_prefix('-') {
        return match message.header(name.trim()) {
            Some(value) => Err(format!("it has {}: {value}", name.trim())),
            None => Ok(()),
        };
    }
    let (name, value) = condition.split_once(':').ok_or_else(|| format!("not a header: {condition}"))?;
    let (name, value) = (name.trim(), value.trim());
    if message.all(name).any(|found| matches(value, found)) {
        return Ok(());
    }
    let found: Vec<String> = message.all(name).map(|v| format!("{name}: {v}")).collect();
    let found = if found.is_empty() { format!("no {name}") } else { found.join(", ") };
    Err(format!("wanted {name}: {value}, it has {found}"))
}

/// Whether a text is as the pattern says; `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_texts() {
        for (pattern, text, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("*b", "ab", true),
            ("a*c*e", "abcde", true),
            ("a*c*e", "abde", false),
            ("*", "", true),
            ("ab*b", "ab", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn conditions_say_what_is_wrong() {
        let m = Message::parse(b"SIP/2.0 404 Not Found\r\nX: 1\r\nX: 2\r\n\r\nv=0\r\n");
        assert!(begins(&m, "404") && begins(&m, "404 Not*") && !begins(&m, "40") && !begins(&m, "404 No"));
        for good in ["X: 2", "-Y", "= v=*"] {
            assert_eq!(holds(good, &m), Ok(()), "{good}");
        }
        assert_eq!(holds("X: 3", &m), Err("wanted X: 3, it has X: 1, X: 2".to_owned()));
        assert_eq!(holds("-X", &m), Err("it has X: 1".to_owned()));
    }
}
