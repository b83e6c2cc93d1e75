//! From rows of the table to sets.

use sipc_engine::Text;
use sipc_engine::database::DbValue;
use sipc_engine::gateways;
use sipc_engine::network::SocketId;
use sipc_sip::{Scheme, Uri};

use crate::set::{Destination, Set, Sets, State};

/// What loading gave.
pub struct Loaded {
    /// The sets, that of the last new number first, as in OpenSIPS.
    pub sets: Sets,
    /// Destinations in them.
    pub count: usize,
    /// Why rows were left out, and what else was wrong.
    pub faults: Vec<String>,
    /// Rows that were left out.
    pub discarded: usize,
}

/// Reads rows: set, URI, socket, weight, attributes, priority, description, probing, and perhaps state.
pub fn read(rows: &[Vec<DbValue>], socket: &dyn Fn(&[u8]) -> Option<SocketId>) -> Loaded {
    let (mut faults, mut discarded, mut count) = (Vec::new(), 0, 0);
    let mut sets: Vec<(i32, Vec<(Destination, State)>)> = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let (id, destination, state) = match destination(row, socket, &mut faults) {
            Ok(one) => one,
            Err(why) => {
                faults.push(format!("row {} is left out: {why}", number + 1));
                discarded += 1;
                continue;
            }
        };
        count += 1;
        match sets.iter_mut().find(|(known, _)| *known == id) {
            Some((_, all)) => all.push((destination, state)),
            None => sets.insert(0, (id, vec![(destination, state)])),
        }
    }
    let sets = Sets(sets.into_iter().map(|(id, all)| Set::new(id, all)).collect());
    Loaded { sets, count, faults, discarded }
}

fn destination(
    row: &[DbValue],
    socket: &dyn Fn(&[u8]) -> Option<SocketId>,
    faults: &mut Vec<String>,
) -> Result<(i32, Destination, State), String> {
    let [id, uri, from, weight, attributes, priority, description, probed, rest @ ..] = row else {
        return Err("columns are missing".to_owned());
    };
    let id = id.int().and_then(|n| i32::try_from(n).ok()).ok_or("setid is no number")?;
    let uri = uri.some_text().ok_or("destination is missing")?;
    let shown = String::from_utf8_lossy(&uri).into_owned();
    let parsed = Uri::parse(&uri).map_err(|_| format!("{shown} is no URI"))?;
    let from = from.some_text();
    let found = from.as_ref().and_then(|name| socket(name));
    if let Some(name) = from.filter(|_| found.is_none()) {
        let name = String::from_utf8_lossy(&name);
        faults.push(format!("{shown}: this server does not listen on {name}, which is ignored"));
    }
    let weight = match weight {
        DbValue::Null => Some(1),
        other => {
            other.any_int().or(other.string().is_empty().then_some(0)).and_then(|n| u32::try_from(n).ok())
        }
    };
    let state = rest.first().and_then(DbValue::int).unwrap_or(0);
    let destination = Destination {
        next_hop: next_hop(&uri, &parsed),
        addresses: gateways::literal(&parsed).into_iter().collect::<Vec<_>>().into(),
        attributes: attributes.text().unwrap_or_default(),
        description: description.text().unwrap_or_default(),
        weight: weight.ok_or_else(|| format!("{shown}: weight is no number"))?,
        priority: priority.int().unwrap_or(0),
        socket: found,
        probed: probed.int() == Some(1),
        uri: uri.clone(),
    };
    let state =
        State::of(state).ok_or_else(|| format!("{shown}: state {state} is unknown: 0, 1 and 2 are"))?;
    Ok((id, destination, state))
}

/// A URI without user, password and headers.
fn next_hop(text: &Text, uri: &Uri<'_>) -> Text {
    if uri.user().is_none_or(<[u8]>::is_empty) && uri.headers().text().is_empty() {
        return text.clone();
    }
    let scheme: &[u8] = if uri.scheme() == Scheme::Sips { b"sips:" } else { b"sip:" };
    let port = uri.port_text();
    let params = uri.params().text();
    let mut out = [scheme, uri.host_text()].concat();
    for (mark, part) in [(b':', port), (b';', params)] {
        if !part.is_empty() {
            out.push(mark);
            out.extend_from_slice(part.strip_prefix(&[mark]).unwrap_or(part));
        }
    }
    out.into()
}
