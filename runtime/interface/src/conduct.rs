//! What calls mean for the life of a request: whether it is answered, and where text of strangers does harm.
//! Facts for warnings of the compiler; nothing runs by them.

/// What a function does for the request at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conduct {
    /// Sends the reply that the script asks for; the code is the parameter of that number, or final when `None`.
    Replies(Option<usize>),
    /// Sends the request on, or answers it when that fails.
    Relays,
    /// Answers the request in any case, by a reply of its own choice.
    Answers,
    /// Arms a failure, branch or reply route for the next relay.
    Arms,
}

/// What a function is handed that must not come from strangers as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sink {
    /// A command line of a shell.
    Shell,
    /// A statement of SQL.
    Query,
    /// Header lines, or a reason phrase: a line end begins another header.
    Header,
}

/// (module, function, what)
const CONDUCT: &[(&str, &str, Conduct)] = &[
    ("core", "forward", Conduct::Relays),
    ("core", "send", Conduct::Relays),
    ("sl", "sl_send_reply", Conduct::Replies(Some(0))),
    ("sl", "sl_reply_error", Conduct::Replies(None)),
    ("signaling", "send_reply", Conduct::Replies(Some(0))),
    ("tm", "t_reply", Conduct::Replies(Some(0))),
    ("tm", "t_reply_with_body", Conduct::Replies(Some(0))),
    ("tm", "t_relay", Conduct::Relays),
    ("tm", "t_on_failure", Conduct::Arms),
    ("tm", "t_on_branch", Conduct::Arms),
    ("tm", "t_on_reply", Conduct::Arms),
    ("registrar", "save", Conduct::Answers),
    ("options", "options_reply", Conduct::Answers),
    ("auth", "www_challenge", Conduct::Answers),
    ("auth", "proxy_challenge", Conduct::Answers),
];

/// (module, function, number of the parameter, what)
const SINKS: &[(&str, &str, usize, Sink)] = &[
    ("exec", "exec", 0, Sink::Shell),
    ("sqlops", "sql_query", 0, Sink::Query),
    ("sipmsgops", "append_to_reply", 0, Sink::Header),
    ("sipmsgops", "append_hf", 0, Sink::Header),
    ("sipmsgops", "insert_hf", 0, Sink::Header),
    ("sl", "sl_send_reply", 1, Sink::Header),
    ("signaling", "send_reply", 1, Sink::Header),
    ("tm", "t_reply", 1, Sink::Header),
    ("tm", "t_reply_with_body", 1, Sink::Header),
];

/// What a function does for the request; `None` for most.
pub fn conduct(module: &str, function: &str) -> Option<Conduct> {
    CONDUCT.iter().find(|(m, f, _)| *m == module && *f == function).map(|(.., c)| *c)
}

/// The parameters of a function that must not be text of strangers.
pub fn sinks(module: &str, function: &str) -> impl Iterator<Item = (usize, Sink)> {
    SINKS.iter().filter(move |(m, f, ..)| *m == module && *f == function).map(|(.., n, s)| (*n, *s))
}

#[cfg(test)]
mod tests {
    use super::{CONDUCT, SINKS};
    use crate::{core, find_module};

    #[test]
    fn the_functions_are_there() {
        let named = CONDUCT.iter().map(|(m, f, _)| (*m, *f, 0));
        for (module, function, at) in named.chain(SINKS.iter().map(|(m, f, at, _)| (*m, *f, *at))) {
            let table = if module == "core" { Some(core()) } else { find_module(module) };
            // a module that is not built yet is named ahead
            let Some(table) = table else { continue };
            let found = table.functions.iter().find(|f| f.name == function);
            assert!(found.is_some_and(|f| at <= f.params.len()), "{module}: {function}");
        }
    }
}
