//! Route tests: a text file beside a script says what phones send and what must come of it
//! (`docs/testing.md`). Each test has a site of its own.
//!
//! The lines are those of flows ([`crate::flow`]); added are `test NAME`, `expect …`, `ignore`, and `db TABLE`, whose
//! lines are a table of the database.

mod expect;
mod run;

pub use run::{Outcome, run};

/// A file of tests, cut into pieces but not understood yet: names of addresses depend on the script.
#[derive(Debug, Default)]
pub struct Spec {
    /// `script PATH`, as written.
    pub script: Option<String>,
    /// `define NAME=VALUE` lines.
    pub define: Vec<String>,
    /// What every test begins with.
    common: Vec<Group>,
    /// Tables of the database that every test has.
    tables: Vec<Table>,
    /// The tests in order.
    pub tests: Vec<Test>,
}

/// One test.
#[derive(Debug)]
pub struct Test {
    /// Its name.
    pub name: String,
    /// Where it begins.
    pub line: usize,
    groups: Vec<Group>,
    tables: Vec<Table>,
}

/// A table of the database: what module `db_text` reads from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its version, as modules check it.
    pub version: u32,
    /// Columns and rows, a line each.
    pub text: String,
}

/// A line and the indented ones below it.
#[derive(Debug, Clone)]
struct Group {
    /// From 1.
    line: usize,
    lines: Vec<String>,
}

/// Things that a test may want and that no build answers yet.
const LATER: &[(&str, &str)] =
    &[("http", "answers of HTTP servers cannot be given yet: no module of this build asks any")];

impl Spec {
    /// Reads a file.
    ///
    /// # Errors
    /// The line that cannot be understood, with its number.
    pub fn read(text: &str) -> Result<Spec, String> {
        let mut spec = Spec::default();
        for group in groups(text) {
            let first = group.lines.first().map_or("", |l| l.trim_end());
            let (word, rest) = first.split_once(' ').unwrap_or((first, ""));
            let rest = rest.trim();
            if let Some((_, why)) = LATER.iter().find(|(later, _)| *later == word) {
                return Err(format!("line {}: {why}", group.line));
            }
            match word {
                "test" if rest.is_empty() => return Err(format!("line {}: a test needs a name", group.line)),
                "test" => {
                    let name = rest.trim_matches('"').to_owned();
                    spec.tests.push(Test { name, line: group.line, groups: Vec::new(), tables: Vec::new() });
                }
                "script" => spec.script = Some(rest.to_owned()),
                "define" => spec.define.push(rest.to_owned()),
                "db" => {
                    let table = table(rest, &group).map_err(|why| format!("line {}: {why}", group.line))?;
                    spec.tests.last_mut().map_or(&mut spec.tables, |t| &mut t.tables).push(table);
                }
                _ => match spec.tests.last_mut() {
                    Some(test) => test.groups.push(group),
                    None => spec.common.push(group),
                },
            }
        }
        if spec.tests.is_empty() {
            return Err("there is no test in it: begin one with a line `test NAME`".to_owned());
        }
        Ok(spec)
    }

    /// The tables that a test's database has: its own before those of all tests.
    pub fn tables(&self, test: &Test) -> Vec<Table> {
        let own = |name: &str| test.tables.iter().any(|t| t.name == name);
        let common = self.tables.iter().filter(|t| !own(&t.name));
        test.tables.iter().chain(common).cloned().collect()
    }
}

/// `NAME VERSION`, and below it columns and rows.
fn table(head: &str, group: &Group) -> Result<Table, String> {
    let (name, version) = head.split_once(' ').ok_or("a table needs its version, as in `db address 5`")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(plain) {
        return Err(format!("`{name}` is no name of a table"));
    }
    let version = version.trim().parse().map_err(|_| format!("`{version}` is no version of a table"))?;
    let rows = group.lines.iter().skip(1).map(|line| format!("{line}\n"));
    Ok(Table { name: name.to_owned(), version, text: rows.collect() })
}

fn groups(text: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let indented = text.starts_with([' ', '\t']);
        if text.trim().is_empty() || text.trim_start().starts_with('#') {
            continue;
        }
        match groups.last_mut() {
            Some(group) if indented => group.lines.push(text.trim().to_owned()),
            _ => groups.push(Group { line, lines: vec![text.trim_end().to_owned()] }),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::Spec;

    #[test]
    fn files_are_cut_into_tests() {
        let spec = Spec::read(
            "script a.cfg\ndefine A=1\n\ntest one\nalice > OPTIONS sip:x@y\n  X: 1\n# c\nexpect alice < 200\n",
        );
        let spec = spec.expect("good");
        assert_eq!((spec.script.as_deref(), spec.define.len(), spec.tests.len()), (Some("a.cfg"), 1, 1));
        assert_eq!((spec.tests[0].groups.len(), spec.tests[0].groups[0].lines.len()), (2, 2));
        assert!(Spec::read("wait 1 s\n").is_err());
        let spec = Spec::read("db a 5\n  id(int)\n  1\ndb b 1\n  x(string)\ntest t\ndb a 6\n  id(int)\n")
            .expect("good");
        let tables: Vec<_> =
            spec.tables(&spec.tests[0]).into_iter().map(|t| (t.name, t.version, t.text)).collect();
        assert_eq!(tables, [("a".into(), 6, "id(int)\n".into()), ("b".into(), 1, "x(string)\n".to_owned())]);
        assert!(Spec::read("db ../x 1\ntest t\n").is_err() && Spec::read("db a\ntest t\n").is_err());
        assert_eq!(Spec::read("test a\nhttp x 200\n").map(|_| ()).map_err(|e| e.len() > 20), Err(true));
    }
}
