//! Runs one test on a site of its own.

use sipc_engine::dynamic;
use sipc_interface::RouteKind;

use super::expect::{Expect, Pending};
use super::{Group, Spec, Test};
use crate::flow::{self, Command};
use crate::play::{Player, expand, proxies};
use crate::site::{Subject, VirtualSite};

/// What came of a test: nothing is wrong, or what is, with the line it is about.
pub type Outcome = Result<(), (usize, String)>;

/// Plays a test.
///
/// # Errors
/// The first thing that is not as expected, with its line.
pub fn run(spec: &Spec, test: &Test, subject: Subject) -> Outcome {
    let site = VirtualSite::start(subject, None).map_err(|e| (test.line, e))?;
    let proxies = proxies(&site);
    let mut run = Run { player: Player::new(site), pending: Pending::default() };
    run.take();
    for group in spec.common.iter().chain(&test.groups) {
        let lines: Vec<String> = group.lines.iter().map(|l| expand(l, &proxies)).collect();
        run.step(&Group { line: group.line, lines }).map_err(|e| (group.line, e))?;
    }
    let left: Vec<String> = run.unexpected();
    if left.is_empty() { Ok(()) } else { Err((test.line, format!("nobody expected: {}", left.join("; ")))) }
}

struct Run {
    player: Player,
    pending: Pending,
}

impl Run {
    fn step(&mut self, group: &Group) -> Result<(), String> {
        let (first, below) = group.lines.split_first().ok_or("nothing to do")?;
        if first == "ignore" {
            self.pending.forget();
            return Ok(());
        }
        if let Some(text) = first.strip_prefix("expect ") {
            let expected = Expect::parse(text.trim(), below.to_vec())?;
            return self.expect(&expected).map_err(|why| format!("expected {}: {why}", text.trim()));
        }
        let text = std::iter::once(first.clone()).chain(below.iter().map(|l| format!("  {l}")));
        let text = text.collect::<Vec<_>>().join("\n");
        let steps = flow::parse(&text, &|line| line.to_owned())?;
        for command in steps.iter().filter_map(|step| step.command.as_ref()) {
            self.command(command)?;
        }
        Ok(())
    }

    fn command(&mut self, command: &Command) -> Result<(), String> {
        if matches!(
            command,
            Command::Script(_) | Command::Limit(_) | Command::Statistics(_) | Command::Mi(..)
        ) {
            return Err("this line is not for route tests".to_owned());
        }
        self.player.run(command, &mut String::new())?;
        self.take();
        Ok(())
    }

    fn take(&mut self) {
        for event in self.player.take() {
            self.pending.add(event);
        }
    }

    fn expect(&mut self, expected: &Expect) -> Result<(), String> {
        match expected {
            Expect::Nothing => match self.unexpected() {
                left if left.is_empty() => Ok(()),
                left => Err(format!("got {}", left.join("; "))),
            },
            Expect::Log(text) => self.pending.log(text),
            Expect::Variable(variable, value) => {
                let found = self.variable(variable)?;
                if found == *value { Ok(()) } else { Err(format!("it is {found}")) }
            }
            Expect::Message { party, first, conditions } => {
                let address = self.player.address(party).ok_or("there is no such phone")?;
                self.pending.message(address, first, conditions)
            }
        }
    }

    /// A variable that outlives a message, as a script would print it.
    fn variable(&self, text: &str) -> Result<String, String> {
        let mut cx = sipc_engine::dummy::context(&self.player.site.worker, RouteKind::Event)
            .ok_or("there is no message to read variables from")?;
        let value = dynamic::evaluate(&mut cx, text.as_bytes()).ok_or("there is no such variable")?;
        Ok(String::from_utf8_lossy(&value).into_owned())
    }

    fn unexpected(&self) -> Vec<String> {
        let name = |to| self.player.name(to).unwrap_or_else(|| format!("{to}"));
        self.pending.unexpected().map(|(to, m)| format!("{} < {}", name(to), m.first)).collect()
    }
}
