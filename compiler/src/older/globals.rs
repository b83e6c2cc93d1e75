//! Parameters of the core.

use super::cursor::Cursor;
use crate::syntax::token::TokenKind;

/// Another name, the same value.
const RENAMED: &[(&str, &str, Option<&str>)] = &[
    ("children", "udp_workers", None),
    ("tcp_children", "tcp_workers", None),
    ("debug", "log_level", None),
    ("log_facility", "syslog_facility", None),
    ("log_name", "syslog_name", None),
    ("tcp_listen_backlog", "tcp_socket_backlog", None),
    ("xlog_default_level", "xlog_print_level", None),
];

/// Gone, with what to do instead.
const GONE: &[(&str, &str)] = &[
    ("user", "start the server with -u"),
    ("uid", "start the server with -u"),
    ("group", "start the server with -g"),
    ("gid", "start the server with -g"),
    ("disable_tcp", "TCP is there when proto_tcp is loaded"),
    ("disable_tls", "TLS is there when proto_tls is loaded"),
    ("avp_aliases", "the AVPs keep the names that the script gives them"),
    ("bin_children", "sockets of protocol bin use the workers of TCP"),
    ("tcp_parallel_read_on_workers", "TCP is read by the threads that tcp_threads sets"),
];

pub(super) fn find(cursor: &mut Cursor<'_>) {
    let top = cursor.top_level();
    let port = top.iter().find(|at| is_global(cursor, **at, "port")).map(|at| cursor.text(at + 2));
    for at in top {
        let Some(name) = cursor.word(at).filter(|_| cursor.is(at + 1, "=")) else { continue };
        if let Some((_, new, meaning)) = RENAMED.iter().find(|(old, ..)| *old == name) {
            cursor.change_with(at..=at, *new, *meaning);
        } else if let Some((_, instead)) = GONE.iter().find(|(old, _)| *old == name) {
            cursor.change_with(at..=at + 2, "", Some(instead));
        } else {
            special(cursor, at, &name, port.as_deref());
        }
    }
    event_routes(cursor);
}

fn is_global(cursor: &Cursor<'_>, at: usize, name: &str) -> bool {
    cursor.word(at).is_some_and(|w| w == name) && cursor.is(at + 1, "=")
}

fn special(cursor: &mut Cursor<'_>, at: usize, name: &str, port: Option<&str>) {
    match name {
        "listen" => listen(cursor, at, "udp", port),
        "bin_listen" => listen(cursor, at, "bin", None),
        "port" => cursor.change_with(at..=at + 2, "", Some("each socket names its port")),
        "fork" => match flag(cursor, at + 2) {
            Some(false) => {
                let meaning = "debug_mode also raises the log level to 4 and logs to stderr";
                cursor.change_with(at..=at + 2, "debug_mode=yes", Some(meaning));
            }
            _ => cursor.change(at..=at + 2, "debug_mode=no"),
        },
        "log_stderror" => {
            let (here, there) =
                if flag(cursor, at + 2) == Some(true) { ("yes", "no") } else { ("no", "yes") };
            cursor.change(at..=at + 2, format!("stderror_enabled={here}\nsyslog_enabled={there}"));
        }
        _ => {}
    }
}

fn flag(cursor: &Cursor<'_>, at: usize) -> Option<bool> {
    match cursor.kind(at) {
        TokenKind::Number(n) => Some(*n != 0),
        _ => None,
    }
}

/// `listen = [proto:]host[:port] …`: the protocol and the port may be missing.
fn listen(cursor: &mut Cursor<'_>, at: usize, protocol: &str, port: Option<&str>) {
    let value = at + 2;
    let named = cursor.word(value).is_some() && cursor.is(value + 1, ":") && protocol != "bin";
    let host = if named { value + 2 } else { value };
    let end = host_end(cursor, host);
    let prefix = if named { String::new() } else { format!("{protocol}:") };
    let has_port = cursor.is(end + 1, ":");
    let suffix = port.filter(|_| !has_port).map_or_else(String::new, |p| format!(":{p}"));
    let old = cursor.texts(value..end + 1);
    let equals = cursor.texts(at..at + 2).replacen("bin_listen", "socket", 1).replacen("listen", "socket", 1);
    let gap = if cursor.texts(at..at + 3).contains("= ") { " " } else { "" };
    cursor.change(at..=end, format!("{equals}{gap}{prefix}{old}{suffix}"));
    workers(cursor, end + 1);
}

/// The last token of a host.
fn host_end(cursor: &Cursor<'_>, at: usize) -> usize {
    if cursor.is(at, "[") {
        return at + 2;
    }
    let mut end = at;
    while (cursor.is(end + 1, ".") || cursor.is(end + 1, "-")) && cursor.word(end + 2).is_some() {
        end += 2;
    }
    end
}

/// `use_children N` of a socket.
fn workers(cursor: &mut Cursor<'_>, from: usize) {
    for at in from..(from + 8).min(cursor.len()) {
        if cursor.is(at + 1, "=") {
            return;
        }
        if cursor.word(at).is_some_and(|w| w == "use_children") {
            cursor.change(at..=at, "use_workers");
        }
    }
}

/// `event_route[NAME, async]`.
fn event_routes(cursor: &mut Cursor<'_>) {
    for at in 0..cursor.len() {
        let head = matches!(cursor.kind(at), TokenKind::Keyword("event_route")) && cursor.is(at + 1, "[");
        if head && cursor.is(at + 3, ",") && cursor.text(at + 4) == "async" {
            let name = cursor.text(at + 2);
            cursor.change(at + 2..=at + 4, name);
        }
    }
}
