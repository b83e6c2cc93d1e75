//! One table per module, in files named as in `loadmodule`.

pub mod core;
pub mod diversion;
pub mod dns_cache;
pub mod maxfwd;
pub mod nathelper;
pub mod options;
pub mod path;
pub mod proto_tcp;
pub mod proto_tls;
pub mod proto_ws;
pub mod proto_wss;
pub mod tls_mgm;
pub mod tls_openssl;
pub mod tls_wolfssl;
pub mod proto_udp;
pub mod rr;
pub mod signaling;
pub mod sipmsgops;
pub mod sl;
pub mod tm;
pub mod mi_http;
pub mod httpd;
pub mod mi_fifo;
pub mod acc;
pub mod usrloc;
pub mod registrar;
pub mod textops;
pub mod cfgutils;
pub mod mathops;
pub mod json;
pub mod cachedb_local;
pub mod uuid;
pub mod gflags;
pub mod regex;
pub mod statistics;
pub mod mqueue;
pub mod benchmark;
pub mod exec;
pub mod xml;
pub mod db_text;
pub mod dialog;
pub mod permissions;
pub mod dialplan;
pub mod uac;
pub mod uac_auth;
pub mod dispatcher;
pub mod auth;
pub mod sst;
pub mod drouting;
pub mod pike;
pub mod ratelimit;
pub mod topology_hiding;
pub mod load_balancer;
pub mod auth_db;

use crate::Module;

/// Every module table of this build.
pub const ALL: &[&Module] = &[
    &diversion::MODULE,
    &dns_cache::MODULE,
    &maxfwd::MODULE,
    &nathelper::MODULE,
    &options::MODULE,
    &path::MODULE,
    &proto_tcp::MODULE,
    &proto_tls::MODULE,
    &proto_ws::MODULE,
    &proto_wss::MODULE,
    &tls_mgm::MODULE,
    &tls_openssl::MODULE,
    &tls_wolfssl::MODULE,
    &proto_udp::MODULE,
    &rr::MODULE,
    &signaling::MODULE,
    &sipmsgops::MODULE,
    &sl::MODULE,
    &tm::MODULE,
    &mi_http::MODULE,
    &httpd::MODULE,
    &mi_fifo::MODULE,
    &acc::MODULE,
    &usrloc::MODULE,
    &registrar::MODULE,
    &textops::MODULE,
    &cfgutils::MODULE,
    &mathops::MODULE,
    &json::MODULE,
    &cachedb_local::MODULE,
    &uuid::MODULE,
    &gflags::MODULE,
    &regex::MODULE,
    &statistics::MODULE,
    &mqueue::MODULE,
    &benchmark::MODULE,
    &exec::MODULE,
    &xml::MODULE,
    &db_text::MODULE,
    &dialog::MODULE,
    &permissions::MODULE,
    &dialplan::MODULE,
    &uac::MODULE,
    &uac_auth::MODULE,
    &dispatcher::MODULE,
    &auth::MODULE,
    &sst::MODULE,
    &drouting::MODULE,
    &pike::MODULE,
    &ratelimit::MODULE,
    &topology_hiding::MODULE,
    &load_balancer::MODULE,
    &auth_db::MODULE,
];

#[cfg(test)]
mod tests {
    /// `async` and `launch` call the Rust function of that name.
    #[test]
    fn functions_for_async_are_ordinary_ones_too() {
        for module in super::ALL {
            for f in module.async_functions {
                let ordinary = module.functions.iter().find(|o| o.name == f.name);
                let same = |a: &crate::Function, b: &crate::Function| {
                    a.effect == b.effect
                        && a.params.len() == b.params.len()
                        && a.params
                            .iter()
                            .zip(b.params)
                            .all(|(a, b)| a.kind == b.kind && a.optional == b.optional)
                };
                assert!(ordinary.is_some_and(|o| same(o, f)), "{} of {}", f.name, module.name);
            }
        }
    }
}
