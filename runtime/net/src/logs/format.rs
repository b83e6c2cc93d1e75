//! How log lines look: as OpenSIPS prints them, as JSON, or as JSON by the schema of CEE.

use std::fmt::Write;

use sipc_engine::log::Level;

/// `stderror_log_format`, `syslog_log_format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `plain_text`
    Plain,
    /// `json`
    Json,
    /// `json_cee`
    Cee,
}

impl Format {
    /// By its name; what is no name is plain.
    pub fn of(name: &str) -> Format {
        match name.to_ascii_lowercase().as_str() {
            "json" => Format::Json,
            "json_cee" => Format::Cee,
            _ => Format::Plain,
        }
    }
}

/// One line.
pub(super) struct Line {
    pub level: Level,
    /// Empty for a line of the script.
    pub origin: String,
    pub text: Vec<u8>,
    /// Unix seconds.
    pub at: u64,
}

/// What all lines of a process share.
pub(super) struct Process {
    prefix: String,
    name: String,
    host: String,
    pid: u32,
}

impl Process {
    pub(super) fn of(prefix: &str, name: &str) -> Process {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        Process {
            prefix: prefix.to_owned(),
            name: name.to_owned(),
            host: host.trim().to_owned(),
            pid: std::process::id(),
        }
    }

    /// With a line end.
    pub(super) fn for_stderr(&self, line: &Line, format: Format) -> Vec<u8> {
        let mut text = match format {
            Format::Plain => {
                [format!("{} [{}] ", clock_text(line.at), self.pid).as_bytes(), &self.plain(line)].concat()
            }
            Format::Json => self.json(line).into_bytes(),
            Format::Cee => self.cee(line).into_bytes(),
        };
        if text.last() != Some(&b'\n') {
            text.push(b'\n');
        }
        text
    }

    /// Without a line end; behind the name of the program.
    pub(super) fn for_syslog(&self, line: &Line, format: Format) -> Vec<u8> {
        let text = match format {
            Format::Plain => self.plain(line),
            Format::Json => self.json(line).into_bytes(),
            Format::Cee => format!("@cee: {}", self.cee(line)).into_bytes(),
        };
        let text = text.strip_suffix(b"\n").unwrap_or(&text);
        [format!("[{}]: ", self.pid).as_bytes(), text].concat()
    }

    fn plain(&self, line: &Line) -> Vec<u8> {
        let mut head = if self.prefix.is_empty() { String::new() } else { format!("{}:", self.prefix) };
        if !line.origin.is_empty() {
            let _ = write!(head, "{}:{}: ", line.level.word(), line.origin);
        }
        [head.as_bytes(), &line.text].concat()
    }

    fn json(&self, line: &Line) -> String {
        let mut out = format!(
            "{{\"time\": \"{}\", \"pid\": {}, \"level\": \"{}\"",
            clock_text(line.at),
            self.pid,
            line.level.word()
        );
        if let Some((module, function)) = origin(line) {
            member(&mut out, "module", module);
            member(&mut out, "function", function);
        }
        if !self.prefix.is_empty() {
            member(&mut out, "prefix", &self.prefix);
        }
        member(&mut out, "message", &String::from_utf8_lossy(&line.text));
        out + "}"
    }

    fn cee(&self, line: &Line) -> String {
        let mut out = format!(
            "{{\"time\": \"{}\", \"proc\": {{\"id\": \"{}\"}}, \"pri\": \"{}\"",
            clock_text(line.at),
            self.pid,
            line.level.word()
        );
        let mut native = String::new();
        if let Some((module, function)) = origin(line) {
            member(&mut out, "subsys", module);
            member(&mut native, "function", function);
        }
        if !self.prefix.is_empty() {
            member(&mut native, "log_prefix", &self.prefix);
        }
        if !native.is_empty() {
            let _ = write!(out, ", \"native\": {{{}}}", &native[2..]);
        }
        member(&mut out, "msg", &String::from_utf8_lossy(&line.text));
        member(&mut out, "pname", &self.name);
        member(&mut out, "hostname", &self.host);
        out + "}"
    }
}

/// Module and function; what names no module is of the core.
fn origin(line: &Line) -> Option<(&str, &str)> {
    (!line.origin.is_empty()).then(|| line.origin.split_once(':').unwrap_or(("core", &line.origin)))
}

/// `, "name": "text"`
fn member(out: &mut String, name: &str, text: &str) {
    let _ = write!(out, ", \"{name}\": \"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// `Nov 22 05:41:24`, UTC: the day's text without a time-zone database.
fn clock_text(unix: u64) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (days, rest) = (unix / 86_400, unix % 86_400);
    let (month, day) = month_and_day(days);
    let month = MONTHS.get(month).copied().unwrap_or("???");
    format!("{month} {day:2} {:02}:{:02}:{:02}", rest / 3600, rest % 3600 / 60, rest % 60)
}

/// Month (from 0) and day of a number of days since 1970-01-01 in the Gregorian calendar.
fn month_and_day(days: u64) -> (usize, u64) {
    let z = days + 719_468;
    let doe = z % 146_097;
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 2 } else { mp - 10 };
    (month as usize, doy - (153 * mp + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_text_is_that_of_the_calendar() {
        assert_eq!(clock_text(0), "Jan  1 00:00:00");
        assert_eq!(clock_text(951_782_400), "Feb 29 00:00:00");
        assert_eq!(clock_text(1_795_326_084), "Nov 22 05:41:24");
    }

    #[test]
    fn the_three_forms() {
        let p = Process { prefix: "edge".into(), name: "sipc".into(), host: "h1".into(), pid: 7 };
        let line = |origin: &str| Line {
            level: Level::Error,
            origin: origin.into(),
            text: b"a \"b\"\x01\n".to_vec(),
            at: 0,
        };
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it is text");
        assert_eq!(
            text(p.for_stderr(&line("tm:t_relay"), Format::Plain)),
            "Jan  1 00:00:00 [7] edge:ERROR:tm:t_relay: a \"b\"\u{1}\n"
        );
        assert_eq!(
            text(p.for_stderr(&line("t_relay"), Format::Json)),
            "{\"time\": \"Jan  1 00:00:00\", \"pid\": 7, \"level\": \"ERROR\", \"module\": \"core\", \"function\": \
             \"t_relay\", \"prefix\": \"edge\", \"message\": \"a \\\"b\\\"\\u0001\\n\"}\n"
        );
        assert_eq!(
            text(p.for_syslog(&line(""), Format::Cee)),
            "[7]: @cee: {\"time\": \"Jan  1 00:00:00\", \"proc\": {\"id\": \"7\"}, \"pri\": \"ERROR\", \"native\": \
             {\"log_prefix\": \"edge\"}, \"msg\": \"a \\\"b\\\"\\u0001\\n\", \"pname\": \"sipc\", \"hostname\": \"h1\"}"
        );
        for format in [Format::Json, Format::Cee] {
            let plain = text(p.for_stderr(&line("x"), format));
            assert!(plain.starts_with('{') && plain.ends_with("}\n"));
        }
    }
}
