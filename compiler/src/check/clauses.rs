//! Globals with a grammar of their own: sockets, aliases, blacklists, profiles (LANGUAGE 2.3 to 2.6).

use super::{Checker, shown};
use crate::diagnostics::codes;
use crate::ir::{Alias, Blacklist, BlacklistRule, Bond, Bytes, Global, ScalingProfile, Socket, Value};
use crate::source::Span;
use crate::syntax::tree::{self, GlobalValue, Name, Number, SocketOption};

/// Protocols with the module that brings each.
const PROTOCOLS: &[(&str, &str)] = &[
    ("udp", "proto_udp"),
    ("tcp", "proto_tcp"),
    ("tls", "proto_tls"),
    ("sctp", "proto_sctp"),
    ("ws", "proto_ws"),
    ("wss", "proto_wss"),
    ("ipsec", "proto_ipsec"),
    ("bin", "proto_bin"),
    ("bins", "proto_bins"),
    ("hep_udp", "proto_hep"),
    ("hep_tcp", "proto_hep"),
    ("hep_tls", "proto_hep"),
    ("smpp", "proto_smpp"),
    ("msrp", "proto_msrp"),
    ("msrps", "proto_msrp"),
];

/// Whether a word is the name of a protocol.
pub(super) fn is_protocol(word: &str) -> bool {
    PROTOCOLS.iter().any(|(protocol, _)| word.eq_ignore_ascii_case(protocol))
}

const BLACKLISTS_MAX: usize = 32;

/// Names that routes may use above the clauses that make them.
pub(super) struct ClauseNames {
    pub(super) blacklists: Vec<Bytes>,
    pub(super) bonds: Vec<Bytes>,
}

impl ClauseNames {
    pub(super) fn collect(script: &tree::Script) -> ClauseNames {
        let mut names = ClauseNames { blacklists: Vec::new(), bonds: Vec::new() };
        for item in &script.items {
            match item {
                tree::Item::Global(tree::Global { value: GlobalValue::Blacklist(list), .. }) => {
                    names.blacklists.push(list.name.text.clone());
                }
                tree::Item::Global(tree::Global { value: GlobalValue::Bond(name, _), .. }) => {
                    names.bonds.push(name.text.clone());
                }
                _ => {}
            }
        }
        names
    }
}

/// Advertised host with the ports of its list, one per socket.
type Advertised = (Bytes, Vec<u16>);

impl Checker<'_> {
    /// Whether the global was a clause.
    pub(super) fn clause(&mut self, global: &tree::Global) -> bool {
        match &global.value {
            GlobalValue::Socket(socket) => self.sockets(socket, global.span),
            GlobalValue::Bond(name, members) => {
                let members = members.iter().map(|m| m.value.clone()).collect();
                self.program.bonds.push(Bond { name: name.text.clone(), members, span: global.span });
            }
            GlobalValue::Aliases(aliases) => aliases.iter().for_each(|a| self.alias(a)),
            GlobalValue::Blacklist(list) => self.blacklist(list, global.span),
            GlobalValue::Profile(profile) => self.profile(profile, global.span),
            GlobalValue::Paths(paths) => {
                let value = Value::List(paths.iter().map(|p| p.value.clone()).collect());
                self.program.globals.push(Global { name: "mpath", value, profile: None, span: global.span });
            }
            GlobalValue::MemGroup => {
                let fault =
                    self.fault(&codes::NOT_BUILT, global.span, "memory groups are not available".to_owned());
                self.push(
                    fault
                        .label("only special builds of OpenSIPS have them")
                        .opensips("SHM_EXTRA_STATS not defined"),
                );
            }
            _ => return false,
        }
        true
    }

    fn protocol(&mut self, name: &Name) -> Option<&'static str> {
        let text = shown(&name.text).to_ascii_lowercase();
        let known = PROTOCOLS.iter().find(|(protocol, _)| *protocol == text).map(|(protocol, _)| *protocol);
        if known.is_none() {
            let fault =
                self.fault(&codes::UNKNOWN_PROTOCOL, name.span, format!("there is no protocol `{text}`"));
            let near = crate::diagnostics::nearest(&text, PROTOCOLS.iter().map(|(protocol, _)| *protocol));
            let fault = fault.label("unknown").opensips(format!("cannot handle protocol <{text}>\n"));
            self.push(match near {
                Some(near) => fault.help(format!("`{near}` has a similar name")),
                None => fault,
            });
        }
        known
    }

    fn sockets(&mut self, socket: &tree::Socket, span: Span) {
        let Some(protocol) = self.protocol(&socket.protocol) else { return };
        let mut template = Socket { protocol, span, ..Socket::default() };
        template.host = socket.host.as_ref().map(|h| h.text.clone());
        let mut advertised = None;
        for option in &socket.options {
            self.socket_option(&mut template, &mut advertised, option);
        }
        let ports = self.ports(&socket.ports);
        let (host, mut public_ports) = match advertised {
            Some((host, ports)) => (Some(host), ports.into_iter()),
            None => (None, Vec::new().into_iter()),
        };
        let many: Vec<Option<u16>> =
            if ports.is_empty() { vec![None] } else { ports.into_iter().map(Some).collect() };
        for (i, port) in many.into_iter().enumerate() {
            let public = public_ports.next();
            let advertise = i == 0 || public.is_some();
            self.program.sockets.push(Socket {
                port,
                advertised_host: host.clone().filter(|_| advertise),
                advertised_port: public,
                ..template.clone()
            });
        }
    }

    fn socket_option(
        &mut self,
        socket: &mut Socket,
        advertised: &mut Option<Advertised>,
        option: &SocketOption,
    ) {
        match option {
            SocketOption::Word("anycast") => socket.anycast = true,
            SocketOption::Word("frag") => {
                socket.frag = true;
                let why = "the system decides, and splits what is longer than the path takes";
                self.idle_option("frag", socket.span, why);
            }
            SocketOption::Word("reuse_port") => socket.reuse_port = true,
            SocketOption::Word("accept_subdomain") => socket.accept_subdomain = true,
            SocketOption::Word(proxy_protocol) => {
                socket.reads_proxy_header |= *proxy_protocol != "send_proxy_protocol";
                socket.sends_proxy_header |= *proxy_protocol != "allow_proxy_protocol";
            }
            SocketOption::Workers(n) => {
                let datagrams = matches!(socket.protocol, "udp" | "sctp" | "hep_udp");
                if !datagrams {
                    let message = format!("`use_workers` has no effect on a {} socket", socket.protocol);
                    let fault = self.fault(&codes::IGNORED_OPTION, n.span, message);
                    self.push(fault.label("ignored").help("set `tcp_workers`"));
                } else {
                    self.idle_option("use_workers", n.span, "every worker serves every socket");
                }
                socket.workers = Some(n.value.unsigned_abs());
            }
            SocketOption::Tos(n) => socket.tos = Some(n.value.unsigned_abs()),
            SocketOption::As(host, ports) => *advertised = Some((host.text.clone(), self.ports(ports))),
            SocketOption::Tag(name) => socket.tag = Some(name.text.clone()),
            SocketOption::Profile(name) => {
                self.idle_option("use_auto_scaling_profile", name.span, "the number of workers is fixed");
                socket.profile = Some(name.text.clone());
            }
        }
    }

    fn idle_option(&mut self, option: &str, span: Span, why: &str) {
        let fault = self.fault(&codes::IDLE_GLOBAL, span, format!("`{option}` has no effect here"));
        self.push(fault.label("accepted and ignored").note(why));
    }

    /// All ports of a list; 0 stands for none given.
    fn ports(&mut self, list: &[(Number, Number)]) -> Vec<u16> {
        let mut ports = Vec::new();
        for (first, last) in list {
            match (u16::try_from(first.value), u16::try_from(last.value)) {
                (Ok(first), Ok(last)) => ports.extend(first..=last),
                _ => {
                    let span = first.span.to(last.span);
                    let fault = self.fault(&codes::OUT_OF_RANGE, span, "a port goes up to 65535".to_owned());
                    self.push(fault.label("out of range"));
                }
            }
        }
        ports
    }

    fn port(&mut self, number: Option<&Number>) -> Option<u16> {
        let number = number?;
        self.ports(&[(*number, *number)]).first().copied().filter(|port| *port != 0)
    }

    fn alias(&mut self, alias: &tree::Alias) {
        let protocol = match &alias.protocol {
            Some(name) => match self.protocol(name) {
                Some(protocol) => Some(protocol),
                None => return,
            },
            None => None,
        };
        let port = self.port(alias.port.as_ref());
        let (host, accept_subdomain) = (alias.host.text.clone(), alias.accept_subdomain);
        self.program.aliases.push(Alias { protocol, host, port, accept_subdomain, span: alias.span });
    }

    fn blacklist(&mut self, list: &tree::Blacklist, span: Span) {
        let flags = list.flags.as_deref();
        let has = |flag: &str| flags.is_some_and(|f| f.contains(&flag));
        let (readonly, expire) = (has("readonly") || flags.is_none(), has("expire"));
        if readonly && expire {
            let fault = self.fault(
                &codes::BAD_CONFIG,
                list.name.span,
                "a blacklist cannot be readonly and expire".to_owned(),
            );
            self.push(fault.label("both are given").opensips("failed to create blacklist\n"));
        }
        if let Some(twin) = self.program.blacklists.iter().find(|b| b.name == list.name.text) {
            let twin = twin.span;
            let message = format!("there are two blacklists `{}`", shown(&list.name.text));
            let fault = self.fault(&codes::DUPLICATE_NAME, list.name.span, message).at(twin, "the first one");
            self.push(fault.label("used again here").opensips("failed to create blacklist\n"));
        }
        if self.program.blacklists.len() >= BLACKLISTS_MAX {
            self.report(&codes::TOO_MANY, list.name.span, format!("more than {BLACKLISTS_MAX} blacklists"));
        }
        let rules = list.rules.iter().filter_map(|r| self.rule(r)).collect();
        let name = list.name.text.clone();
        self.program.blacklists.push(Blacklist {
            name,
            readonly,
            expire,
            default: has("default"),
            rules,
            span,
        });
    }

    fn rule(&mut self, rule: &tree::BlacklistRule) -> Option<BlacklistRule> {
        let network = self.network(&rule.network);
        let protocol = match &rule.protocol {
            Some(name) => Some(self.protocol(name)?),
            None => None,
        };
        let port = self.port(rule.port.as_ref());
        let pattern = rule.pattern.as_ref().map(|p| p.value.clone());
        Some(BlacklistRule { negated: rule.negated, protocol, network: network?, port, pattern })
    }

    fn profile(&mut self, profile: &tree::Profile, span: Span) {
        let [most, load, samples, within] = profile.up.map(|n| n.value);
        let [least, low, quiet] = profile.down.map_or([0, 0, 1], |d| d.map(|n| n.value));
        let bad = if !(1..1000).contains(&most) {
            Some("the largest number of workers must be from 1 to 999")
        } else if most <= least {
            Some("the largest number of workers must exceed the smallest")
        } else if !(1..=100).contains(&load) {
            Some("the upper load must be from 1 to 100 per cent")
        } else if low >= load {
            Some("the lower load must be below the upper one")
        } else if samples < 1 || within < samples || quiet < 1 {
            Some("the number of cycles does not fit")
        } else {
            None
        };
        if let Some(why) = bad {
            let fault = self.fault(&codes::OUT_OF_RANGE, span, why.to_owned());
            self.push(fault.label("in this profile").opensips("failed to create auto scaling profile"));
        }
        let same = |p: &ScalingProfile| p.name.eq_ignore_ascii_case(&profile.name.text);
        if let Some(twin) = self.program.scaling_profiles.iter().find(|p| same(p)) {
            let twin = twin.span;
            let message = format!("there are two scaling profiles `{}`", shown(&profile.name.text));
            let fault =
                self.fault(&codes::DUPLICATE_NAME, profile.name.span, message).at(twin, "the first one");
            self.push(fault.label("used again here").opensips("failed to create auto scaling profile"));
        }
        self.program.scaling_profiles.push(ScalingProfile {
            name: profile.name.text.clone(),
            up_to: most.unsigned_abs(),
            up_at: load.unsigned_abs(),
            up_cycles: samples.unsigned_abs(),
            up_within: within.unsigned_abs(),
            down: profile
                .down
                .map(|d| (d[0].value.unsigned_abs(), d[1].value.unsigned_abs(), d[2].value.unsigned_abs())),
            span,
        });
    }

    /// Each socket needs the module of its protocol, loaded anywhere.
    pub(super) fn transports(&mut self) {
        let mut missing: Vec<(&str, &str, Span)> = Vec::new();
        for socket in &self.program.sockets {
            let Some((protocol, module)) = PROTOCOLS.iter().find(|(p, _)| *p == socket.protocol) else {
                continue;
            };
            let there = self.load_lines.iter().any(|(name, _)| name == module);
            if !there && !missing.iter().any(|(p, _, _)| p == protocol) {
                missing.push((protocol, module, socket.span));
            }
        }
        for (protocol, module, span) in missing {
            let message = format!("no module that is loaded can handle {protocol}");
            let fault = self.fault(&codes::TRANSPORT_NOT_LOADED, span, message).label("this socket needs it");
            let words = format!("listeners found for protocol {protocol}, but no module can handle it");
            self.push(fault.help(format!("add `loadmodule \"{module}.so\"`")).opensips(words));
        }
    }
}
