//! What each global parameter means, in a line with its value when it is not set, and what each statement does: for
//! `sipc explain` and editors.

/// The meaning of a parameter, by its present name.
pub fn meaning(name: &str) -> Option<&'static str> {
    MEANINGS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The form of a statement or line that begins with a word, and what it does.
pub fn statement(word: &str) -> Option<(&'static str, &'static str)> {
    STATEMENTS.iter().find(|(known, ..)| *known == word).map(|(_, form, text)| (*form, *text))
}

/// The words of [`statement`].
pub fn statement_words() -> impl Iterator<Item = &'static str> {
    STATEMENTS.iter().map(|(word, ..)| *word)
}

const STATEMENTS: &[(&str, &str, &str)] = &[
    (
        "if",
        "if (CONDITION) STATEMENT [else STATEMENT]",
        "Runs the first if the condition holds, or else the second. && and || have the same precedence and go from left to right.",
    ),
    ("else", "if (CONDITION) STATEMENT else STATEMENT", "What runs when the condition does not hold."),
    (
        "while",
        "while (CONDITION) STATEMENT",
        "Repeats while the condition holds, at most max_while_loops times.",
    ),
    (
        "for",
        "for ($var(it) in $(LIST[*])) STATEMENT",
        "Runs once for each value of a variable that has several.",
    ),
    (
        "switch",
        "switch ($VARIABLE) { case 1: … case \"a\": … default: … }",
        "Goes to the first case that equals the variable; text is compared without regard to case. break leaves it.",
    ),
    ("case", "case LABEL: STATEMENTS", "One label of a switch: a number or a text."),
    ("default", "default: STATEMENTS", "What a switch runs when no case fits. The last one."),
    ("break", "break;", "Leaves a while, for or case."),
    (
        "return",
        "return [(VALUE[, MORE…])];",
        "Leaves the route. The value is what route() gives to its caller: negative is false, 0 ends the script. More values are read as $return(1) and so on.",
    ),
    (
        "exit",
        "exit;",
        "Ends the script for this message; a request that was neither answered nor sent on stays without an answer.",
    ),
    (
        "drop",
        "drop;",
        "Ends the script, and the message is not sent on: in an onreply_route the reply, in a branch_route the branch.",
    ),
    (
        "route",
        "route(NAME[, ARGUMENT…]);",
        "Runs another route, whose arguments are $param(1) and so on. The name may be a variable.",
    ),
    (
        "assert",
        "assert(CONDITION[, \"TEXT\"]);",
        "Logs the text and ends the script when the condition does not hold, if enable_asserts is set.",
    ),
    (
        "xlog",
        "xlog([\"L_LEVEL\", ]\"TEXT\");",
        "Logs a text with variables in it: L_ALERT, L_CRIT, L_ERR, L_WARN, L_NOTICE, L_INFO, L_DBG.",
    ),
    ("xdbg", "xdbg(\"TEXT\");", "Logs a text with variables in it at level debug."),
    ("log", "log([LEVEL, ]\"TEXT\");", "Logs a text as it is."),
    ("error", "error(\"CLASS\", \"TEXT\");", "Logs both."),
    (
        "async",
        "async(CALL, ROUTE[, SECONDS]);",
        "Starts a function that waits, ends the route, and goes on in another one when the function is done.",
    ),
    (
        "launch",
        "launch(CALL[, ROUTE[, \"PARAMETER\"]]);",
        "Starts a function that waits and goes on at once; the route runs when it is done.",
    ),
    (
        "loadmodule",
        "loadmodule \"NAME.so\"",
        "Brings in a module. It stands above everything that uses the module.",
    ),
    (
        "modparam",
        "modparam(\"MODULE\", \"PARAMETER\", VALUE)",
        "Sets a parameter of a module; the first string is a pattern for module names.",
    ),
    ("include_file", "include_file \"PATH\"", "Puts another file in the place of this line."),
    ("import_file", "import_file \"PATH\"", "Puts another file in the place of this line."),
    (
        "failure_route",
        "failure_route[NAME] { … }",
        "Runs when all branches have failed, if t_on_failure armed it.",
    ),
    (
        "onreply_route",
        "onreply_route[NAME] { … }",
        "Runs for replies: without a name for all, with a name for those of a transaction that t_on_reply armed.",
    ),
    (
        "branch_route",
        "branch_route[NAME] { … }",
        "Runs for each branch before it is sent, if t_on_branch armed it.",
    ),
    (
        "error_route",
        "error_route { … }",
        "Runs when a message cannot be parsed; $err.info and the like say why.",
    ),
    ("local_route", "local_route { … }", "Runs for requests that the server itself sends."),
    ("startup_route", "startup_route { … }", "Runs once, before the first message."),
    ("timer_route", "timer_route[NAME, SECONDS] { … }", "Runs again and again."),
    (
        "event_route",
        "event_route[EVENT] { … }",
        "Runs when the event is raised; its parameters are $param(name).",
    ),
];

const MEANINGS: &[(&str, &str)] = &[
    ("abort_on_assert", "A failed assert() ends the process. Off."),
    ("advertised_address", "Address for Via and Record-Route instead of the socket's own. None."),
    ("advertised_port", "Port that goes with advertised_address. None."),
    ("alias", "Names that are this server: [proto:]host[:port] [accept_subdomain]. May be repeated."),
    ("auto_aliases", "Looks the listening addresses up in reverse and takes the names as aliases. Off."),
    ("auto_scaling_cycle", "Seconds between looks at the load. 1."),
    ("auto_scaling_profile", "Limits between which the number of workers follows the load. May be repeated."),
    ("check_via", "Drops replies whose first Via is not this server. Off."),
    ("chroot", "The folder that is the root of all paths after start. None."),
    ("db_default_url", "The database of modules that name none. None."),
    ("db_max_async_connections", "Connections that one process opens to a database. 10."),
    ("db_version_table", "The table that holds the versions of the others. \"version\"."),
    ("debug_mode", "Stays in the foreground, log level 4, logs to stderr. Off."),
    ("disable_503_translation", "Passes a 503 on as it is instead of as a 500. Off."),
    ("disable_core_dump", "Writes no memory image after a crash. Off."),
    ("disable_dns_blacklist", "Does not remember targets that failed. On."),
    ("disable_dns_failover", "Tries one address of a name only. Off."),
    (
        "disable_stateless_fwd",
        "Refuses to forward replies without a transaction. On, unless forward() is called.",
    ),
    ("dns", "Adds received= after looking up the name in the first Via. Off."),
    ("dns_retr_no", "How often a name server is asked again. As the system says."),
    ("dns_retr_time", "Seconds until a name server is asked again. As the system says."),
    ("dns_servers_no", "How many of the system's name servers are used. As the system says."),
    ("dns_try_ipv6", "Looks for AAAA records too. Off."),
    ("dns_try_naptr", "Begins with NAPTR records when a URI names no protocol. On."),
    ("dns_use_search_list", "Completes names with the search list of the system. As the system says."),
    ("dst_blacklist", "Destinations that are not sent to: name[/flags] : { rules }. May be repeated."),
    ("enable_asserts", "Makes assert() look at its condition. Off."),
    ("event_pkg_threshold", "Per cent of a process' memory from which an event is raised. 0: never."),
    ("event_shm_threshold", "Per cent of the shared memory from which an event is raised. 0: never."),
    ("exec_dns_threshold", "Microseconds from which a slow look-up is logged. 0: never."),
    ("exec_msg_threshold", "Microseconds from which a slow message is logged. 0: never."),
    ("log_event_enabled", "Publishes log lines as events. Off."),
    ("log_event_level_filter", "Lowers what is published as events. 0: nothing is lowered."),
    ("log_json_buf_size", "Bytes of a log line in JSON. 6144."),
    (
        "log_level",
        "Up to which level is logged: -3 alert, -2 critical, -1 error, 1 warning, 2 notice, 3 info, 4 debug. 2.",
    ),
    ("log_msg_buf_size", "Bytes of the text of a log line. 4096."),
    ("log_prefix", "Stands in front of each log line, with a colon. Empty."),
    ("log_stdout", "Keeps standard output open in the background. Off."),
    ("max_while_loops", "Rounds after which a while ends. 10000."),
    ("maxbuffer", "Bytes up to which receive buffers are enlarged. 262144."),
    ("mcast_loopback", "Hears its own multicast. Off."),
    ("mcast_ttl", "How far multicast goes. As the system says."),
    ("mem-group", "Modules whose memory is counted together; refused, as in most builds of OpenSIPS."),
    ("mem_dump", "Log level of reports about memory. 14."),
    ("mem_log", "Log level of the memory allocator. 15."),
    ("mem_warming", "Cuts the shared memory into pieces at start. Off."),
    ("mem_warming_pattern_file", "Which pieces. None."),
    ("mem_warming_percentage", "How much of it. 75."),
    ("mhomed", "Chooses the outgoing socket by the routing table. Off."),
    ("mpath", "Folders in which modules are looked for: \"a\" : \"b\". Here modules are built in."),
    ("open_files_limit", "Raises the limit of open files. As the system says."),
    ("poll_method", "How sockets are watched. The best there is."),
    ("pv_print_buf_size", "Bytes that a text with variables may have. 20000."),
    ("query_buffer_size", "Rows that are inserted at once. 0: each at once."),
    ("query_flush_time", "Seconds until collected rows are inserted. 0."),
    (
        "restart_persistency_cache_file",
        "Where data that outlives a restart is kept. \".restart_persistency.cache\".",
    ),
    ("restart_persistency_size", "Megabytes of that. As much as shared memory."),
    ("rev_dns", "Adds received= after looking up the sender's address in reverse. Off."),
    ("server_header", "The whole Server line of replies. This program's name."),
    ("server_signature", "Adds Server and User-Agent to messages made here. On."),
    ("shm_hash_split_percentage", "Tunes an allocator. 1."),
    ("shm_memlog_size", "Entries of an allocator's history. 0."),
    ("shm_secondary_hash_size", "Tunes an allocator. 8."),
    ("sip_warning", "Adds a Warning line to replies. Off."),
    (
        "socket",
        "Where to listen: proto:host[:ports] [as host:port] [tag name] [use_workers n] …. May be repeated.",
    ),
    ("stderror_enabled", "Logs to standard error. On."),
    ("stderror_level_filter", "Lowers what goes to standard error. 0: nothing is lowered."),
    ("stderror_log_format", "Form of log lines on standard error: plain_text, json, json_cee. plain_text."),
    ("syslog_enabled", "Logs to syslog. Off."),
    ("syslog_facility", "The facility of syslog, as LOG_LOCAL0. LOG_DAEMON."),
    ("syslog_level_filter", "Lowers what goes to syslog. 0: nothing is lowered."),
    ("syslog_log_format", "Form of log lines in syslog: plain_text, json, json_cee. plain_text."),
    ("syslog_name", "The program's name in syslog. As it was started."),
    (
        "tcp_accept_aliases",
        "Whether connections are reused for their senders' names: 0 never, 1 when asked, 2 always. 0.",
    ),
    ("tcp_connect_timeout", "Milliseconds until a connection counts as failed. 100."),
    ("tcp_connection_lifetime", "Seconds until an idle connection is closed. 120."),
    ("tcp_keepalive", "Lets the system watch connections. On."),
    ("tcp_keepcount", "Probes until a connection counts as dead. As the system says."),
    ("tcp_keepidle", "Seconds of silence before the first probe. As the system says."),
    ("tcp_keepinterval", "Seconds between probes. As the system says."),
    ("tcp_max_connections", "Connections at once. 2048."),
    ("tcp_max_msg_time", "Seconds that one message may take to arrive. 4."),
    ("tcp_no_new_conn_bflag", "A branch flag: with it, no connection is opened to relay a request. None."),
    ("tcp_no_new_conn_rplflag", "A message flag: with it, no connection is opened for a reply. None."),
    ("tcp_socket_backlog", "Connections that wait to be accepted. 10."),
    ("tcp_threads", "Threads that read connections. As many as tcp_workers."),
    ("tcp_threshold", "Microseconds from which slow sending is logged. 0: never."),
    ("tcp_workers", "Workers for connections. 8."),
    ("timer_workers", "Workers for timers. 1."),
    ("tos", "Type of service of what is sent: a number or IPTOS_LOWDELAY and the like. IPTOS_LOWDELAY."),
    ("udp_workers", "Workers of a UDP socket. 8; here at most one per processor."),
    ("user_agent_header", "The whole User-Agent line of requests made here. This program's name."),
    ("wdir", "The working directory. As it was started."),
    ("xlog_buf_size", "Bytes of an xlog line; a longer one fails. 4096."),
    ("xlog_force_color", "Colours in xlog lines wherever they go. Off."),
    ("xlog_level", "Up to which level xlog lines are logged. 2."),
    ("xlog_print_level", "The level of an xlog that names none. 2."),
];

#[cfg(test)]
mod tests {
    use super::{MEANINGS, meaning};
    use crate::syntax::globals::{GLOBALS, find};

    #[test]
    fn every_global_has_a_meaning_and_no_other() {
        let missing: Vec<&str> =
            GLOBALS.iter().map(|g| g.names[0]).filter(|name| meaning(name).is_none()).collect();
        let extra: Vec<&str> = MEANINGS.iter().map(|(n, _)| *n).filter(|name| find(name).is_none()).collect();
        assert_eq!((missing, extra), (vec![], vec![]));
    }
}
