//! What a script sets outside its routes, as the runtime reads it.

use sipc_compiler::ir::{self, Program};
use sipc_compiler::passes::walk;
use sipc_engine::setup::{Alias, BlacklistSpec, Configuration, Setting, SocketSpec, Told};
use sipc_interface::RouteKind;

/// The configuration of a checked script.
pub fn configuration(program: &Program) -> Configuration {
    let names = |list: &[ir::Bytes]| list.iter().map(|name| text(name)).collect();
    Configuration {
        globals: program.globals.iter().map(|g| (g.name.to_owned(), setting(&g.value))).collect(),
        sockets: program.sockets.iter().map(socket).collect(),
        aliases: program.aliases.iter().map(alias).collect(),
        blacklists: program.blacklists.iter().map(blacklist).collect(),
        bonds: program.bonds.iter().map(|b| (text(&b.name), names(&b.members))).collect(),
        modules: program.modules.iter().map(|m| m.module.name.to_owned()).collect(),
        modparams: program.modparams.iter().map(modparam).collect(),
        script_vars: names(&program.script_vars),
        avp_names: names(&program.avps),
        message_flags: names(&program.message_flags),
        branch_flags: names(&program.branch_flags),
        dialog_flags: names(&program.dialog_flags),
        request_routes: routes(program, RouteKind::Request),
        reply_routes: routes(program, RouteKind::Reply),
        event_routes: routes(program, RouteKind::Event),
        events: names(&walk::events(program)),
        send_sockets: names(&walk::send_sockets(program)),
        told: walk::told(program).iter().map(told).collect(),
        forwards: forwards(program),
        file: program.files.first().map(|f| f.path.clone()).unwrap_or_default(),
    }
}

/// Scripts need not be UTF-8, but settings are.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn told(t: &walk::Told) -> Told {
    let (module, function) = (t.module.to_owned(), t.function.to_owned());
    Told { module, function, position: t.position, text: t.text.as_deref().map(text) }
}

fn setting(value: &ir::Value) -> Setting {
    match value {
        ir::Value::Int(n) => Setting::Int(*n),
        ir::Value::Text(t) => Setting::Text(text(t)),
        ir::Value::List(list) => Setting::Text(list.iter().map(|t| text(t)).collect::<Vec<_>>().join(":")),
    }
}

fn modparam(p: &ir::Parameter) -> (String, String, Setting) {
    (p.module.name.to_owned(), p.param.name.to_owned(), setting(&p.value))
}

fn socket(s: &ir::Socket) -> SocketSpec {
    SocketSpec {
        transport: s.protocol.to_owned(),
        host: s.host.as_deref().map_or_else(|| "*".to_owned(), text),
        ports: s.port.into_iter().collect(),
        advertised_host: s.advertised_host.as_deref().map(text),
        advertised_ports: s.advertised_port.into_iter().collect(),
        tag: s.tag.as_deref().map(text),
        workers: s.workers,
        anycast: s.anycast,
        reads_proxy_header: s.reads_proxy_header,
        sends_proxy_header: s.sends_proxy_header,
        reuse_port: s.reuse_port,
        frag: s.frag,
        accept_subdomain: s.accept_subdomain,
        tos: s.tos,
    }
}

fn blacklist(list: &ir::Blacklist) -> BlacklistSpec {
    BlacklistSpec {
        name: text(&list.name),
        readonly: list.readonly,
        expires: list.expire,
        default: list.default,
        rules: list.rules.iter().map(ir::BlacklistRule::text).collect(),
    }
}

fn alias(a: &ir::Alias) -> Alias {
    Alias {
        transport: a.protocol.map(str::to_owned),
        host: text(&a.host).to_ascii_lowercase(),
        port: a.port.unwrap_or(0),
        accept_subdomain: a.accept_subdomain,
    }
}

/// The names of all routes of a kind.
fn routes(program: &Program, kind: RouteKind) -> Vec<String> {
    program.routes_of(kind).iter().filter_map(|r| r.name.as_deref()).map(text).collect()
}

/// Whether something that can run calls `forward()`.
fn forwards(program: &Program) -> bool {
    let core = sipc_interface::core().name;
    program
        .routes
        .iter()
        .filter(|route| route.reachable)
        .flat_map(|route| walk::calls(&route.body))
        .any(|call| call.module.name == core && call.function.name == "forward")
}
