//! The global parameters of the core (LANGUAGE 2.1): their spellings and what they take.

/// One global parameter.
#[derive(Debug)]
pub struct Global {
    /// The present name first, then older spellings that still work.
    pub names: &'static [&'static str],
    /// What stands after `=`.
    pub takes: Takes,
    /// What becomes of it.
    pub status: Status,
}

/// What becomes of a global here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It does what it says.
    Built,
    /// It tunes something that only exists in the C implementation: accepted with a warning.
    Idle,
}

/// The kinds of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// A number, normally a boolean word.
    Flag,
    /// A number without a sign.
    Number,
    /// A number without a sign, within bounds.
    Between(i32, i32),
    /// A number with or without a sign.
    Signed,
    /// A quoted string.
    Text,
    /// One of these quoted strings.
    OneOf(&'static [&'static str]),
    /// A bare word.
    Word,
    /// A quoted string or a bare word.
    TextOrWord,
    /// A number or a bare word.
    NumberOrWord,
    /// An address, a string, or a host name.
    Host,
    /// A number, then perhaps a scaling profile.
    Workers,
    /// A clause with a grammar of its own.
    Clause,
}

use Takes::{
    Between, Clause, Flag, Host, Number, NumberOrWord, OneOf, Signed, Text, TextOrWord, Word, Workers,
};

const LOG_FORMATS: &[&str] = &["plain_text", "json", "json_cee"];

const fn with(names: &'static [&'static str], takes: Takes) -> Global {
    Global { names, takes, status: Status::Built }
}

/// Tunes something that only exists in the C implementation.
const fn idle(names: &'static [&'static str], takes: Takes) -> Global {
    Global { names, takes, status: Status::Idle }
}

/// All of them.
pub const GLOBALS: &[Global] = &[
    with(&["abort_on_assert"], Flag),
    with(&["advertised_address"], Host),
    with(&["advertised_port"], Between(0, 65_535)),
    with(&["alias"], Clause),
    idle(&["auto_aliases"], Flag),
    idle(&["auto_scaling_cycle"], Number),
    idle(&["auto_scaling_profile"], Clause),
    with(&["check_via"], Flag),
    with(&["chroot"], TextOrWord),
    with(&["db_default_url"], Text),
    idle(&["db_max_async_connections"], Number),
    with(&["db_version_table"], Text),
    with(&["debug_mode"], Flag),
    with(&["disable_503_translation"], Flag),
    idle(&["disable_core_dump"], Flag),
    with(&["disable_dns_blacklist"], Flag),
    with(&["disable_dns_failover"], Flag),
    with(&["disable_stateless_fwd"], Flag),
    idle(&["dns"], Flag),
    with(&["dns_retr_no"], Number),
    with(&["dns_retr_time"], Number),
    with(&["dns_servers_no"], Number),
    with(&["dns_try_ipv6"], Flag),
    with(&["dns_try_naptr"], Flag),
    with(&["dns_use_search_list"], Flag),
    with(&["dst_blacklist"], Clause),
    with(&["enable_asserts"], Flag),
    idle(&["event_pkg_threshold"], Between(0, 100)),
    idle(&["event_shm_threshold"], Between(0, 100)),
    idle(&["exec_dns_threshold", "execdnsthreshold"], Number),
    idle(&["exec_msg_threshold", "execmsgthreshold"], Number),
    with(&["log_event_enabled"], Flag),
    with(&["log_event_level_filter"], Signed),
    idle(&["log_json_buf_size"], Number),
    with(&["log_level"], Signed),
    idle(&["log_msg_buf_size"], Number),
    with(&["log_prefix"], Text),
    idle(&["log_stdout"], Flag),
    with(&["max_while_loops"], Number),
    idle(&["maxbuffer"], Number),
    with(&["mcast_loopback"], Flag),
    with(&["mcast_ttl"], Number),
    with(&["mem-group"], Clause),
    idle(&["mem_dump", "memdump"], Signed),
    idle(&["mem_log", "memlog"], Signed),
    idle(&["mem_warming", "mem_warming_enabled"], Flag),
    idle(&["mem_warming_pattern_file"], Text),
    idle(&["mem_warming_percentage"], Number),
    with(&["mhomed"], Flag),
    with(&["mpath"], Clause),
    idle(&["open_files_limit"], Number),
    idle(&["poll_method"], TextOrWord),
    with(&["pv_print_buf_size"], Number),
    idle(&["query_buffer_size"], Number),
    idle(&["query_flush_time"], Number),
    with(&["restart_persistency_cache_file"], Text),
    idle(&["restart_persistency_size"], Number),
    idle(&["rev_dns"], Flag),
    with(&["server_header"], Text),
    with(&["server_signature"], Flag),
    idle(&["shm_hash_split_percentage"], Number),
    idle(&["shm_memlog_size"], Signed),
    idle(&["shm_secondary_hash_size"], Number),
    with(&["sip_warning"], Flag),
    with(&["socket"], Clause),
    with(&["stderror_enabled"], Flag),
    with(&["stderror_level_filter"], Signed),
    with(&["stderror_log_format"], OneOf(LOG_FORMATS)),
    with(&["syslog_enabled"], Flag),
    with(&["syslog_facility"], Word),
    with(&["syslog_level_filter"], Signed),
    with(&["syslog_log_format"], OneOf(LOG_FORMATS)),
    with(&["syslog_name"], Text),
    with(&["tcp_accept_aliases"], Between(0, 2)),
    with(&["tcp_connect_timeout"], Between(1, i32::MAX)),
    with(&["tcp_connection_lifetime"], Number),
    with(&["tcp_keepalive"], Flag),
    with(&["tcp_keepcount"], Number),
    with(&["tcp_keepidle"], Number),
    with(&["tcp_keepinterval"], Number),
    with(&["tcp_max_connections"], Number),
    with(&["tcp_max_msg_time"], Number),
    with(&["tcp_no_new_conn_bflag"], Word),
    with(&["tcp_no_new_conn_rplflag"], Word),
    with(&["tcp_socket_backlog"], Number),
    idle(&["tcp_threads"], Between(1, i32::MAX)),
    idle(&["tcp_threshold", "tcpthreshold"], Number),
    idle(&["tcp_workers"], Workers),
    idle(&["timer_workers"], Workers),
    with(&["tos"], NumberOrWord),
    with(&["udp_workers"], Workers),
    with(&["user_agent_header"], Text),
    with(&["wdir", "workdir"], TextOrWord),
    with(&["xlog_buf_size"], Number),
    with(&["xlog_force_color"], Flag),
    with(&["xlog_level"], Signed),
    with(&["xlog_print_level"], Number),
];

/// The global of any of its names.
pub fn find(name: &str) -> Option<&'static Global> {
    GLOBALS.iter().find(|g| g.names.contains(&name))
}

/// The name itself, when it is a global's.
pub fn spelling(name: &str) -> Option<&'static str> {
    GLOBALS.iter().flat_map(|g| g.names).copied().find(|n| *n == name)
}

/// Names of older releases with what replaced them.
pub const REMOVED: &[(&str, &str)] = &[
    ("listen", "use `socket = proto:host:port`"),
    ("port", "give the port in `socket = proto:host:port`"),
    ("children", "use `udp_workers`"),
    ("tcp_children", "use `tcp_workers`"),
    ("debug", "use `log_level`"),
    ("fork", "use `debug_mode`, or the option -F"),
    ("log_stderror", "use `stderror_enabled` and `syslog_enabled`"),
    ("log_facility", "use `syslog_facility`"),
    ("log_name", "use `syslog_name`"),
    ("tcp_listen_backlog", "use `tcp_socket_backlog`"),
    ("tcp_parallel_read_on_workers", "use `tcp_threads`"),
    ("xlog_default_level", "use `xlog_print_level`"),
    ("avp_aliases", "use the names of the AVPs themselves"),
    ("bin_listen", "use `socket = bin:host:port`"),
    ("bin_children", "sockets of protocol `bin` use the workers of TCP"),
    ("disable_tcp", "load proto_tcp only when it is wanted"),
    ("user", "use the option -u"),
    ("group", "use the option -g"),
    ("uid", "use the option -u"),
    ("gid", "use the option -g"),
];
