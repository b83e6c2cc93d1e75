//! Partitions: tables of sets, each with its own settings.

use std::sync::Arc;

use sipc_engine::Context;
use sipc_engine::Text;
use sipc_engine::avp::AvpName;
use sipc_engine::database::{Database, Loaded, PartitionSpec, Select, query_now};
use sipc_engine::network::SocketId;
use sipc_engine::settings::{avp_name, named_numbers};
use sipc_engine::setup::Setup;

use crate::load::{self, Loaded as Rows};
use crate::set::Sets;

/// The version of the table that is known.
const VERSION: i64 = 9;
/// The partition of calls that name none.
const DEFAULT: &str = "default";

/// Names of the AVPs that a partition keeps things in.
#[derive(Debug, Clone, Default)]
pub struct Avps {
    /// Destinations that wait.
    pub destination: Text,
    /// Their set.
    pub group: Text,
    /// Their number.
    pub count: Text,
    /// Their sockets.
    pub socket: Text,
    /// Their attributes, if these are wanted.
    pub attributes: Option<Text>,
    /// What scripts left with them, if that is wanted.
    pub script_attributes: Option<Text>,
}

/// The number of an AVP's name.
pub fn avp(cx: &Context, name: &Text) -> Option<AvpName> {
    cx.shared().avp_names.intern(name)
}

/// One partition.
pub struct Partition {
    /// Its name.
    pub name: String,
    /// The identifier of its status reports about destinations.
    pub events: String,
    /// It is the one that is meant when none is named.
    pub default: bool,
    table: String,
    columns: Arc<Columns>,
    /// Its database.
    pub database: Arc<dyn Database>,
    /// Where it keeps things for the script.
    pub avps: Avps,
    /// From of probes.
    pub ping_from: Text,
    /// The method of probes.
    pub ping_method: Text,
    /// The socket that probes leave from.
    pub ping_socket: Option<SocketId>,
    /// States are kept in the table.
    pub persistent: bool,
    /// Blacklists of the addresses of sets.
    pub blacklists: Vec<(String, Vec<i32>)>,
    /// What was loaded.
    pub sets: Loaded<Sets>,
}

/// The columns of the table.
pub struct Columns {
    /// Sets.
    pub set: String,
    /// URIs.
    pub destination: String,
    /// States.
    pub state: String,
    /// As [`load::read`] wants them; the state is last.
    all: Vec<String>,
}

impl Columns {
    fn of(setup: &Setup) -> Columns {
        let column =
            |name: &str| setup.text("dispatcher", &format!("{name}_col")).unwrap_or_else(|| name.to_owned());
        let names = [
            "setid",
            "destination",
            "socket",
            "weight",
            "attrs",
            "priority",
            "description",
            "probe_mode",
            "state",
        ];
        Columns {
            set: column("setid"),
            destination: column("destination"),
            state: column("state"),
            all: names.iter().map(|n| column(n)).collect(),
        }
    }
}

impl Partition {
    /// The table.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The columns of the table.
    pub fn columns(&self) -> Arc<Columns> {
        self.columns.clone()
    }

    /// Reads the table.
    pub fn load(&self, socket: &dyn Fn(&[u8]) -> Option<SocketId>) -> Result<Rows, String> {
        let mut columns: Vec<&str> = self.columns.all.iter().map(String::as_str).collect();
        if !self.persistent {
            columns.pop();
        }
        let rows = query_now(&*self.database, &Select::of(&self.table, &columns))?.rows;
        Ok(load::read(&rows, socket))
    }
}

/// All partitions, in the order of the script; the default one comes last.
#[derive(Default)]
pub struct Partitions(pub Vec<Partition>);

impl Partitions {
    /// A partition by its name, or the default one.
    pub fn named(&self, name: Option<&str>) -> Option<&Partition> {
        match name.filter(|n| !n.is_empty()) {
            Some(name) => self.0.iter().find(|p| p.name == name),
            None => self.0.iter().find(|p| p.default),
        }
    }

    /// Opens the databases.
    pub fn open(setup: &Setup) -> Result<Partitions, String> {
        let mut default = Settings::of_script(setup);
        let mut override_with = None;
        let mut others: Vec<(String, Settings)> = Vec::new();
        for setting in setup.params("dispatcher", "partition") {
            let spec = PartitionSpec::parse(setting.text().unwrap_or_default())?;
            match spec.settings.as_slice() {
                [(name, None)] if spec.name == DEFAULT => override_with = Some(name.clone()),
                _ if spec.name == DEFAULT => default.apply(&spec)?,
                _ => match others.iter_mut().find(|(name, _)| *name == spec.name) {
                    Some((_, settings)) => settings.apply(&spec)?,
                    None => {
                        let mut settings = Settings::default();
                        settings.apply(&spec)?;
                        others.push((spec.name, settings));
                    }
                },
            }
        }
        let columns = Arc::new(Columns::of(setup));
        let mut all = Vec::new();
        for (name, settings) in others {
            let is_default = override_with.as_ref() == Some(&name);
            all.push(settings.inherit(&default, &name).open(setup, name, is_default, &columns)?);
        }
        match override_with {
            Some(name) if !all.iter().any(|p| p.default) => Err(format!("partition <{name}> is not defined")),
            Some(_) => Ok(Partitions(all)),
            // with partitions of their own databases there need be no default one
            None if default.url.is_none() && !all.is_empty() => Ok(Partitions(all)),
            None => {
                all.push(default.open(setup, DEFAULT.to_owned(), true, &columns)?);
                Ok(Partitions(all))
            }
        }
    }
}

/// What can be set for a partition; `None` is inherited from the default one.
#[derive(Debug, Clone, Default)]
struct Settings {
    url: Option<String>,
    table: Option<String>,
    /// destination, group, count, socket, attributes, attributes of scripts
    avps: [Option<String>; 6],
    ping_from: Option<String>,
    ping_method: Option<String>,
    ping_socket: Option<String>,
    persistent: Option<String>,
    blacklists: Vec<String>,
}

/// The parameters of the AVPs, and their defaults.
const AVPS: [(&str, &str); 6] = [
    ("dst_avp", "$avp(ds_dst_failover)"),
    ("grp_avp", "$avp(ds_grp_failover)"),
    ("cnt_avp", "$avp(ds_cnt_failover)"),
    ("sock_avp", "$avp(ds_sock_failover)"),
    ("attrs_avp", ""),
    ("script_attrs_avp", ""),
];

impl Settings {
    fn of_script(setup: &Setup) -> Settings {
        let text = |name: &str| setup.text("dispatcher", name);
        let lists = setup.params("dispatcher", "ds_define_blacklist");
        Settings {
            url: setup.database_url("dispatcher", "db_url"),
            table: Some(text("table_name").unwrap_or_else(|| "dispatcher".to_owned())),
            avps: AVPS.map(|(param, default)| Some(text(param).unwrap_or_else(|| default.to_owned()))),
            ping_from: Some(text("ds_ping_from").unwrap_or_else(|| "sip:dispatcher@localhost".to_owned())),
            ping_method: Some(text("ds_ping_method").unwrap_or_else(|| "OPTIONS".to_owned())),
            ping_socket: text("ds_probing_sock"),
            persistent: Some(setup.int("dispatcher", "persistent_state", 1).to_string()),
            blacklists: lists.filter_map(|s| s.text().map(str::to_owned)).collect(),
        }
    }

    fn apply(&mut self, spec: &PartitionSpec) -> Result<(), String> {
        for (key, value) in &spec.settings {
            let bad = || format!("partition {}: {key} is no setting with a value", spec.name);
            let value = value.clone().filter(|v| !v.is_empty()).ok_or_else(bad)?;
            if let Some(at) = AVPS.iter().position(|(param, _)| param == key) {
                self.avps[at] = Some(value);
                continue;
            }
            match key.as_str() {
                "db_url" => self.url = Some(value),
                "table_name" => self.table = Some(value),
                "ping_from" => self.ping_from = Some(value),
                "ping_method" => self.ping_method = Some(value),
                "ping_sock" => self.ping_socket = Some(value),
                "persistent_state" => self.persistent = Some(value),
                "ds_define_blacklist" => self.blacklists.push(value),
                _ => return Err(bad()),
            }
        }
        Ok(())
    }

    /// Takes from the default partition what is not set; AVPs get names of their own.
    fn inherit(self, default: &Settings, name: &str) -> Settings {
        let own_name = |avp: &Option<String>| {
            let avp = avp.as_ref().filter(|a| !a.is_empty())?;
            Some(avp.strip_suffix(')').map_or_else(|| avp.clone(), |start| format!("{start}_{name})")))
        };
        let mut avps = self.avps;
        for (avp, of_default) in avps.iter_mut().zip(&default.avps) {
            if avp.is_none() {
                *avp = own_name(of_default);
            }
        }
        Settings {
            url: self.url.or_else(|| default.url.clone()),
            table: self.table.or_else(|| default.table.clone()),
            avps,
            ping_from: self.ping_from.or_else(|| default.ping_from.clone()),
            ping_method: self.ping_method.or_else(|| default.ping_method.clone()),
            ping_socket: self.ping_socket.or_else(|| default.ping_socket.clone()),
            persistent: self.persistent.or_else(|| default.persistent.clone()),
            blacklists: self.blacklists,
        }
    }

    fn open(
        self,
        setup: &Setup,
        name: String,
        default: bool,
        columns: &Arc<Columns>,
    ) -> Result<Partition, String> {
        let (url, table) =
            self.url.zip(self.table).ok_or_else(|| format!("partition {name} has no db_url"))?;
        let database = setup.database(&url)?;
        setup.check_table(&*database, &table, VERSION)?;
        let socket = |text: &String| {
            let found = setup.socket_named(text.as_bytes());
            found.ok_or_else(|| format!("this server does not listen on {text}"))
        };
        Ok(Partition {
            events: format!("{name};events"),
            avps: avps(&self.avps)?,
            ping_from: self.ping_from.unwrap_or_default().into(),
            ping_method: self.ping_method.unwrap_or_default().into(),
            ping_socket: self.ping_socket.as_ref().filter(|s| !s.is_empty()).map(socket).transpose()?,
            persistent: !matches!(self.persistent.as_deref(), Some("0" | "no" | "off")),
            blacklists: self.blacklists.iter().map(|text| named_numbers(text)).collect::<Result<_, _>>()?,
            sets: Loaded::default(),
            columns: columns.clone(),
            default,
            database,
            table,
            name,
        })
    }
}

fn avps(specs: &[Option<String>; 6]) -> Result<Avps, String> {
    let name = |at: usize| {
        let spec = specs.get(at).and_then(Option::as_deref).filter(|s| !s.is_empty());
        spec.map(avp_name).transpose()
    };
    let needed = |at: usize| name(at)?.ok_or_else(|| format!("{} is missing", AVPS[at].0));
    Ok(Avps {
        destination: needed(0)?,
        group: needed(1)?,
        count: needed(2)?,
        socket: needed(3)?,
        attributes: name(4)?,
        script_attributes: name(5)?,
    })
}
