//! Partitions: gateways, carriers, rules and groups of their own.

use std::sync::Arc;

use parking_lot::Mutex;
use sipc_engine::Text;
use sipc_engine::database::{Condition, Database, DbValue, Loaded, Select, query_now};
use sipc_engine::network::SocketId;
use sipc_engine::settings::avp_name;
use sipc_engine::setup::Setup;

use crate::data::Data;
use crate::load::{self, Rows, Ways};

/// The name of the only partition when there are none.
pub const ONLY: &str = "Default";
/// The versions of the tables that are known.
const VERSIONS: [i64; 4] = [6, 4, 2, 3];
/// The version of the table of partitions that is known.
const PARTITIONS_VERSION: i64 = 1;

/// What becomes of sockets that this server does not listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SocketFilter {
    /// They are ignored.
    None,
    /// So are all others.
    Ignore,
    /// Their gateways are left out.
    MatchedOnly,
}

/// The tables of a partition.
#[derive(Debug, Clone)]
pub struct Tables {
    /// Gateways.
    pub gateways: String,
    /// Rules.
    pub rules: String,
    /// Groups of users.
    pub groups: String,
    /// Carriers.
    pub carriers: String,
}

/// Names of the AVPs of a partition.
#[derive(Debug, Clone)]
pub struct Avps {
    /// Request URIs that wait.
    pub uri: Text,
    /// Gateways, the present one first.
    pub gateway: Text,
    /// Sockets that wait.
    pub socket: Text,
    /// Prefixes of the gateways.
    pub gateway_prefix: Option<Text>,
    /// The number of the rule.
    pub rule: Option<Text>,
    /// The prefix of the rule.
    pub rule_prefix: Option<Text>,
    /// Carriers of the gateways.
    pub carrier: Option<Text>,
    /// Attributes of gateways.
    pub gateway_attributes: Text,
    /// Attributes of carriers.
    pub carrier_attributes: Text,
    /// Attributes of rules.
    pub rule_attributes: Text,
    /// What the next rule needs: request URI, prefix, place under it, whitelist, group, flags.
    pub fallback: [Text; 6],
}

/// One partition.
pub struct Partition {
    /// Its name.
    pub name: String,
    /// The identifier of its status reports about gateways.
    pub events: String,
    /// Its tables.
    pub tables: Tables,
    /// Its database.
    pub database: Arc<dyn Database>,
    /// Where it keeps things for the script.
    pub avps: Avps,
    /// Blacklists of gateways by types.
    pub blacklists: Vec<(String, Vec<i32>)>,
    /// What was loaded.
    pub data: Loaded<Data>,
    /// Held while it is loaded.
    pub loading: Mutex<()>,
}

/// What holds for loading all partitions.
#[derive(Debug, Clone)]
pub struct Loading {
    /// States are in the tables.
    pub persistent: bool,
    /// What becomes of sockets of others.
    pub filter: SocketFilter,
    /// Characters of names besides letters and digits.
    pub id_chars: String,
    /// Characters of prefixes besides digits.
    pub prefix_chars: String,
}

impl Loading {
    /// How names are read.
    pub fn ways<'a>(&'a self, socket: &'a dyn Fn(&[u8]) -> Option<SocketId>) -> Ways<'a> {
        Ways { socket, filter: self.filter, id_chars: &self.id_chars, prefix_chars: &self.prefix_chars }
    }
}

impl Partition {
    /// Reads the tables.
    pub fn load(
        &self,
        loading: &Loading,
        socket: &dyn Fn(&[u8]) -> Option<SocketId>,
    ) -> Result<load::Loaded, String> {
        let rows = |table: &str, columns: &[&str], stateful: bool| {
            let mut columns = columns.to_vec();
            if stateful && loading.persistent {
                columns.push("state");
            }
            query_now(&*self.database, &Select::of(table, &columns)).map(|r| r.rows)
        };
        let gateways = ["gwid", "address", "strip", "pri_prefix", "type", "attrs", "probe_mode", "socket"];
        let carriers = ["carrierid", "flags", "sort_alg", "gwlist", "attrs"];
        let rules =
            ["ruleid", "groupid", "prefix", "timerec", "priority", "routeid", "gwlist", "sort_alg", "attrs"];
        let rows = Rows {
            gateways: rows(&self.tables.gateways, &gateways, true)?,
            carriers: rows(&self.tables.carriers, &carriers, true)?,
            rules: rows(&self.tables.rules, &rules, false)?,
        };
        Ok(load::read(&rows, &loading.ways(socket)))
    }

    /// Asks for the group of nobody.
    pub fn try_groups(&self, columns: &[String; 3]) -> Result<(), String> {
        let [user, domain, group] = columns.each_ref().map(String::as_str);
        let nobody = |column| Condition::equal(column, DbValue::from(""));
        let conditions = [nobody(user), nobody(domain)];
        let wanted = [group];
        let select = Select { conditions: &conditions, ..Select::of(&self.tables.groups, &wanted) };
        query_now(&*self.database, &select).map(|_| ())
    }
}

/// All partitions.
#[derive(Default)]
pub struct Partitions {
    /// In the order of their table; the newest first.
    pub all: Vec<Partition>,
    /// They are named in a table.
    pub named: bool,
}

/// Which partitions a call means.
pub enum Meant<'a> {
    /// This one.
    One(&'a Partition),
    /// The first that fits.
    Any,
}

impl Partitions {
    /// The partition that a call or command names; `*` stands for any.
    pub fn meant(&self, name: Option<&str>) -> Option<Meant<'_>> {
        match name {
            None if self.named => None,
            None => self.all.first().map(Meant::One),
            Some("*") if self.named => Some(Meant::Any),
            Some(name) => self.all.iter().find(|p| p.name == name).map(Meant::One),
        }
    }

    /// Opens the databases.
    pub fn open(setup: &Setup) -> Result<Partitions, String> {
        let named = setup.int("drouting", "use_partitions", 0) == 1;
        let specs = if named { of_table(setup)? } else { vec![Spec::of_script(setup)?] };
        let blacklists = blacklists(setup, named)?;
        if let Some((partition, ..)) = blacklists.iter().find(|(p, ..)| !specs.iter().any(|s| s.name == *p)) {
            return Err(format!("define_blacklist: partition {partition} is not defined"));
        }
        let mut all = Vec::new();
        for spec in specs {
            let lists = blacklists.iter().filter(|(p, ..)| *p == spec.name);
            let lists = lists.map(|(_, name, types)| (name.clone(), types.clone())).collect();
            all.push(spec.open(setup, lists)?);
        }
        Ok(Partitions { all, named })
    }
}

type Blacklist = (String, String, Vec<i32>);

/// `[partition:]name = type, …`
fn blacklists(setup: &Setup, named: bool) -> Result<Vec<Blacklist>, String> {
    let one = |text: &str| {
        let (partition, rest) = match named {
            true => {
                text.split_once(':').ok_or_else(|| format!("define_blacklist: {text} names no partition"))?
            }
            false => (ONLY, text),
        };
        let (name, types) = sipc_engine::settings::named_numbers(rest)?;
        Ok((partition.trim().to_owned(), name, types))
    };
    setup.params("drouting", "define_blacklist").filter_map(|s| s.text()).map(one).collect()
}

/// What a partition is made of.
struct Spec {
    name: String,
    url: String,
    tables: Tables,
    /// request URI, gateway, gateway's prefix, socket, rule, rule's prefix, carrier
    avps: [Option<String>; 7],
}

/// Parameters of AVPs, and their defaults.
const AVPS: [(&str, Option<&str>); 7] = [
    ("ruri_avp", Some("$avp(___dr_ruri__)")),
    ("gw_id_avp", Some("$avp(___dr_gw_id__)")),
    ("gw_priprefix_avp", None),
    ("gw_sock_avp", Some("$avp(___dr_sock__)")),
    ("rule_id_avp", None),
    ("rule_prefix_avp", None),
    ("carrier_id_avp", None),
];

fn table(setup: &Setup, param: &str, default: &str) -> String {
    setup.text("drouting", param).unwrap_or_else(|| default.to_owned())
}

fn tables(setup: &Setup) -> Tables {
    Tables {
        gateways: table(setup, "drd_table", "dr_gateways"),
        rules: table(setup, "drr_table", "dr_rules"),
        groups: table(setup, "drg_table", "dr_groups"),
        carriers: table(setup, "drc_table", "dr_carriers"),
    }
}

/// The partitions of the table that has them; the newest first, as in OpenSIPS.
fn of_table(setup: &Setup) -> Result<Vec<Spec>, String> {
    let url = setup.database_url("drouting", "db_partitions_url").ok_or("db_partitions_url is missing")?;
    let name = table(setup, "db_partitions_table", "dr_partitions");
    let database = setup.database(&url)?;
    setup.check_table(&*database, &name, PARTITIONS_VERSION)?;
    let columns = [
        "partition_name",
        "db_url",
        "drd_table",
        "drr_table",
        "drg_table",
        "drc_table",
        "ruri_avp",
        "gw_id_avp",
        "gw_priprefix_avp",
        "gw_sock_avp",
        "rule_id_avp",
        "rule_prefix_avp",
        "carrier_id_avp",
    ];
    let rows = query_now(&*database, &Select::of(&name, &columns))?.rows;
    let defaults = tables(setup);
    let one = |row: &Vec<DbValue>| {
        let text = |at: usize| row.get(at).map(DbValue::string).filter(|t| !t.is_empty());
        let default = |at: usize, other: &String| text(at).unwrap_or_else(|| other.clone());
        Ok(Spec {
            name: text(0).ok_or("a partition has no name")?,
            url: text(1).unwrap_or_else(|| url.clone()),
            tables: Tables {
                gateways: default(2, &defaults.gateways),
                rules: default(3, &defaults.rules),
                groups: default(4, &defaults.groups),
                carriers: default(5, &defaults.carriers),
            },
            avps: std::array::from_fn(|n| text(6 + n).or_else(|| AVPS[n].1.map(str::to_owned))),
        })
    };
    rows.iter().rev().map(one).collect()
}

impl Spec {
    fn of_script(setup: &Setup) -> Result<Spec, String> {
        let url = setup.database_url("drouting", "db_url").ok_or("db_url is missing")?;
        let avp = |(param, default): (&str, Option<&str>)| {
            setup.text("drouting", param).or_else(|| default.map(str::to_owned)).filter(|t| !t.is_empty())
        };
        Ok(Spec { name: ONLY.to_owned(), url, tables: tables(setup), avps: AVPS.map(avp) })
    }

    fn open(self, setup: &Setup, blacklists: Vec<(String, Vec<i32>)>) -> Result<Partition, String> {
        let database = setup.database(&self.url)?;
        let t = &self.tables;
        for (table, version) in [&t.gateways, &t.rules, &t.groups, &t.carriers].into_iter().zip(VERSIONS) {
            setup.check_table(&*database, table, version)?;
        }
        Ok(Partition {
            events: format!("{};events", self.name),
            avps: self.avps()?,
            tables: self.tables,
            database,
            blacklists,
            data: Loaded::default(),
            loading: Mutex::new(()),
            name: self.name,
        })
    }

    fn avps(&self) -> Result<Avps, String> {
        let maybe = |at: usize| self.avps[at].as_deref().map(avp_name).transpose();
        let needed = |at: usize| maybe(at)?.ok_or_else(|| format!("{} is missing", AVPS[at].0));
        let own = |name: &str| Text::from(format!("{name}{}", self.name));
        let fixed = |name: &'static str| Text::from_static(name.as_bytes());
        Ok(Avps {
            uri: needed(0)?,
            gateway: needed(1)?,
            gateway_prefix: maybe(2)?,
            socket: needed(3)?,
            rule: maybe(4)?,
            rule_prefix: maybe(5)?,
            carrier: maybe(6)?,
            gateway_attributes: fixed("___dr_gw_att__"),
            carrier_attributes: fixed("___dr_cr_att__"),
            rule_attributes: fixed("___dr_ru_att__"),
            fallback: [
                own("_dr_fb_ruri_"),
                own("_dr_fb_prefix_"),
                own("_dr_fb_index_"),
                own("_dr_fb_whitelist_"),
                own("_dr_fb_group_"),
                own("_dr_fb_flags_"),
            ],
        })
    }
}
