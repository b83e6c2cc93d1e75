//! Tables of addresses by their partitions' names.

use std::sync::Arc;

use sipc_engine::database::{Database, Loaded, PartitionSpec, Select, query_now};
use sipc_engine::setup::Setup;

use crate::addresses::{Address, Addresses};

/// The version of the table that is known.
const VERSION: i64 = 5;
/// The partition of a call that names none.
pub const DEFAULT: &str = "default";

/// One partition.
pub struct Partition {
    /// Its name.
    pub name: String,
    table: String,
    columns: Arc<Vec<String>>,
    database: Arc<dyn Database>,
    /// What was loaded.
    pub addresses: Loaded<Addresses>,
}

impl Partition {
    /// Reads the table again. Gives the rows that were left out, and why.
    pub fn load(&self) -> Result<Vec<String>, String> {
        let columns: Vec<&str> = self.columns.iter().map(String::as_str).collect();
        let rows = query_now(&*self.database, &Select::of(&self.table, &columns))?.rows;
        let (mut addresses, mut left_out) = (Addresses::default(), Vec::new());
        for (number, row) in rows.iter().enumerate() {
            match Address::read(row) {
                Ok((group, address)) => addresses.add(group, address),
                Err(why) => left_out.push(format!("row {} of {} is left out: {why}", number + 1, self.table)),
            }
        }
        self.addresses.put(addresses);
        Ok(left_out)
    }
}

/// The partitions in the order of the script.
#[derive(Default)]
pub struct Partitions(pub Vec<Partition>);

impl Partitions {
    /// A partition by its name.
    pub fn named(&self, name: &str) -> Option<&Partition> {
        self.0.iter().find(|p| p.name == name)
    }

    /// Opens the databases and loads the tables.
    pub fn open(setup: &Setup) -> Result<Partitions, String> {
        let table = setup.text("permissions", "address_table").unwrap_or_else(|| "address".to_owned());
        let url = setup.database_url("permissions", "db_url");
        let mut specs = Vec::new();
        for setting in setup.params("permissions", "partition") {
            specs.push(Spec::parse(setting.text().unwrap_or_default(), url.as_deref(), &table)?);
        }
        let own = setup.text("permissions", "db_url").or(url).filter(|u| !u.is_empty());
        if let Some(url) = own.filter(|_| !specs.iter().any(|s| s.name == DEFAULT)) {
            specs.insert(0, Spec { name: DEFAULT.to_owned(), url, table });
        }
        let columns = Arc::new(columns(setup));
        specs.into_iter().map(|spec| spec.open(setup, &columns)).collect::<Result<_, _>>().map(Partitions)
    }
}

fn columns(setup: &Setup) -> Vec<String> {
    let named = [
        ("ip_col", "ip"),
        ("grp_col", "grp"),
        ("mask_col", "mask"),
        ("port_col", "port"),
        ("proto_col", "proto"),
        ("pattern_col", "pattern"),
        ("info_col", "context_info"),
    ];
    named
        .iter()
        .map(|(param, default)| setup.text("permissions", param).unwrap_or_else(|| (*default).to_owned()))
        .collect()
}

/// `name: db_url=…; table_name=…`
struct Spec {
    name: String,
    url: String,
    table: String,
}

impl Spec {
    fn parse(text: &str, default_url: Option<&str>, default_table: &str) -> Result<Spec, String> {
        let spec = PartitionSpec::parse(text)?;
        let name = spec.name.clone();
        let (url, table) = spec.table(default_url, default_table)?;
        Ok(Spec { name, url, table })
    }

    fn open(self, setup: &Setup, columns: &Arc<Vec<String>>) -> Result<Partition, String> {
        let database = setup.database(&self.url)?;
        setup.check_table(&*database, &self.table, VERSION)?;
        let (columns, addresses) = (columns.clone(), Loaded::default());
        Ok(Partition { name: self.name, table: self.table, columns, database, addresses })
    }
}
