//! The line language of cases: see `tests/cases/README.md` and `docs/testing.md`.

use std::net::SocketAddr;

use crate::party::Which;

/// One line that is not output: its text as it stands in the file, and what it says.
#[derive(Debug)]
pub struct Step {
    /// The line and the indented ones below it.
    pub lines: Vec<String>,
    /// What is to be done; `None` for comments and empty lines.
    pub command: Option<Command>,
}

/// What a line says.
#[derive(Debug)]
pub enum Command {
    /// `script PATH`: which script; otherwise the one beside the flow.
    Script(String),
    /// `limit transactions N`
    Limit(usize),
    /// `party NAME ADDRESS:PORT`
    Party(String, SocketAddr),
    /// `NAME > …`
    Send(Sending),
    /// `wait 500 ms`
    Wait(u64),
    /// `resolve NAME [after 100 ms] ADDRESS:PORT …`
    Resolve(String, u64, Vec<SocketAddr>),
    /// `command [after 100 ms] TEXT`: what a command that scripts run prints, below it
    Prints(String, u64, Vec<String>),
    /// `unreachable ADDRESS:PORT`, `reachable ADDRESS:PORT`
    Reachable(SocketAddr, bool),
    /// `drain`
    Drain,
    /// `statistics core: tm:2xx_transactions`: those of a group, or single ones, that are not 0
    Statistics(Vec<String>),
    /// `mi COMMAND {"name": value}`
    Mi(String, String),
}

/// A message to be sent.
#[derive(Debug)]
pub struct Sending {
    /// By whom.
    pub party: String,
    /// To which socket of the site; `None` for the usual one.
    pub socket: Option<usize>,
    /// What.
    pub what: Content,
    /// The indented lines, without indentation.
    pub lines: Vec<String>,
}

/// What is sent.
#[derive(Debug)]
pub enum Content {
    /// A request outside dialogs: method, URI, number of the call.
    New(String, String, Option<u32>),
    /// A request inside a call: method, another URI, number of the call.
    Within(String, Option<String>, Option<u32>),
    /// A reply: code, reason, to which request; the number of the call.
    Reply(u16, Option<String>, Which, Option<u32>),
    /// Something that was sent before, by how it starts.
    Again(String),
    /// The indented lines as they are; `.` stands for an empty line.
    Raw,
}

/// What output lines begin with.
pub const OUTPUT: char = '|';

/// Reads a flow. Output lines are left out; `expand` replaces names in lines.
///
/// # Errors
/// The line that cannot be understood.
pub fn parse(text: &str, expand: &dyn Fn(&str) -> String) -> Result<Vec<Step>, String> {
    let mut groups: Vec<Vec<String>> = Vec::new();
    for line in text.lines().filter(|l| !l.starts_with(OUTPUT)) {
        match groups.last_mut() {
            Some(group) if line.starts_with([' ', '\t']) && !line.trim().is_empty() => {
                group.push(line.to_owned())
            }
            _ => groups.push(vec![line.to_owned()]),
        }
    }
    groups.into_iter().map(|lines| step(lines, expand)).collect()
}

fn step(lines: Vec<String>, expand: &dyn Fn(&str) -> String) -> Result<Step, String> {
    let first = lines.first().map(|l| expand(l)).unwrap_or_default();
    if first.trim().is_empty() || first.starts_with('#') {
        return Ok(Step { lines, command: None });
    }
    let indented = lines.iter().skip(1).map(|l| expand(l.trim())).collect();
    let command = command(&first, indented).ok_or_else(|| format!("cannot understand: {first}"))?;
    Ok(Step { lines, command: Some(command) })
}

fn command(line: &str, indented: Vec<String>) -> Option<Command> {
    if let Some((party, rest)) = line.split_once(" > ") {
        let (socket, rest) = match rest.split_once(": ").filter(|(to, _)| to.starts_with("proxy")) {
            Some((to, rest)) => (Some(socket_number(to)?), rest),
            None => (None, rest),
        };
        let what = content(rest)?;
        return Some(Command::Send(Sending { party: party.trim().into(), socket, what, lines: indented }));
    }
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    match word {
        "script" => Some(Command::Script(rest.into())),
        "limit" => Some(Command::Limit(rest.strip_prefix("transactions ")?.parse().ok()?)),
        "party" => {
            rest.split_once(' ').and_then(|(n, a)| Some(Command::Party(n.into(), a.trim().parse().ok()?)))
        }
        "wait" => Some(Command::Wait(duration(rest)?)),
        "resolve" => resolve(rest),
        "command" => {
            let (after, text) = delayed(rest)?;
            Some(Command::Prints(text.to_owned(), after, indented))
        }
        "unreachable" | "reachable" => Some(Command::Reachable(rest.parse().ok()?, word == "reachable")),
        "drain" => Some(Command::Drain),
        "statistics" => Some(Command::Statistics(rest.split_whitespace().map(str::to_owned).collect())),
        "mi" => rest.split_once(' ').or(Some((rest, "{}"))).map(|(c, p)| Command::Mi(c.into(), p.into())),
        _ => None,
    }
}

/// `proxy` is the first socket, `proxy2` the second.
fn socket_number(name: &str) -> Option<usize> {
    match name.strip_prefix("proxy")? {
        "" => Some(0),
        n => n.parse::<usize>().ok()?.checked_sub(1),
    }
}

/// A day: the clock goes tick by tick.
const WAIT_MAX: u64 = 24 * 3_600_000;

/// `500 ms`, `32 s`, `2 min`, `1 h`
fn duration(text: &str) -> Option<u64> {
    let (number, unit) = text.trim().split_once(' ')?;
    let unit = match unit.trim() {
        "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit).filter(|ms| *ms <= WAIT_MAX)
}

fn resolve(text: &str) -> Option<Command> {
    let (name, rest) = text.split_once(' ')?;
    let (after, addresses) = delayed(rest.trim())?;
    let addresses: Option<Vec<SocketAddr>> = addresses.split_whitespace().map(|a| a.parse().ok()).collect();
    Some(Command::Resolve(name.to_ascii_lowercase(), after, addresses?))
}

/// `after 100 ms …`; without it, no time.
fn delayed(text: &str) -> Option<(u64, &str)> {
    let Some(rest) = text.strip_prefix("after ") else { return Some((0, text)) };
    let at = rest.find(" ms ")? + 4;
    Some((duration(&rest[..at])?, &rest[at..]))
}

fn content(text: &str) -> Option<Content> {
    let (text, call) = match text.rsplit_once(" #") {
        Some((text, number)) => (text, Some(number.trim().parse().ok()?)),
        None => (text, None),
    };
    let (word, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    let rest = rest.trim();
    if word == "raw" {
        return Some(Content::Raw);
    }
    if word == "again" {
        return Some(Content::Again(rest.to_owned()));
    }
    if let Ok(code) = word.parse() {
        let (which, reason) = which_and_reason(rest);
        return Some(Content::Reply(code, reason, which, call));
    }
    if rest.is_empty() {
        return Some(Content::Within(word.into(), None, call));
    }
    if matches!(word, "ACK" | "CANCEL") {
        return Some(Content::Within(word.into(), Some(rest.into()), call));
    }
    Some(Content::New(word.into(), rest.into(), call))
}

/// `INVITE.2 "Busy here"`: both parts may be missing.
fn which_and_reason(text: &str) -> (Which, Option<String>) {
    let (method, reason) = match text.split_once('"') {
        Some((method, reason)) => (method.trim(), Some(reason.trim_end_matches('"').to_owned())),
        None => (text, None),
    };
    if method.is_empty() {
        return (Which::default(), reason);
    }
    let (method, number) = method.split_once('.').map_or((method, None), |(m, n)| (m, n.parse().ok()));
    (Which { method: Some(method.to_owned()), number, call: None }, reason)
}

/// The bytes of raw lines: `.` is an empty line, a `\` at the end leaves the line end out, `\xHH` is a byte, `\\` a
/// backslash, and `\(N text\)` is a text N times.
pub fn raw(lines: &[String]) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    for line in lines {
        let (text, end) = match line.strip_suffix('\\').filter(|l| !l.ends_with('\\')) {
            Some(text) => (text, ""),
            None => (line.as_str(), "\r\n"),
        };
        unescape(if text == "." { "" } else { text }, &mut out)
            .ok_or_else(|| format!("bad escape in {line}"))?;
        out.extend_from_slice(end.as_bytes());
    }
    Ok(out)
}

fn unescape(text: &str, out: &mut Vec<u8>) -> Option<()> {
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        out.extend_from_slice(plain.as_bytes());
        rest = match escape.as_bytes().first()? {
            b'\\' => {
                out.push(b'\\');
                escape.get(1..)?
            }
            b'x' => {
                out.push(u8::from_str_radix(escape.get(1..3)?, 16).ok()?);
                escape.get(3..)?
            }
            b'(' => {
                let (inside, behind) = escape.get(1..)?.split_once("\\)")?;
                let (times, repeated) = inside.split_once(' ')?;
                for _ in 0..times.parse::<u16>().ok()? {
                    unescape(repeated, out)?;
                }
                behind
            }
            _ => return None,
        };
    }
    out.extend_from_slice(rest.as_bytes());
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_lines_have_escapes() {
        let lines = |l: &[&str]| raw(&l.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>());
        assert_eq!(lines(&["a", ".", "b\\"]).as_deref(), Ok(&b"a\r\n\r\nb"[..]));
        assert_eq!(lines(&["\\x00\\\\\\(3 v\\x2c\\)."]).as_deref(), Ok(&b"\0\\v,v,v,.\r\n"[..]));
        assert!(lines(&["\\q"]).is_err());
    }

    #[test]
    fn lines_are_understood_or_refused() {
        let same = |s: &str| s.to_owned();
        let flow = "# a comment\nalice > INVITE sip:bob@h #2\n   X-A: b\n| output\nbob > 486 INVITE.2 \"Busy\"\nwait 2 s\n";
        let steps = parse(flow, &same).expect("good lines");
        assert_eq!(steps.len(), 4);
        let Some(Command::Send(s)) = &steps[1].command else { panic!("not a request") };
        assert!(matches!(&s.what, Content::New(m, u, Some(2)) if m == "INVITE" && u == "sip:bob@h"));
        assert_eq!(s.lines, ["X-A: b"]);
        let Some(Command::Send(s)) = &steps[2].command else { panic!("not a reply") };
        assert!(matches!(&s.what, Content::Reply(486, Some(_), Which { number: Some(2), .. }, None)));
        assert!(matches!(steps[3].command, Some(Command::Wait(2000))));
        assert!(parse("dance\n", &same).is_err());
    }
}
