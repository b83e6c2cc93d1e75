//! Tables of rules by their partitions' names.

use std::sync::Arc;

use sipc_engine::database::{Condition, Database, DbValue, Loaded, Order, PartitionSpec, Select, query_now};
use sipc_engine::setup::Setup;

use crate::plans::Plans;
use crate::rule::Rule;

/// The version of the table that is known.
const VERSION: i64 = 5;
const DEFAULT: &str = "default";

/// One partition.
pub struct Partition {
    /// Its name.
    pub name: String,
    /// Its database.
    pub url: String,
    /// Its table.
    pub table: String,
    columns: Arc<Vec<String>>,
    database: Arc<dyn Database>,
    /// What was loaded.
    pub plans: Loaded<Plans>,
}

/// How loading went.
pub struct Outcome {
    /// Rules that are in use.
    pub loaded: usize,
    /// Why rows were left out.
    pub left_out: Vec<String>,
}

impl Partition {
    /// Reads the table.
    pub fn load(&self) -> Result<Outcome, String> {
        let columns: Vec<&str> = self.columns.iter().map(String::as_str).collect();
        let [columns @ .., disabled] = columns.as_slice() else {
            return Err("there are no columns".to_owned());
        };
        let conditions = [Condition::equal(disabled, DbValue::Int(0))];
        let order = columns.get(1).map(|column| Order { column, descending: false });
        let select = Select { conditions: &conditions, order, ..Select::of(&self.table, columns) };
        let rows = query_now(&*self.database, &select)?.rows;
        let (mut plans, mut left_out, all) = (Plans::default(), Vec::new(), rows.len());
        for row in rows {
            match Rule::read(&row) {
                Ok(rule) => plans.add(rule),
                Err(why) => {
                    let exp = row.get(3).map(DbValue::string).unwrap_or_default();
                    left_out.push(format!("rule <{exp}> of partition <{}> is left out: {why}", self.name));
                }
            }
        }
        self.plans.put(plans);
        Ok(Outcome { loaded: all - left_out.len(), left_out })
    }
}

/// The partitions in the order of the script.
pub struct Partitions {
    /// All of them.
    pub all: Vec<Partition>,
    /// The name of the one that is meant when none is named.
    default: String,
}

impl Partitions {
    /// A partition by its name, or the default one.
    pub fn named(&self, name: Option<&str>) -> Option<&Partition> {
        let name = name.unwrap_or(&self.default);
        self.all.iter().find(|p| p.name == name)
    }

    /// Opens the databases.
    pub fn open(setup: &Setup) -> Result<Partitions, String> {
        let table = setup.text("dialplan", "table_name").unwrap_or_else(|| "dialplan".to_owned());
        let url = setup.database_url("dialplan", "db_url");
        let columns = Arc::new(columns(setup));
        let (mut all, mut default): (Vec<Partition>, _) = (Vec::new(), None);
        let mut add = |name: String, url: String, table: String| {
            if all.iter().any(|p| p.name == name) {
                return Err(format!("partition {name} is given twice"));
            }
            let database = setup.database(&url)?;
            setup.check_table(&*database, &table, VERSION)?;
            let (columns, plans) = (columns.clone(), Loaded::default());
            all.push(Partition { name, url, table, columns, database, plans });
            Ok(())
        };
        for setting in setup.params("dialplan", "partition") {
            let spec = PartitionSpec::parse(setting.text().unwrap_or_default())?;
            match spec.settings.as_slice() {
                [(other, None)] => default = Some(other.clone()),
                _ => {
                    let name = spec.name.clone();
                    let (url, table) = spec.table(url.as_deref(), &table)?;
                    add(name, url, table)?;
                }
            }
        }
        if let Some(url) = url.filter(|_| default.is_none() && !setup_names_default(setup)) {
            add(DEFAULT.to_owned(), url, table)?;
        }
        let first = all.first().map(|p| p.name.clone()).ok_or("no partition is defined, see db_url")?;
        let has_default = all.iter().any(|p| p.name == DEFAULT);
        let default = default.unwrap_or(if has_default { DEFAULT.to_owned() } else { first });
        if !all.iter().any(|p| p.name == default) {
            return Err(format!("partition <{default}> is not defined"));
        }
        Ok(Partitions { all, default })
    }
}

fn setup_names_default(setup: &Setup) -> bool {
    let name = |text: &str| PartitionSpec::parse(text).is_ok_and(|s| s.name == DEFAULT);
    setup.params("dialplan", "partition").any(|p| p.text().is_some_and(name))
}

/// The columns of a rule in the order of [`Rule::read`], and that of what is out of use.
fn columns(setup: &Setup) -> Vec<String> {
    let names = [
        "dpid",
        "pr",
        "match_op",
        "match_exp",
        "match_flags",
        "subst_exp",
        "repl_exp",
        "attrs",
        "timerec",
        "disabled",
    ];
    let column =
        |name: &&str| setup.text("dialplan", &format!("{name}_col")).unwrap_or_else(|| (*name).to_owned());
    names.iter().map(column).collect()
}
