//! The site's own binary: the compiled script and the runtime.
#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;

use sipc_engine::setup::Configuration;
use sipc_net::{Options, Site};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// The script, compiled by `build.rs`.
// The emitter writes what a script needs and no more, but how much of it is used depends on the script.
#[allow(unused_imports, unreachable_code, unused_labels, clippy::all, missing_docs)]
mod site {
    include!(concat!(env!("OUT_DIR"), "/routes.rs"));
}

fn main() -> ExitCode {
    let configuration = site::configuration();
    let options = match Options::parse(std::env::args_os().skip(1)) {
        Ok(options) => options,
        Err(text) => {
            eprintln!("error: {text}\n\n{}", sipc_net::options::HELP);
            return ExitCode::FAILURE;
        }
    };
    // started by `cargo run` without a word: someone is looking, so stay and say what is going on
    let looking = std::env::args_os().len() == 1 && std::env::var_os("CARGO").is_some();
    let options = if looking { Options { foreground: true, stderr: true, ..options } } else { options };
    if looking {
        print!("{}", welcome(&configuration));
    }
    let site = Site {
        manifest: manifest(&configuration),
        configuration,
        modules: site::LINKED.to_vec(),
        program: Arc::new(|| Rc::new(site::Script)),
    };
    sipc_net::run(site, options)
}

/// What this binary was made of, as lines of `key: value`.
fn manifest(c: &Configuration) -> String {
    let sockets: Vec<String> = c.sockets.iter().map(|s| format!("{}:{}", s.transport, s.host)).collect();
    let lines = [
        ("script", c.file.clone()),
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("modules", c.modules.join(" ")),
        ("sockets", sockets.join(" ")),
    ];
    lines.map(|(key, value)| format!("{key}: {value}")).join("\n")
}

/// How to make a first call.
fn welcome(c: &Configuration) -> String {
    let mut text = format!("The site {} is starting.\n", c.file);
    for s in &c.sockets {
        let port = s.ports.first().map_or(5060, |p| *p);
        text += &format!("  SIP over {} on {}:{port}\n", s.transport.to_uppercase(), s.host);
    }
    let first = c.sockets.first().map(|s| (s.host.clone(), s.ports.first().map_or(5060, |p| *p)));
    if let Some((host, port)) = first {
        let host = if host == "*" { "this machine's address".to_owned() } else { host };
        text += &format!(
            "To register a phone: user of your choice, no password, domain and proxy {host}:{port}.\n\
             Two phones that registered as alice and bob reach each other as sip:bob@{host} and sip:alice@{host}.\n\
             Stop with Ctrl-C.\n"
        );
    }
    text
}
