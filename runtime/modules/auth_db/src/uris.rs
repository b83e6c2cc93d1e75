//! Who may use which address.

use sipc_engine::database::{Condition, Rows, Select};
use sipc_engine::log::Level;
use sipc_engine::place::Assign;
use sipc_engine::variables::authorized;
use sipc_engine::{Context, Text, Value, VarRef};
use sipc_sip::{NameAddr, Uri};

use crate::Parameters;

/// A broken message, or no URI.
const BROKEN: i32 = -1;
/// No credentials were verified.
const NOBODY: i32 = -2;
/// The table has something else than texts.
const NO_TEXT: i32 = -3;
/// Not in the table; the URI has no user.
const NOT_FOUND: i32 = -4;
/// No such user.
const EMPTY: i32 = -5;
/// The database did not answer.
const QUERY: i32 = -8;
/// The address is another user's.
const SPOOFED: i32 = -9;

/// A question for a table; an error is logged.
async fn ask(cx: &Context, table: &Text, columns: &[&str], conditions: &[Condition<'_>]) -> Option<Rows> {
    let shared = cx.worker.shared.clone();
    let database = shared.state::<Parameters>()?.database.clone();
    let name = String::from_utf8_lossy(table).into_owned();
    let answer = database.query(&Select { conditions, ..Select::of(&name, columns) }).await;
    answer.inspect_err(|e| cx.log(Level::Error, "auth_db", format_args!("table {name}: {e}"))).ok()
}

/// Whether a table of users has the user of a URI.
pub async fn db_does_uri_exist(cx: &mut Context, uri: Text, table: Text) -> i32 {
    let shared = cx.worker.shared.clone();
    let Some(parameters) = shared.state::<Parameters>() else { return BROKEN };
    let Ok(parsed) = Uri::parse(&uri) else { return BROKEN };
    let own = Text::copy_from_slice;
    let user = own(parsed.user().unwrap_or_default());
    let mut conditions = vec![Condition::equal(&parameters.user, user.into())];
    if parameters.use_domain {
        conditions.push(Condition::equal(&parameters.domain, own(parsed.host_text()).into()));
    }
    match ask(cx, &table, &[&parameters.user], &conditions).await {
        None => NOT_FOUND,
        Some(found) if found.rows.is_empty() => EMPTY,
        Some(_) => 1,
    }
}

/// Whether whose credentials were verified may use the address in To.
pub async fn db_is_to_authorized(cx: &mut Context, table: Text) -> i32 {
    let user = cx.message.to().and_then(Result::ok).and_then(|to| user_of(&to));
    is_theirs(cx, table, user).await
}

/// Whether whose credentials were verified may use the address in From.
pub async fn db_is_from_authorized(cx: &mut Context, table: Text) -> i32 {
    let user = cx.message.from().and_then(Result::ok).and_then(|from| user_of(&from));
    is_theirs(cx, table, user).await
}

/// The user in an address, which may be empty; `None` when there is no address.
fn user_of(address: &NameAddr<'_>) -> Option<Text> {
    let uri = Uri::parse(address.uri_text).ok()?;
    Some(Text::copy_from_slice(uri.user().unwrap_or_default()))
}

async fn is_theirs(cx: &mut Context, table: Text, uri_user: Option<Text>) -> i32 {
    let shared = cx.worker.shared.clone();
    let (Some(uri_user), Some(parameters)) = (uri_user, shared.state::<Parameters>()) else { return BROKEN };
    let Some(who) = authorized(cx) else {
        cx.log(Level::Error, "auth_db", format_args!("no credentials were verified before"));
        return NOBODY;
    };
    if uri_user.is_empty() {
        return NOT_FOUND;
    }
    let conditions = [
        Condition::equal(&parameters.uri_user, who.user.into()),
        Condition::equal(&parameters.uri_domain, who.realm.into()),
        Condition::equal(&parameters.uri_uriuser, uri_user.into()),
    ];
    match ask(cx, &table, &[&parameters.uri_user], &conditions).await {
        None => QUERY,
        Some(found) if found.rows.is_empty() => SPOOFED,
        Some(_) => 1,
    }
}

/// Who uses a URI.
pub async fn db_get_auth_id(cx: &mut Context, table: Text, uri: Text, user: &VarRef, realm: &VarRef) -> i32 {
    let shared = cx.worker.shared.clone();
    let Some(parameters) = shared.state::<Parameters>() else { return BROKEN };
    let parsed = Uri::parse(&uri).ok();
    let Some((uri_user, host)) = parsed.and_then(|u| Some((u.user()?, u.host_text()))) else {
        cx.log(Level::Error, "db_get_auth_id", format_args!("a URI with a user is needed"));
        return BROKEN;
    };
    let own = Text::copy_from_slice;
    let mut conditions = vec![Condition::equal(&parameters.uri_uriuser, own(uri_user).into())];
    if parameters.use_domain {
        conditions.push(Condition::equal(&parameters.uri_domain, own(host).into()));
    }
    let columns = [parameters.uri_user.as_str(), parameters.uri_domain.as_str()];
    let Some(found) = ask(cx, &table, &columns, &conditions).await else { return QUERY };
    if found.rows.len() > 1 {
        cx.log(
            Level::Warning,
            "db_get_auth_id",
            format_args!("more than one entry fits; the first is taken"),
        );
    }
    let Some(row) = found.rows.first() else { return NOT_FOUND };
    let (Some(Some(name)), Some(Some(domain))) =
        (row.first().map(|v| v.text()), row.get(1).map(|v| v.text()))
    else {
        cx.log(Level::Error, "db_get_auth_id", format_args!("the table has no texts for user and realm"));
        return NO_TEXT;
    };
    let written = user.write(cx, Assign::Set, Value::Text(name));
    if written && realm.write(cx, Assign::Set, Value::Text(domain)) { 1 } else { BROKEN }
}
