//! `--socket` and `--set`: what one host sets otherwise than the script that its binary was made of.

use sipc_engine::setup::{Configuration, Setting};
use sipc_interface::{ModParam, ParamKind, find_module};

use crate::options::Options;

/// Parameters of the core that are read when the program starts, and what they take. The others are part of
/// the script: they are settled when it is compiled.
const CORE: &[(&str, Takes)] = &[
    ("log_level", Takes::Number(i32::MIN, i32::MAX)),
    ("xlog_level", Takes::Number(i32::MIN, i32::MAX)),
    ("log_prefix", Takes::Text),
    ("stderror_enabled", Takes::Flag),
    ("syslog_enabled", Takes::Flag),
    ("syslog_facility", Takes::Text),
    ("syslog_name", Takes::Text),
    ("udp_workers", Takes::Number(1, i32::MAX)),
    ("tos", Takes::Number(0, 255)),
    ("mcast_loopback", Takes::Flag),
    ("mcast_ttl", Takes::Number(0, i32::MAX)),
    ("tcp_accept_aliases", Takes::Number(0, 2)),
    ("tcp_connect_timeout", Takes::Number(1, i32::MAX)),
    ("tcp_connection_lifetime", Takes::Number(0, i32::MAX)),
    ("tcp_keepalive", Takes::Flag),
    ("tcp_keepcount", Takes::Number(0, i32::MAX)),
    ("tcp_keepidle", Takes::Number(0, i32::MAX)),
    ("tcp_keepinterval", Takes::Number(0, i32::MAX)),
    ("tcp_max_connections", Takes::Number(0, i32::MAX)),
    ("tcp_max_msg_time", Takes::Number(0, i32::MAX)),
    ("tcp_socket_backlog", Takes::Number(0, i32::MAX)),
    ("dns_retr_no", Takes::Number(0, i32::MAX)),
    ("dns_retr_time", Takes::Number(0, i32::MAX)),
    ("dns_servers_no", Takes::Number(0, i32::MAX)),
    ("dns_try_ipv6", Takes::Flag),
    ("dns_use_search_list", Takes::Flag),
    ("dns_try_naptr", Takes::Flag),
    ("disable_dns_failover", Takes::Flag),
    ("disable_dns_blacklist", Takes::Flag),
    ("mhomed", Takes::Flag),
    ("check_via", Takes::Flag),
    ("disable_503_translation", Takes::Flag),
    ("disable_stateless_fwd", Takes::Flag),
    ("sip_warning", Takes::Flag),
    ("server_signature", Takes::Flag),
    ("server_header", Takes::Text),
    ("user_agent_header", Takes::Text),
    ("advertised_port", Takes::Number(0, 65_535)),
    ("wdir", Takes::Text),
    ("db_default_url", Takes::Text),
    ("advertised_address", Takes::Text),
];

#[derive(Clone, Copy)]
enum Takes {
    /// From one to another.
    Number(i32, i32),
    Flag,
    Text,
}

/// Puts the overrides of the command line into the configuration; `Err` is one line for the user.
pub(crate) fn apply(c: &mut Configuration, options: &Options) -> Result<(), String> {
    if !options.sockets.is_empty() {
        c.sockets.clone_from(&options.sockets);
    }
    let mut replaced: Vec<&str> = Vec::new();
    for (name, value) in &options.settings {
        let first = !replaced.contains(&name.as_str());
        replaced.push(name);
        match name.split_once('.') {
            Some((module, param)) => of_module(c, module, param, value, first)?,
            None => c.globals.push((name.clone(), of_core(name, value)?)),
        }
    }
    Ok(())
}

fn of_core(name: &str, value: &str) -> Result<Setting, String> {
    let Some((_, takes)) = CORE.iter().find(|(known, _)| *known == name) else {
        let names: Vec<&str> = CORE.iter().map(|(name, _)| *name).collect();
        return Err(format!(
            "--set {name}: not a parameter that can be set here; of the core: {}",
            names.join(", ")
        ));
    };
    match takes {
        Takes::Text => Ok(Setting::Text(value.to_owned())),
        Takes::Number(least, most) => {
            let bounds = ParamKind::Between(*least, *most);
            within(name, value, bounds)
        }
        Takes::Flag => match value {
            "yes" | "true" | "on" | "enable" => Ok(Setting::Int(1)),
            "no" | "false" | "off" | "disable" => Ok(Setting::Int(0)),
            _ => number(name, value),
        },
    }
}

fn number(name: &str, value: &str) -> Result<Setting, String> {
    value.parse().map(Setting::Int).map_err(|_| format!("--set {name}: a number is wanted, not {value}"))
}

/// A number within bounds.
fn within(name: &str, value: &str, bounds: ParamKind) -> Result<Setting, String> {
    let setting = number(name, value)?;
    match setting.int().and_then(|n| bounds.out_of_bounds(n)) {
        Some(why) => Err(refused(name, value, &why)),
        None => Ok(setting),
    }
}

fn refused(name: &str, value: &str, why: &str) -> String {
    format!("--set {name}: {value} cannot be its value: {why}")
}

/// `first`: whether this is the first value given for it, which replaces those of the script.
fn of_module(
    c: &mut Configuration,
    module: &str,
    param: &str,
    value: &str,
    first: bool,
) -> Result<(), String> {
    let name = format!("{module}.{param}");
    if !c.modules.iter().any(|m| m == module) {
        return Err(format!("--set {name}: the script does not load the module {module}"));
    }
    let table = find_module(module).ok_or_else(|| format!("--set {name}: there is no module {module}"))?;
    let declared = table.params.iter().find(|p| p.name == param);
    let declared = declared.ok_or_else(|| unknown(&name, table.params))?;
    let setting = match declared.kind {
        kind @ (ParamKind::Int | ParamKind::Between(..)) => within(&name, value, kind)?,
        ParamKind::Text => Setting::Text(value.to_owned()),
        ParamKind::Any => value.parse().map_or_else(|_| Setting::Text(value.to_owned()), Setting::Int),
    };
    // that a text works in part is said of scripts only
    let fault = setting.text().and_then(|text| (table.check_param)(param, text).err());
    if let Some(why) = fault {
        return Err(refused(&name, value, &why));
    }
    if first {
        c.modparams.retain(|(m, p, _)| !(m == module && p == param));
    }
    c.modparams.push((module.to_owned(), param.to_owned(), setting));
    Ok(())
}

fn unknown(name: &str, params: &[ModParam]) -> String {
    let names: Vec<&str> = params.iter().map(|p| p.name).collect();
    match names.is_empty() {
        true => format!("--set {name}: the module has no parameters"),
        false => format!("--set {name}: no such parameter; the module has {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sipc_engine::setup::SocketSpec;

    fn applied(settings: &[(&str, &str)]) -> Result<Configuration, String> {
        let mut c = Configuration {
            modules: vec!["tm".into(), "registrar".into()],
            modparams: vec![("tm".into(), "fr_timeout".into(), Setting::Int(5))],
            globals: vec![("log_level".into(), Setting::Int(2))],
            sockets: vec![SocketSpec { host: "10.0.0.1".into(), ..SocketSpec::default() }],
            ..Configuration::default()
        };
        let settings = settings.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let sockets = vec![SocketSpec { host: "10.0.0.2".into(), ..SocketSpec::default() }];
        apply(&mut c, &Options { settings, sockets, ..Options::default() })?;
        Ok(c)
    }

    #[test]
    fn values_of_the_command_line_replace_those_of_the_script() {
        let c =
            applied(&[("tm.fr_timeout", "7"), ("log_level", "4"), ("syslog_enabled", "yes")]).expect("good");
        assert_eq!(c.modparams, [("tm".to_owned(), "fr_timeout".to_owned(), Setting::Int(7))]);
        assert_eq!(c.globals.last(), Some(&("syslog_enabled".to_owned(), Setting::Int(1))));
        assert_eq!((c.sockets.len(), c.sockets[0].host.as_str()), (1, "10.0.0.2"));
    }

    #[test]
    fn names_and_types_are_checked() {
        let fault = |name: &str, value: &str| applied(&[(name, value)]).expect_err("it must be refused");
        assert_eq!(fault("tm.fr_timeout", "long"), "--set tm.fr_timeout: a number is wanted, not long");
        assert!(fault("tm.fr_time", "1").starts_with("--set tm.fr_time: no such parameter; the module has "));
        assert_eq!(
            fault("acc.log_level", "1"),
            "--set acc.log_level: the script does not load the module acc"
        );
        assert_eq!(
            fault("tm.T1_timer", "0"),
            "--set tm.T1_timer: 0 cannot be its value: it must be at least 1"
        );
        assert!(fault("registrar.default_q", "1001").ends_with("it must be from -1 to 1000"));
        assert!(fault("tm.tw_append", "x").contains("it must be `name: title=$variable"));
        assert!(fault("advertised_port", "70000").ends_with("it must be from 0 to 65535"));
        assert!(fault("tcp_max_connections", "-1").ends_with("it must be at least 0"));
        assert!(fault("children", "1").contains("not a parameter that can be set here"));
        assert_eq!(fault("log_level", "x"), "--set log_level: a number is wanted, not x");
    }
}
