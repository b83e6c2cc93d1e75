//! Management commands, and what the status reports tell about loading.

use serde_json::{Value as Json, json};
use sipc_engine::database::without_password;
use sipc_engine::log::Level;
use sipc_engine::mi::{MiError, Params};
use sipc_engine::setup::Setup;
use sipc_engine::shared::Shared;
use sipc_engine::status_report::{self, NO_DATA, READY, RELOADING};

use crate::partitions::{Outcome, Partition, Partitions};

/// The group of the status reports.
const GROUP: &str = "dialplan";
/// Reports that are kept of each partition.
const REPORTS_MAX: usize = 20;

/// Loads the tables for the first time, and registers the commands.
pub fn start(setup: &mut Setup, partitions: &Partitions) {
    for partition in &partitions.all {
        let name = partition.name.as_str();
        let outcome = partition.load();
        let (status, words) =
            if outcome.is_ok() { (READY, "data available") } else { (NO_DATA, "no data loaded") };
        setup.status_reports.register(GROUP, name, status, Some(words), REPORTS_MAX);
        setup.report(GROUP, name, "starting DB data loading");
        match outcome {
            Ok(outcome) => {
                setup.report(GROUP, name, "DB data loading successfully completed");
                setup.report(GROUP, name, summary(&outcome));
                outcome.left_out.into_iter().for_each(|line| setup.warn("dialplan", line));
            }
            Err(why) => {
                setup.report(GROUP, name, "DB data loading failed, discarding");
                setup.warn("dialplan", why);
            }
        }
    }
    setup.command("dialplan:reload", reload);
    setup.command("dialplan:translate", translate);
    setup.command("dialplan:show_partition", show_partition);
}

fn summary(outcome: &Outcome) -> String {
    format!("{} rules loaded ({} discarded)", outcome.loaded, outcome.left_out.len())
}

fn state(shared: &Shared) -> Result<&Partitions, MiError> {
    shared.state::<Partitions>().ok_or_else(|| MiError::new(500, "dialplan is not running"))
}

/// Reads a table again, and tells how that went.
fn load(shared: &Shared, partition: &Partition) -> Result<(), MiError> {
    let name = partition.name.as_str();
    let before = shared.status_reports.status(GROUP, name).unwrap_or(NO_DATA);
    let report = |text: &str| status_report::report(shared, GROUP, name, text);
    let status = |number, words| status_report::set_status(shared, GROUP, name, number, Some(words));
    let say = |text: &str| shared.log.message(Level::Error, "dialplan", format_args!("{text}"));
    report("starting DB data loading");
    status(RELOADING, "data re-loading");
    match partition.load() {
        Ok(outcome) => {
            outcome.left_out.iter().for_each(|line| say(line));
            report("DB data loading successfully completed");
            report(&summary(&outcome));
            status(READY, "data available");
            Ok(())
        }
        Err(why) => {
            say(&why);
            report("DB data loading failed, discarding");
            if before == NO_DATA {
                status(NO_DATA, "no data loaded")
            } else {
                status(READY, "data available")
            }
            Err(MiError::new(500, "Internal error"))
        }
    }
}

fn reload(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let partitions = state(shared)?;
    match params.text("partition") {
        Some(name) => {
            let found =
                partitions.named(Some(&name)).ok_or_else(|| MiError::new(400, "Partition not found"))?;
            load(shared, found)?;
        }
        None => partitions.all.iter().try_for_each(|partition| load(shared, partition))?,
    }
    Ok(json!("OK"))
}

fn translate(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let partitions = state(shared)?;
    let found = match params.text("partition") {
        Some(name) => {
            partitions.named(Some(&name)).ok_or_else(|| MiError::new(400, "Partition not found"))?
        }
        None => partitions.named(None).ok_or_else(|| MiError::new(404, "'default' partition not found"))?,
    };
    let missing = |text| MiError::new(404, text);
    let plan = params.text("dpid").filter(|t| !t.is_empty()).ok_or_else(|| missing("Empty id parameter"))?;
    let plan: i32 = plan.parse().map_err(|_| missing("Wrong id parameter"))?;
    let input = params.text("input").filter(|t| !t.is_empty());
    let input = input.ok_or_else(|| missing("Empty input parameter"))?.into_bytes();
    let plans = found.plans.get();
    let plan = plans.get(plan).ok_or_else(|| missing("No information available for dpid"))?;
    let unix = i64::try_from(shared.unix_now()).unwrap_or(i64::MAX);
    let rule = plan.find(&input, unix).ok_or_else(|| missing("No translation"))?;
    let output = rule.translate(None, &input).map_err(|_| missing("No translation"))?;
    let lossy = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
    Ok(json!({ "Output": lossy(&output), "ATTRIBUTES": lossy(&rule.short_attributes()) }))
}

fn show_partition(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let partitions = state(shared)?;
    if let Some(name) = params.text("partition") {
        let found = partitions.named(Some(&name)).ok_or_else(|| MiError::new(404, "Partition Not Found"))?;
        let url = without_password(&found.url);
        return Ok(json!({ "Partition": found.name, "Table": found.table, "db_url": url }));
    }
    let one = |p: &Partition| json!({ "name": p.name, "table": p.table, "db_url": without_password(&p.url) });
    Ok(json!({ "Partitions": partitions.all.iter().rev().map(one).collect::<Vec<_>>() }))
}
