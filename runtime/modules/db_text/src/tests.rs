//! Files, tables, and a directory of them.

use std::sync::atomic::{AtomicU32, Ordering};

use sipc_engine::Text;
use sipc_engine::database::{Condition, DbValue, Order, Select, check_version, query_now};
use sipc_engine::setup::{Configuration, Setting};
use sipc_engine::testing::worker_with;
use sipc_engine::waiting::wait_for;

use super::*;

const GATEWAYS: &str = "id(int,auto) uri(string) note(str,null) cost(double) at(time) \n\
    1:sip\\:a@x:back\\\\slash\\n:1.5:100\n\n:sip\\:b@x::-2:200";

#[test]
fn a_file_is_read_and_written() {
    let table = format::read(GATEWAYS.as_bytes(), 100).expect("a table");
    let text = |t: &'static str| DbValue::Text(Text::from_static(t.as_bytes()));
    assert_eq!(table.rows[0][1..3], [text("sip:a@x"), text("back\\slash\n")]);
    assert_eq!(table.rows[1][0], DbValue::Int(2), "numbered");
    assert_eq!(table.rows[1][2..], [DbValue::Null, DbValue::Double(-2.0), DbValue::Time(200)]);
    let written = format::write(&table);
    assert_eq!(
        String::from_utf8_lossy(&written),
        "id(int,auto) uri(string) note(str,null) cost(double) at(time)\n\
         1:sip\\:a@x:back\\\\slash\\n:1.50:100\n2:sip\\:b@x::-2.00:200\n"
    );
}

#[test]
fn what_is_no_table() {
    for bad in [
        "",
        "\n1",
        "id",
        "id(int",
        "id(number)",
        "id(int,x)",
        "(int)",
        "a(string,auto)",
        "id(int) n(int)\n1",
        "id(int)\n1:2",
        "id(int)\nx",
        "id(int)\n+1",
        "id(int)\n99999999999",
        "s(str) t(str)\n:",
        "s(str)\na\\x",
        "s(str)\nlonger",
        "d(double)\ninf",
    ] {
        assert!(format::read(bad.as_bytes(), 5).is_err(), "{bad}");
    }
}

#[test]
fn texts_that_are_nearly_files_break_nothing() {
    let pieces = ["id(int,auto) ", "s(str,null)", "\n", ":", "1", "\\", "n", "\\:", "x", "(", ")", ",", "-"];
    sipc_test_support::pieces::mixed(&pieces, 20_000, |text| {
        if let Ok(table) = format::read(text, 100) {
            let again = format::read(&format::write(&table), 100).expect("what was written can be read");
            assert_eq!(again.rows, table.rows);
        }
    });
}

/// A directory of this test alone.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("sipc-db_text-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a directory");
        let folder = Folder(path);
        folder.put("version", "table_name(string) table_version(int)\ngateways:3\n");
        folder.put("gateways", GATEWAYS);
        folder
    }

    fn put(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).expect("a file");
    }

    fn url(&self) -> String {
        format!("text://{}", self.0.display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // what is left behind harms nobody
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn shared(params: &[(&str, i32)]) -> Arc<Shared> {
    let param = |(name, n): &(&str, i32)| ("db_text".to_owned(), (*name).to_owned(), Setting::Int(*n));
    let configuration =
        Configuration { modparams: params.iter().map(param).collect(), ..Configuration::default() };
    worker_with(configuration, &[LINKED]).shared.clone()
}

fn uris(database: &dyn Database, conditions: &[Condition<'_>]) -> String {
    let order = Some(Order { column: "uri", descending: true });
    let select = Select { table: "gateways", columns: &["URI"], conditions, order };
    let rows = query_now(database, &select).expect("rows").rows;
    rows.iter().map(|row| row[0].string()).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_directory_is_a_database() {
    let folder = Folder::new();
    let shared = shared(&[]);
    let database = shared.databases.open(&folder.url()).expect("a database");
    assert!(check_version(&*database, "version", "gateways", 3).is_ok());
    assert!(check_version(&*database, "version", "gateways", 4).is_err());
    assert!(check_version(&*database, "version", "other", 3).is_err());
    assert_eq!(uris(&*database, &[]), "sip:a@x sip:b@x");
    let new = [("uri", DbValue::from("sip:c@x")), ("cost", DbValue::Int(7)), ("at", DbValue::Time(1))];
    wait_for(database.insert("gateways", &new)).expect("taken");
    let cheap = Condition::equal("cost", DbValue::Int(7));
    assert_eq!(uris(&*database, std::slice::from_ref(&cheap)), "sip:c@x");
    let changed = [("note", DbValue::from("x:y"))];
    wait_for(database.update("gateways", &[cheap], &changed)).expect("changed");
    let gone = Condition::equal("id", DbValue::Int(1));
    wait_for(database.delete("gateways", &[gone])).expect("removed");
    assert!(
        wait_for(database.insert("gateways", &[("uri", DbValue::from("x"))])).is_err(),
        "cost is missing"
    );
    assert!(wait_for(database.insert("gateways", &[("uri", DbValue::Int(1))])).is_err(), "no text");
    assert!(wait_for(database.insert("gateways", &[("none", DbValue::Int(1))])).is_err());
    assert!(wait_for(database.delete("../gateways", &[])).is_err());
    assert!(wait_for(database.raw(&Text::from_static(b"select 1"))).is_err());
    dump(&shared, &Params::default()).expect("written");
    let text = std::fs::read_to_string(folder.0.join("gateways")).expect("a file");
    assert_eq!(
        text.lines().skip(1).collect::<Vec<_>>(),
        ["3:sip\\:c@x:x\\:y:7.00:1", "2:sip\\:b@x::-2.00:200"]
    );
    assert!(!folder.0.join(".gateways.new").exists());
}

#[test]
fn files_are_read_anew_when_told() {
    let folder = Folder::new();
    let shared = shared(&[]);
    let database = shared.databases.open(&folder.url()).expect("a database");
    assert_eq!(uris(&*database, &[]), "sip:a@x sip:b@x");
    folder.put("gateways", "id(int) uri(string)\n1:sip\\:d@x\n");
    assert_eq!(uris(&*database, &[]), "sip:a@x sip:b@x");
    let named = |list: &[(&str, &str)]| {
        Params(list.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect())
    };
    let path = folder.0.display().to_string();
    assert_eq!(reload(&shared, &named(&[("db_name", "/none")])).map_err(|e| e.code), Err(400));
    assert_eq!(
        reload(&shared, &named(&[("db_name", &path), ("table_name", "none")])).map_err(|e| e.code),
        Err(400)
    );
    assert!(reload(&shared, &named(&[("db_name", &path), ("table_name", "gateways")])).is_ok());
    assert_eq!(uris(&*database, &[]), "sip:d@x");
    folder.put("gateways", "broken");
    assert_eq!(reload(&shared, &Params::default()).map_err(|e| e.code), Err(500));
    assert_eq!(uris(&*database, &[]), "sip:d@x", "it stays as it was");
}

#[test]
fn a_watched_file_is_read_when_it_has_changed() {
    let folder = Folder::new();
    let shared = shared(&[("db_mode", 1)]);
    let database = shared.databases.open(&folder.url()).expect("a database");
    assert_eq!(uris(&*database, &[]), "sip:a@x sip:b@x");
    folder.put("gateways", "id(int) uri(string)\n1:sip\\:d@x\n");
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
    let file = std::fs::File::options().write(true).open(folder.0.join("gateways")).expect("a file");
    file.set_modified(later).expect("its time is set");
    assert_eq!(uris(&*database, &[]), "sip:d@x");
}

#[test]
fn what_cannot_be_opened() {
    let shared = shared(&[]);
    for bad in ["text://", "text:///no/such/directory", "mysql://x", "nothing"] {
        assert!(shared.databases.open(bad).is_err(), "{bad}");
    }
    for (name, value) in [("db_mode", 2), ("buffer_size", 0)] {
        let param = ("db_text".to_owned(), name.to_owned(), Setting::Int(value));
        let configuration = Configuration { modparams: vec![param], ..Configuration::default() };
        assert!(init(&mut Setup::new(configuration, Vec::new())).is_err(), "{name}");
    }
}
