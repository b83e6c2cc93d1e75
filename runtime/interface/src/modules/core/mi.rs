//! Management commands of the core.

use crate::MiCommand;

/// The commands.
pub const MI: &[MiCommand] = &[
    MiCommand::new("tcp:list", &[&[], &["proto"]], "The connections over TCP, TLS and WebSocket.")
        .also(&["list_tcp_conns"]),
    MiCommand::new(
        "tcp:close",
        &[&["ipport"]],
        "Ends a connection, by its number or the other side's address.",
    ),
    MiCommand {
        name: "core:uptime",
        aliases: &[],
        recipes: &[&[]],
        summary: "When the server started and for how long it runs.",
    },
    MiCommand {
        name: "core:version",
        aliases: &[],
        recipes: &[&[], &["revision"]],
        summary: "The version of the server.",
    },
    MiCommand { name: "core:pwd", aliases: &[], recipes: &[&[]], summary: "The working directory." },
    MiCommand { name: "core:arg", aliases: &[], recipes: &[&[]], summary: "The command line." },
    MiCommand {
        name: "core:which",
        aliases: &[],
        recipes: &[&[], &["command"]],
        summary: "The names of all commands, or the parameters of one.",
    },
    MiCommand { name: "core:ps", aliases: &[], recipes: &[&[]], summary: "The workers." },
    MiCommand {
        name: "core:kill",
        aliases: &[],
        recipes: &[&[]],
        summary: "Ends the server as SIGTERM does.",
    },
    MiCommand {
        name: "core:log_level",
        aliases: &[],
        recipes: &[&[], &["level"], &["level", "pid"]],
        summary: "The log level, or a new one.",
    },
    MiCommand {
        name: "core:xlog_level",
        aliases: &[],
        recipes: &[&[], &["level"]],
        summary: "The level of xlog lines, or a new one.",
    },
    MiCommand {
        name: "core:help",
        aliases: &[],
        recipes: &[&[], &["mi_cmd"]],
        summary: "What a command does.",
    },
    MiCommand {
        name: "statistics:get",
        aliases: &["get_statistics"],
        recipes: &[&["statistics"]],
        summary: "Values of statistics, by name or group.",
    },
    MiCommand {
        name: "statistics:list",
        aliases: &["list_statistics"],
        recipes: &[&[], &["statistics"]],
        summary: "Names and kinds of statistics.",
    },
    MiCommand {
        name: "statistics:reset",
        aliases: &["reset_statistics"],
        recipes: &[&["statistics"]],
        summary: "Sets statistics to 0.",
    },
    MiCommand {
        name: "statistics:reset_all",
        aliases: &["reset_all_statistics"],
        recipes: &[&[]],
        summary: "Sets all statistics to 0 that can be reset.",
    },
    MiCommand {
        name: "evi:subscribe",
        aliases: &["event_subscribe"],
        recipes: &[&["event", "socket"], &["event", "socket", "expire"]],
        summary: "Has an event route (route:name) run for an event.",
    },
    MiCommand {
        name: "evi:list",
        aliases: &["events_list"],
        recipes: &[&[]],
        summary: "The events and their numbers.",
    },
    MiCommand {
        name: "evi:subscribers",
        aliases: &["subscribers_list"],
        recipes: &[&[], &["event"], &["event", "socket"]],
        summary: "Who subscribed to which events.",
    },
    MiCommand {
        name: "evi:raise",
        aliases: &["raise_event"],
        recipes: &[&["event"], &["event", "params"]],
        summary: "Raises an event, with an array of values or with a JSON object of named ones.",
    },
    MiCommand::new(
        "cache:store",
        &[&["system", "attr", "value"], &["system", "attr", "value", "expire"]],
        "Stores a value in a cache.",
    )
    .also(&["cache_store"]),
    MiCommand::new("cache:fetch", &[&["system", "attr"]], "Reads a value from a cache.")
        .also(&["cache_fetch"]),
    MiCommand::new("cache:remove", &[&["system", "attr"]], "Removes a key from a cache.")
        .also(&["cache_remove"]),
    MiCommand {
        name: "blacklists:list",
        aliases: &["list_blacklists"],
        recipes: &[&[], &["name"]],
        summary: "The blacklists with their rules, or one of them.",
    },
    MiCommand {
        name: "blacklists:check_all",
        aliases: &["check_blacklists"],
        recipes: &[&["ip"], &["proto", "ip"], &["proto", "ip", "port"], &["proto", "ip", "port", "pattern"]],
        summary: "The blacklists that a destination is on.",
    },
    MiCommand {
        name: "blacklists:check",
        aliases: &["check_blacklist"],
        recipes: &[
            &["name", "ip"],
            &["name", "proto", "ip"],
            &["name", "proto", "ip", "port"],
            &["name", "proto", "ip", "port", "pattern"],
        ],
        summary: "The rule of a blacklist that holds for a destination.",
    },
    MiCommand {
        name: "blacklists:add_rule",
        aliases: &["add_blacklist_rule"],
        recipes: &[&["name", "rule"], &["name", "rule", "expire"]],
        summary: "Adds a rule, [!][protocol,]network[,port[,pattern]], for some seconds or for good.",
    },
    MiCommand {
        name: "blacklists:del_rule",
        aliases: &["del_blacklist_rule"],
        recipes: &[&["name", "rule"]],
        summary: "Removes a rule from a blacklist.",
    },
    MiCommand {
        name: "core:log_level_filter",
        aliases: &[],
        recipes: &[&["consumer"], &["consumer", "level_filter"]],
        summary: "The highest level that stderror, syslog or event gets; 0 for all.",
    },
    MiCommand {
        name: "core:log_mute_state",
        aliases: &[],
        recipes: &[&["consumer"], &["consumer", "mute_state"]],
        summary: "Whether stderror, syslog or event gets no lines.",
    },
    MiCommand {
        name: "status_report:get",
        aliases: &["sr_get_status"],
        recipes: &[&["group"], &["group", "identifier"]],
        summary: "Whether a part of the server is ready.",
    },
    MiCommand {
        name: "status_report:status",
        aliases: &["sr_list_status"],
        recipes: &[&[], &["group"]],
        summary: "Whether the parts of the server are ready.",
    },
    MiCommand {
        name: "status_report:reports",
        aliases: &["sr_list_reports"],
        recipes: &[&[], &["group"], &["group", "identifier"]],
        summary: "The last reports of parts of the server.",
    },
    MiCommand {
        name: "status_report:identifiers",
        aliases: &["sr_list_identifiers"],
        recipes: &[&[], &["group"]],
        summary: "The parts of the server that report.",
    },
];
