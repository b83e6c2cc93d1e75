//! `dns_cache`: answers of name servers in a cache

use crate::{ModParam, Module};

/// The table of `dns_cache`.
pub const MODULE: Module = Module {
    name: "dns_cache",
    summary: "Answers of name servers in a cache, which workers, servers and restarts may share",
    params: &[
        ModParam::text("cachedb_url", "The cache, such as local://. Must be set."),
        ModParam::at_least(
            0,
            "blacklist_timeout",
            "Seconds that a name which was not found is not asked for again; 3600.",
        ),
        ModParam::at_least(
            0,
            "min_ttl",
            "Seconds that an answer is kept at least; 0: as long as it says itself.",
        ),
    ],
    ..Module::EMPTY
};
