//! Literal arguments that OpenSIPS converts when it loads the script, beyond what their kind says: a literal that
//! cannot be converted refuses the script, a variable with the same text only fails the call (LANGUAGE 9.4).

use super::{Checker, shown};
use crate::diagnostics::codes;
use crate::ir::{Arg, FormatPart, Value};
use crate::syntax::tree::{Argument, Call, Scalar, Text};
use sipc_interface::{Function, Module};

/// What a literal must look like.
enum Must {
    /// One of these words, ignoring case.
    Be(&'static [&'static str]),
    /// These words, joined by the separator.
    BeJoined(char, &'static [&'static str]),
    /// A number in this range.
    Lie(i32, i32),
    /// `[proto:]host[:port]`.
    BeDestination,
    /// `type/subtype`.
    BeMimeType,
    /// The name of a blacklist, or `all` if that may stand there.
    BeBlacklist(bool),
    /// A part of the server that reports its status: the core or a loaded module.
    BeReporting,
    /// The name of a bond.
    BeBond,
    /// A text with variables of the core only, which is read at run time.
    BeCoreText,
    /// A variable that is an AVP.
    BeAvp,
}

/// Module, function, position from 0, rule.
const RULES: &[(&str, &str, usize, Must)] = &[
    ("core", "forward", 0, Must::BeDestination),
    ("core", "send", 0, Must::BeDestination),
    ("core", "append_msg_branch", 2, Must::BeJoined(',', &["inherite"])),
    (
        "core",
        "set_via_handling",
        0,
        Must::BeJoined(',', &["force-rport", "add-local-rport", "reply-to-via", "force-tcp-alias"]),
    ),
    ("core", "use_blacklist", 0, Must::BeBlacklist(true)),
    ("core", "unuse_blacklist", 0, Must::BeBlacklist(true)),
    ("core", "check_blacklist_rule", 0, Must::BeBlacklist(true)),
    ("core", "add_blacklist_rule", 0, Must::BeBlacklist(false)),
    ("core", "del_blacklist_rule", 0, Must::BeBlacklist(false)),
    ("core", "socket_belongs_to_bond", 1, Must::BeBond),
    ("core", "sr_check_status", 0, Must::BeReporting),
    ("core", "script_trace", 1, Must::BeCoreText),
    ("core", "raise_event", 1, Must::BeAvp),
    ("core", "raise_event", 2, Must::BeAvp),
    ("core", "get_timestamp", 0, Must::BeAvp),
    ("core", "get_timestamp", 1, Must::BeAvp),
    ("core", "construct_uri", 5, Must::BeAvp),
    ("cfgutils", "shuffle_avps", 0, Must::BeAvp),
    ("rr", "is_direction", 0, Must::Be(&["downstream", "upstream"])),
    ("sl", "sl_send_reply", 0, Must::Lie(100, 699)),
    ("sipmsgops", "has_body", 0, Must::BeMimeType),
    (
        "sipmsgops",
        "is_privacy",
        0,
        Must::Be(&["user", "header", "session", "none", "critical", "id", "history"]),
    ),
];

impl Checker<'_> {
    /// Checks the literals of a call; false when one is bad.
    pub(super) fn literals(
        &mut self,
        module: &Module,
        function: &Function,
        args: &[Arg],
        call: &Call,
    ) -> bool {
        let mut good = true;
        let rules = RULES.iter().filter(|(m, f, ..)| *m == module.name && *f == function.name);
        for (_, _, position, must) in rules {
            let (Some(arg), Some(Argument::Scalar(written))) =
                (args.get(*position), call.args.get(*position))
            else {
                continue;
            };
            if let (Must::BeCoreText, Scalar::Text(text)) = (must, written) {
                good &= self.core_text(text);
                continue;
            }
            let Some(wanted) = broken(must, arg).or_else(|| self.unknown_clause(must, arg)) else { continue };
            let name = function.params.get(*position).map_or("", |p| p.name);
            let message = format!("the parameter `{name}` of `{}` must be {wanted}", function.name);
            let fault = self.fault(&codes::BAD_LITERAL, written.span(), message).label("cannot be used");
            self.push(fault.opensips(format!(
                "Failed to fix command <{}>: Fixup failed for param [{}]",
                function.name,
                position + 1
            )));
            good = false;
        }
        self.declared(module, function, args, call) && good
    }
}

impl Checker<'_> {
    /// A text that the runtime reads: its variables must be good, and of the core.
    fn core_text(&mut self, text: &Text) -> bool {
        let Some(format) = self.format(text) else { return false };
        let of_module = format.parts.iter().find_map(|part| match part {
            FormatPart::Variable(v) if !v.module.is_core() => Some(v.variable.name),
            _ => None,
        });
        if let Some(name) = of_module {
            let message = format!("`${name}`, a variable of a module, cannot be traced yet");
            self.report(&codes::NOT_BUILT, text.span, message);
        }
        of_module.is_none()
    }

    /// A literal that names no clause of the script.
    fn unknown_clause(&self, must: &Must, arg: &Arg) -> Option<String> {
        let Arg::Text(name) = arg else { return None };
        if let Must::BeReporting = must {
            let known = self.loaded.iter().any(|m| name.eq_ignore_ascii_case(m.name.as_bytes()));
            return (!known).then(|| "`core` or a loaded module".to_owned());
        }
        let (names, what) = match must {
            Must::BeBlacklist(true) if name.eq_ignore_ascii_case(b"all") => return None,
            Must::BeBlacklist(_) => (&self.clauses.blacklists, "a blacklist of this script"),
            Must::BeBond => (&self.clauses.bonds, "a bond of this script"),
            _ => return None,
        };
        let of_module = matches!(must, Must::BeBlacklist(_)) && self.is_list_of_module(name);
        (!names.contains(name) && !of_module).then(|| what.to_owned())
    }

    /// Whether a module makes a blacklist of this name: `modparam("dispatcher", "ds_define_blacklist", "name= 1, 2")`.
    fn is_list_of_module(&self, name: &[u8]) -> bool {
        let names = |text: &[u8]| {
            let text = text.split(|c| *c == b'=').next().unwrap_or_default();
            text.trim_ascii() == name
        };
        self.program.modparams.iter().any(|p| match (&p.value, p.param.name) {
            (Value::Text(text), "ds_define_blacklist" | "define_blacklist" | "lb_define_blacklist") => {
                names(text)
            }
            _ => false,
        })
    }
}

/// What the literal should have been; `None` when it is good or not known yet.
fn broken(must: &Must, arg: &Arg) -> Option<String> {
    if let (Must::BeAvp, Arg::Variable(variable)) = (must, arg) {
        return (variable.variable.name != "avp").then(|| "an AVP such as `$avp(name)`".to_owned());
    }
    let text = match arg {
        Arg::Text(text) => shown(text),
        Arg::Int(number) => number.to_string(),
        _ => return None,
    };
    match must {
        Must::Be(words) => (!is_one(&text, words)).then(|| words.join(" or ")),
        Must::BeJoined(separator, words) => {
            let good = text.split(*separator).all(|word| is_one(word.trim(), words));
            (!good).then(|| format!("made of {}, joined by `{separator}`", words.join(", ")))
        }
        Must::Lie(least, most) => {
            let good = text.parse::<i32>().is_ok_and(|n| (*least..=*most).contains(&n));
            (!good).then(|| format!("from {least} to {most}"))
        }
        Must::BeDestination => {
            (!is_destination(&text)).then(|| "a destination such as `udp:host:5060`".to_owned())
        }
        Must::BeMimeType => {
            let good = text.split_once('/').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty());
            (!good).then(|| "a MIME type such as `application/sdp`".to_owned())
        }
        // those need more than the text
        Must::BeAvp | Must::BeReporting | Must::BeBlacklist(_) | Must::BeBond | Must::BeCoreText => None,
    }
}

fn is_one(word: &str, words: &[&str]) -> bool {
    words.iter().any(|w| word.eq_ignore_ascii_case(w))
}

fn is_destination(text: &str) -> bool {
    let rest = match text.split_once(':') {
        Some((protocol, rest)) if super::clauses::is_protocol(protocol) => rest,
        _ => text,
    };
    let (host, port) = match rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((host, after)) => (host, after.strip_prefix(':')),
        None => rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port))),
    };
    !host.is_empty() && port.is_none_or(|port| port.parse::<u16>().is_ok())
}
