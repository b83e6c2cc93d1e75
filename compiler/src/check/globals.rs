//! Global parameters with simple values (LANGUAGE 2.1).

use super::variables::Flag;
use super::{Checker, shown};
use crate::diagnostics::codes;
use crate::ir::{Bytes, Global, Value};
use crate::source::Span;
use crate::syntax::globals::{self, Status, Takes};
use crate::syntax::tree::{self, GlobalValue};

const POLL_METHODS: &[&str] = &["poll", "epoll", "sigio_rt", "select", "kqueue", "/dev/poll"];
const FACILITIES: &[&str] = &[
    "LOG_AUTH",
    "LOG_AUTHPRIV",
    "LOG_CRON",
    "LOG_DAEMON",
    "LOG_FTP",
    "LOG_KERN",
    "LOG_LPR",
    "LOG_MAIL",
    "LOG_NEWS",
    "LOG_SYSLOG",
    "LOG_USER",
    "LOG_UUCP",
    "LOG_LOCAL0",
    "LOG_LOCAL1",
    "LOG_LOCAL2",
    "LOG_LOCAL3",
    "LOG_LOCAL4",
    "LOG_LOCAL5",
    "LOG_LOCAL6",
    "LOG_LOCAL7",
];

/// The numbers of IPTOS_LOWDELAY and IPTOS_THROUGHPUT.
const LOW_DELAY: i32 = 16;
const THROUGHPUT: i32 = 8;

impl Checker<'_> {
    pub(super) fn global(&mut self, global: &tree::Global) {
        let Some(known) = globals::find(global.name) else { return };
        let name = known.names[0];
        if known.status == Status::Idle {
            let message = format!("`{name}` has no effect here");
            let fault = self.fault(&codes::IDLE_GLOBAL, global.name_span, message);
            self.push(fault.label("accepted and ignored"));
        }
        if self.clause(global) {
            return;
        }
        let Some(value) = self.simple(name, known.takes, &global.value, global.span) else { return };
        let profile = match &global.value {
            GlobalValue::Number { profile: Some(profile), .. } if known.takes == Takes::Workers => {
                Some(profile.text.clone())
            }
            GlobalValue::Number { profile: Some(profile), .. } => {
                let message = format!("`{name}` takes no scaling profile");
                return self.report(&codes::GLOBAL_TYPE, profile.span, message);
            }
            _ => None,
        };
        self.register_flag(name, &value, global.span);
        self.program.globals.push(Global { name, value, profile, span: global.span });
    }

    /// The names of the two flags that globals name.
    fn register_flag(&mut self, name: &str, value: &Value, span: Span) {
        let sort = match name {
            "tcp_no_new_conn_bflag" => Flag::Branch,
            "tcp_no_new_conn_rplflag" => Flag::Message,
            _ => return,
        };
        if let Value::Text(flag) = value {
            self.flag(sort, flag, span);
        }
    }

    fn simple(&mut self, name: &str, takes: Takes, value: &GlobalValue, span: Span) -> Option<Value> {
        let wanted = match (takes, value) {
            (Takes::Signed, GlobalValue::Number { number, .. }) => return Some(Value::Int(number.value)),
            (Takes::Between(least, most), GlobalValue::Number { number, signed: false, .. }) => {
                return self.between(name, number, least, most);
            }
            (
                Takes::Flag | Takes::Number | Takes::Workers | Takes::NumberOrWord,
                GlobalValue::Number { number, signed: false, .. },
            ) => return Some(Value::Int(number.value)),
            (Takes::Text | Takes::TextOrWord, GlobalValue::Text(text)) => {
                return self.one_of_words(name, &text.value, text.span);
            }
            (Takes::Host, GlobalValue::Text(text)) => return Some(Value::Text(text.value.clone())),
            (Takes::Host, GlobalValue::Host(host)) => return Some(Value::Text(host.text.clone())),
            (Takes::OneOf(words), GlobalValue::Text(text)) => {
                if words.iter().any(|w| text.value.eq_ignore_ascii_case(w.as_bytes())) {
                    return Some(Value::Text(text.value.to_ascii_lowercase().into()));
                }
                return self.bad_word(name, &text.value, words, text.span);
            }
            (Takes::NumberOrWord, GlobalValue::Host(word)) => return Some(self.tos(&word.text, word.span)),
            (Takes::Word | Takes::TextOrWord, GlobalValue::Host(word)) if is_word(&word.text) => {
                return self.one_of_words(name, &word.text, word.span);
            }
            (Takes::Flag, _) => "yes or no",
            (Takes::Number | Takes::Workers | Takes::Between(..), _) => "a number without a sign",
            (Takes::Signed, _) => "a number",
            (Takes::Text | Takes::OneOf(_), _) => "a string in quotes",
            (Takes::Word, _) => "a word without quotes",
            (Takes::TextOrWord, _) => "a string in quotes or a word",
            (Takes::NumberOrWord, _) => "a number or a word",
            (Takes::Host, _) => "an address or a host name",
            (Takes::Clause, _) => "a clause",
        };
        self.wrong_value(name, wanted, takes, span)
    }

    fn wrong_value(&mut self, name: &str, wanted: &str, takes: Takes, span: Span) -> Option<Value> {
        let fault = self.fault(&codes::GLOBAL_TYPE, span, format!("`{name}` takes {wanted}"));
        let words = match takes {
            Takes::Flag => "boolean value expected",
            Takes::Text | Takes::TextOrWord | Takes::OneOf(_) => "string value expected",
            Takes::Host => "ip address or hostname expected",
            _ => "number expected",
        };
        self.push(fault.label(format!("expected {wanted}")).opensips(words));
        None
    }

    fn between(&mut self, name: &str, number: &tree::Number, least: i32, most: i32) -> Option<Value> {
        if (least..=most).contains(&number.value) {
            return Some(Value::Int(number.value));
        }
        let range =
            if most == i32::MAX { format!("at least {least}") } else { format!("from {least} to {most}") };
        let fault = self.fault(&codes::OUT_OF_RANGE, number.span, format!("`{name}` must be {range}"));
        self.push(fault.label("out of range").opensips(format!("invalid '{name}' value")));
        None
    }

    /// Words and strings that only few values of are good.
    fn one_of_words(&mut self, name: &str, text: &Bytes, span: Span) -> Option<Value> {
        let words: &[&str] = match name {
            "poll_method" => POLL_METHODS,
            "syslog_facility" => FACILITIES,
            _ => return Some(Value::Text(text.clone())),
        };
        if words.iter().any(|w| text.eq_ignore_ascii_case(w.as_bytes())) {
            return Some(Value::Text(text.clone()));
        }
        self.bad_word(name, text, words, span)
    }

    fn bad_word(&mut self, name: &str, text: &[u8], words: &[&str], span: Span) -> Option<Value> {
        let message = format!("`{}` is no value of `{name}`", shown(text));
        let fault = self.fault(&codes::BAD_LITERAL, span, message).label("unknown");
        self.push(
            fault.help(format!("it may be {}", words.join(", "))).opensips(format!("bad {name} value")),
        );
        None
    }

    /// The comparison in OpenSIPS is inverted, so names do not mean what they say.
    fn tos(&mut self, word: &[u8], span: Span) -> Value {
        let value = if word.eq_ignore_ascii_case(b"IPTOS_LOWDELAY") { THROUGHPUT } else { LOW_DELAY };
        let meant = if value == THROUGHPUT { "IPTOS_THROUGHPUT" } else { "IPTOS_LOWDELAY" };
        let message = format!("OpenSIPS takes `{}` for {meant}", shown(word));
        let fault = self.fault(&codes::IGNORED_OPTION, span, message).label(format!("set to {value}"));
        self.push(
            fault.note("it compares the names the wrong way round").help("write the number that is meant"),
        );
        Value::Int(value)
    }
}

/// A bare word, not an address or a dotted name.
fn is_word(text: &[u8]) -> bool {
    text.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
}
