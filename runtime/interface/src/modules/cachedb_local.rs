//! `cachedb_local`: a cache in memory

use crate::{Effect, Function, Kind, MiCommand, ModParam, Module, RouteKind, Routes, optional, required};

const ROUTES: Routes = Routes::of(&[
    RouteKind::Request,
    RouteKind::Failure,
    RouteKind::Reply,
    RouteKind::Branch,
    RouteKind::Local,
    RouteKind::Startup,
]);

/// The table of `cachedb_local`.
pub const MODULE: Module = Module {
    name: "cachedb_local",
    summary: "A cache in memory",
    functions: &[Function::new(
        "cache_remove_chunk",
        &[optional("collection", Kind::Text), required("pattern", Kind::Text)],
        ROUTES,
        Effect::Edits,
        "Removes all keys that match a shell pattern.",
    )],
    params: &[
        ModParam::at_least(1, "cache_clean_period", "Seconds between removals of what has expired; 600."),
        ModParam::at_least(0, "exec_threshold",
            "Requests that take more microseconds are logged and counted as slow; 0: none are.",
        ),
        ModParam::text(
            "cache_collections",
            "Collections: `name; name=9; …`. The size of its table has no effect, it grows by itself; neither has `/r` \
             behind a name, which asks for replication: clusters are not built yet.",
        )
        .repeated(),
        ModParam::int(
            "enable_restart_persistency",
            "1: collections are written to `restart_persistency_cache_file` when the server ends, and read when it starts; \
             0.",
        ),
        ModParam::text("cachedb_url", "A name for a collection in scripts: `local:group:///collection`.").repeated(),
    ],
    mi: &[
        MiCommand::new(
            "cachedb_local:remove_chunk",
            &[&["glob"], &["glob", "collection"]],
            "Removes all keys that match a shell pattern.",
        )
        .also(&["cache_remove_chunk"]),
        MiCommand::new(
            "cachedb_local:fetch_chunk",
            &[&["glob"], &["glob", "collection"]],
            "All keys that match a shell pattern, with their values.",
        )
        .also(&["cache_fetch_chunk"]),
    ],
    ..Module::EMPTY
};
