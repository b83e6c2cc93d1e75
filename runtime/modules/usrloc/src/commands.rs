//! Management commands on the table.

use bytes::Bytes;
use serde_json::{Value as Json, json};
use sipc_engine::mi::{MiError, Params};
use sipc_engine::network::SocketId;
use sipc_engine::setup::Setup;
use sipc_engine::shared::Shared;

use crate::{Contact, Locations, Record};

/// Registers the commands.
pub fn register(setup: &mut Setup) {
    setup.command("usrloc:rm", rm);
    setup.command("usrloc:rm_contact", rm_contact);
    setup.command("usrloc:dump", dump);
    setup.command("usrloc:flush", flush);
    setup.command("usrloc:add", add);
    setup.command("usrloc:show_contact", show_contact);
}

fn locations(shared: &Shared) -> Result<&Locations, MiError> {
    shared.state::<Locations>().ok_or_else(|| MiError::new(500, "usrloc is not running"))
}

fn text(params: &Params, name: &str) -> Bytes {
    Bytes::from(params.text(name).unwrap_or_default())
}

fn ok() -> Result<Json, MiError> {
    Ok(Json::String("OK".into()))
}

fn rm(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    if locations(shared)?.remove(&text(params, "table_name"), &text(params, "aor")) {
        ok()
    } else {
        Err(MiError::new(404, "AOR not found"))
    }
}

fn rm_contact(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let uri = text(params, "contact");
    let removed = locations(shared)?.change(&text(params, "table_name"), &text(params, "aor"), |record| {
        let before = record.contacts.len();
        record.contacts.retain(|c| c.uri != uri);
        (before, record.contacts.len())
    });
    match removed {
        (0, _) => Err(MiError::new(404, "AOR not found")),
        (before, after) if before == after => Err(MiError::new(404, "Contact not found")),
        _ => ok(),
    }
}

fn dump(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let brief = params.int("brief").unwrap_or(0) != 0;
    let mut tables: Vec<(Bytes, Vec<Json>)> = Vec::new();
    locations(shared)?.each(|table, aor, record| {
        let one = describe(shared, aor, record, brief);
        match tables.iter_mut().find(|(t, _)| t == table) {
            Some((_, records)) => records.push(one),
            None => tables.push((table.clone(), vec![one])),
        }
    });
    let domains: Vec<Json> = tables
        .into_iter()
        .map(|(table, records)| json!({ "name": lossy(&table), "hash_size": 256, "AORs": records }))
        .collect();
    Ok(json!({ "Domains": domains }))
}

fn flush(_: &Shared, _: &Params) -> Result<Json, MiError> {
    ok()
}

fn show_contact(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let (table, aor) = (text(params, "table_name"), text(params, "aor"));
    locations(shared)?.read(&table, &aor, |record| match record {
        Some(record) if record.valid(shared.unix_now()) > 0 => Ok(describe(shared, &aor, record, false)),
        _ => Err(MiError::new(404, "AOR not found")),
    })
}

fn add(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let locations = locations(shared)?;
    if locations.is_full() {
        return Err(MiError::new(503, "the location table is full"));
    }
    let uri = text(params, "contact");
    let q = params.text("q").and_then(|q| q.parse::<f64>().ok()).map(|q| (q.clamp(0.0, 1.0) * 1000.0) as u16);
    let expires = params.int("expires").and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
    let contact = Contact {
        id: locations.new_id(),
        uri: uri.clone(),
        q,
        expires: if expires == 0 { u64::MAX } else { shared.unix_now() + expires },
        received: None,
        path: None,
        call_id: Bytes::from_static(b"sipc-management@localhost"),
        cseq: 1,
        flags: params.int("flags").and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
        branch_flags: params.int("cflags").and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
        user_agent: Bytes::from_static(b"SIP Router MI Server"),
        socket: SocketId(0),
        methods: params.int("methods").and_then(|n| u16::try_from(n).ok()).unwrap_or(u16::MAX),
        instance: None,
        attr: None,
        modified: shared.unix_now(),
        latency_us: 0,
    };
    locations.change(&text(params, "table_name"), &text(params, "aor"), |record| {
        record.contacts.retain(|c| c.uri != uri);
        record.insert(contact, locations.parameters.newest_first);
    });
    ok()
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

fn describe(shared: &Shared, aor: &Bytes, record: &Record, brief: bool) -> Json {
    if brief {
        return json!({ "AOR": lossy(aor) });
    }
    let contacts: Vec<Json> = record.contacts.iter().map(|c| describe_contact(shared, c)).collect();
    json!({ "AOR": lossy(aor), "Contacts": contacts })
}

fn describe_contact(shared: &Shared, c: &Contact) -> Json {
    let now = shared.unix_now();
    let expires = match c.expires {
        u64::MAX => json!("permanent"),
        at if at > now => json!(at - now),
        _ => json!("expired"),
    };
    let optional = |text: &Option<Bytes>| text.as_deref().map(lossy);
    let socket = shared.sockets.get(usize::from(c.socket.0)).map(|s| lossy(&s.uri));
    let mut object = serde_json::Map::new();
    let mut put = |name: &str, value: Json| {
        if !value.is_null() {
            object.insert(name.to_owned(), value);
        }
    };
    put("Contact", json!(lossy(&c.uri)));
    put("ContactID", json!(c.id.to_string()));
    put("Expires", expires);
    put("Q", json!(c.q.map_or_else(String::new, |q| format!("{:.3}", f64::from(q) / 1000.0))));
    put("Callid", json!(lossy(&c.call_id)));
    put("Cseq", json!(c.cseq));
    put("User-agent", json!(lossy(&c.user_agent)));
    put("Received", json!(optional(&c.received)));
    put("Path", json!(optional(&c.path)));
    put("State", json!("CS_SYNC"));
    put("Flags", json!(c.flags));
    put("Cflags", json!(c.branch_flags));
    put("Socket", json!(socket));
    put("Methods", json!(if c.methods == u16::MAX { u32::MAX } else { u32::from(c.methods) }));
    put("SIP_instance", json!(optional(&c.instance)));
    put("Attr", json!(optional(&c.attr)));
    put("Ping-Latency", Some(c.latency_us).filter(|l| *l > 0).map_or(Json::Null, |l| json!(l)));
    Json::Object(object)
}
