//! From rows of the tables to gateways, carriers and rules.

use sipc_engine::database::DbValue;
use sipc_engine::gateways::literal;
use sipc_engine::network::SocketId;
use sipc_engine::{Text, recurrence};
use sipc_sip::Uri;

use crate::data::{
    Carrier, CarrierStanding, Data, Gateway, Member, Order, Place, Probing, Rule, Standing, State,
};
use crate::partitions::SocketFilter;

/// Counts of what was read and left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Taken.
    pub loaded: usize,
    /// Left out.
    pub discarded: usize,
}

/// Rows of the three tables.
pub struct Rows {
    /// name, address, strip, prefix, type, attributes, probing, socket, and perhaps state
    pub gateways: Vec<Vec<DbValue>>,
    /// name, flags, order, gateways, attributes, and perhaps state
    pub carriers: Vec<Vec<DbValue>>,
    /// number, groups, prefix, times, priority, route, gateways, order, attributes
    pub rules: Vec<Vec<DbValue>>,
}

/// What else is to be known.
pub struct Ways<'a> {
    /// Finds sockets of this server.
    pub socket: &'a dyn Fn(&[u8]) -> Option<SocketId>,
    /// What becomes of others.
    pub filter: SocketFilter,
    /// Characters of names besides letters and digits.
    pub id_chars: &'a str,
    /// Characters of prefixes besides digits.
    pub prefix_chars: &'a str,
}

/// What loading gave.
pub struct Loaded {
    /// All of it.
    pub data: Data,
    /// Of gateways, carriers and rules.
    pub counts: [Counts; 3],
    /// What was wrong.
    pub faults: Vec<String>,
}

/// Reads the rows.
pub fn read(rows: &Rows, ways: &Ways<'_>) -> Loaded {
    let data = Data::new(ways.prefix_chars.as_bytes());
    let mut loaded = Loaded { data, counts: Default::default(), faults: Vec::new() };
    loaded.gateways(&rows.gateways, ways);
    loaded.carriers(&rows.carriers, ways);
    loaded.rules(&rows.rules, ways);
    loaded
}

impl Loaded {
    fn left_out(&mut self, what: usize, text: String) {
        self.faults.push(format!("{text}; it is left out"));
        self.counts[what].discarded += 1;
    }

    fn gateways(&mut self, rows: &[Vec<DbValue>], ways: &Ways<'_>) {
        let mut all: Vec<(Gateway, Standing)> = Vec::new();
        for row in rows {
            match gateway(row, ways, &mut self.faults) {
                Ok(Some((gateway, _))) if all.iter().any(|(g, _)| g.id == gateway.id) => {
                    self.left_out(0, format!("gateway {} is there twice", shown(&gateway.id)));
                }
                Ok(Some(one)) => all.push(one),
                Ok(None) => {}
                Err(why) => {
                    let name = row.first().map(DbValue::string).unwrap_or_default();
                    self.left_out(0, format!("gateway {name}: {why}"));
                }
            }
        }
        all.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
        self.counts[0].loaded = all.len();
        let (gateways, standings) = all.into_iter().unzip();
        self.data.gateways = gateways;
        self.data.standings = parking_lot::Mutex::new(standings);
    }

    fn carriers(&mut self, rows: &[Vec<DbValue>], ways: &Ways<'_>) {
        let mut all: Vec<(Carrier, CarrierStanding)> = Vec::new();
        for row in rows {
            match carrier(row, &self.data, ways, &mut self.faults) {
                // the last of a name counts
                Ok(one) => {
                    all.retain(|(c, _)| c.id != one.0.id);
                    all.push(one);
                }
                Err(why) => {
                    let name = row.first().map(DbValue::string).unwrap_or_default();
                    self.left_out(1, format!("carrier {name}: {why}"));
                }
            }
        }
        all.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
        self.counts[1].loaded = all.len();
        let (carriers, standings) = all.into_iter().unzip();
        self.data.carriers = carriers;
        self.data.carrier_standings = parking_lot::Mutex::new(standings);
    }

    fn rules(&mut self, rows: &[Vec<DbValue>], ways: &Ways<'_>) {
        for row in rows {
            let name = row.first().and_then(DbValue::int).unwrap_or(0);
            match rule(row, &self.data, ways, &mut self.faults) {
                Ok((groups, prefix, rule)) => {
                    if self.data.add_rule(&groups, &prefix, rule) {
                        self.counts[2].loaded += 1;
                    } else {
                        self.left_out(2, format!("rule {name}: prefix {} is none", shown(&prefix)));
                    }
                }
                Err(why) => self.left_out(2, format!("rule {name}: {why}")),
            }
        }
    }
}

fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

fn is_id(text: &[u8], ways: &Ways<'_>) -> bool {
    !text.is_empty() && text.iter().all(|c| is_id_char(*c, ways))
}

fn is_id_char(c: u8, ways: &Ways<'_>) -> bool {
    c.is_ascii_alphanumeric() || ways.id_chars.as_bytes().contains(&c)
}

fn gateway(
    row: &[DbValue],
    ways: &Ways<'_>,
    faults: &mut Vec<String>,
) -> Result<Option<(Gateway, Standing)>, String> {
    let [id, address, strip, prefix, kind, attributes, probing, socket, rest @ ..] = row else {
        return Err("columns are missing".to_owned());
    };
    let id =
        id.some_text().filter(|id| is_id(id, ways)).ok_or("its name has other characters than may be")?;
    let address = host_part(&address.some_text().ok_or("address is missing")?)?;
    let wanted = socket.some_text().filter(|_| ways.filter != SocketFilter::Ignore);
    let socket = wanted.as_ref().and_then(|name| (ways.socket)(name));
    if let Some(name) = wanted.filter(|_| socket.is_none()) {
        if ways.filter == SocketFilter::MatchedOnly {
            return Ok(None);
        }
        let text = format!("gateway {}: this server does not listen on {}", shown(&id), shown(&name));
        faults.push(format!("{text}, which is ignored"));
    }
    let uri = [b"sip:", &address[..]].concat();
    let known = Uri::parse(&uri).map_err(|_| format!("{} is no address", shown(&address)))?;
    let number = |value: &DbValue, name: &str| value.int().ok_or_else(|| format!("{name} is no number"));
    let state = rest.first().map_or(Ok(0), |v| number(v, "state"))?;
    let gateway = Gateway {
        kind: number(kind, "type")?,
        strip: usize::try_from(number(strip, "strip")?).unwrap_or(0),
        prefix: prefix.text().unwrap_or_default(),
        attributes: attributes.text().unwrap_or_default(),
        probing: match number(probing, "probe_mode")? {
            0 => Probing::Never,
            1 => Probing::WhenFailed,
            2 => Probing::Always,
            other => return Err(format!("probe_mode {other} is unknown: 0, 1 and 2 are")),
        },
        addresses: literal(&known).into_iter().collect::<Vec<_>>().into(),
        id,
        address,
        socket,
    };
    let state = State::of(state).ok_or_else(|| format!("state {state} is unknown: 0, 1 and 2 are"))?;
    Ok(Some((gateway, Standing { state, ..Standing::default() })))
}

/// Host, port and parameters of an address with or without `sip:` and a user.
fn host_part(text: &Text) -> Result<Text, String> {
    let lower = text.to_ascii_lowercase();
    let start = [&b"sips:"[..], b"sip:"].iter().find(|p| lower.starts_with(p)).map_or(0, |p| p.len());
    let uri = if start > 0 { text.to_vec() } else { [b"sip:", &text[..]].concat() };
    let parsed = Uri::parse(&uri).map_err(|_| format!("{} is no address", shown(text)))?;
    let host = parsed.host_range().start;
    Ok(Text::copy_from_slice(uri.get(host..).unwrap_or_default()))
}

fn order(value: &DbValue) -> Result<Order, String> {
    match value.string().as_bytes().first() {
        Some(b'W') => Ok(Order::Weights),
        Some(b'Q') => Err("sort_alg Q needs the module qrouting, which is not built yet".to_owned()),
        _ => Ok(Order::Written),
    }
}

fn carrier(
    row: &[DbValue],
    data: &Data,
    ways: &Ways<'_>,
    faults: &mut Vec<String>,
) -> Result<(Carrier, CarrierStanding), String> {
    let [id, flags, sort, list, attributes, rest @ ..] = row else {
        return Err("columns are missing".to_owned());
    };
    let list = list.text().unwrap_or_default();
    if list.contains(&b'#') {
        return Err("a carrier has only gateways".to_owned());
    }
    let members = members(&list, data, ways, |what| faults.push(what))?;
    let carrier = Carrier {
        id: id.some_text().ok_or("carrierid is missing")?,
        first_only: flags.int().unwrap_or(0) & 1 != 0,
        order: order(sort)?,
        members,
        attributes: attributes.text().unwrap_or_default(),
    };
    let off = rest.first().and_then(DbValue::int).unwrap_or(0) != 0;
    Ok((carrier, CarrierStanding { off, dirty: false }))
}

type GroupsPrefixRule = (Vec<u32>, Text, Rule);

fn rule(
    row: &[DbValue],
    data: &Data,
    ways: &Ways<'_>,
    faults: &mut Vec<String>,
) -> Result<GroupsPrefixRule, String> {
    let [id, groups, prefix, times, priority, route, list, sort, attributes, ..] = row else {
        return Err("columns are missing".to_owned());
    };
    let times = times.some_text();
    if times.as_ref().is_some_and(|t| recurrence::matches(t, 0).is_err()) {
        return Err("timerec is no recurring time".to_owned());
    }
    let rule = Rule {
        id: id.int().and_then(|n| i32::try_from(n).ok()).ok_or("ruleid is no number")?,
        priority: priority.int().ok_or("priority is no number")?,
        route: route.some_text(),
        order: order(sort)?,
        members: members(&list.text().unwrap_or_default(), data, ways, |what| faults.push(what))?,
        attributes: attributes.text().unwrap_or_default(),
        times,
    };
    Ok((group_list(&groups.string())?, prefix.text().unwrap_or_default(), rule))
}

/// Numbers with commas or semicolons between them.
fn group_list(text: &str) -> Result<Vec<u32>, String> {
    let group =
        |t: &str| t.trim().parse::<i64>().map(|n| n as u32).map_err(|_| format!("group {t} is no number"));
    let all: Vec<u32> =
        text.split([',', ';']).filter(|t| !t.trim().is_empty()).map(group).collect::<Result<_, _>>()?;
    if all.is_empty() { Err("it has no group".to_owned()) } else { Ok(all) }
}

/// `gateway=weight, #carrier; …`; those that are not known are told and left out.
pub fn members(
    text: &[u8],
    data: &Data,
    ways: &Ways<'_>,
    mut fault: impl FnMut(String),
) -> Result<Vec<Member>, String> {
    let mut members = Vec::new();
    for item in text.split(|c| matches!(c, b',' | b';')).map(<[u8]>::trim_ascii) {
        if item.is_empty() {
            continue;
        }
        let (name, weight) = match item.iter().position(|c| *c == b'=') {
            Some(at) => (item[..at].trim_ascii(), number(&item[at + 1..])?),
            None => (item, 0),
        };
        let (is_carrier, name) = name.strip_prefix(b"#").map_or((false, name), |rest| (true, rest));
        if !is_id(name, ways) {
            return Err(format!("{} is no name in a list", shown(item)));
        }
        let place = if is_carrier {
            data.carrier(name).map(Place::Carrier)
        } else {
            data.gateway(name).map(Place::Gateway)
        };
        match place {
            Some(place) => members.push(Member { place, weight }),
            None => fault(format!("destination <{}> was not found", shown(name))),
        }
    }
    Ok(members)
}

fn number(text: &[u8]) -> Result<u32, String> {
    let number = std::str::from_utf8(text).ok().and_then(|t| t.trim().parse().ok());
    number.ok_or_else(|| format!("weight {} is no number", shown(text)))
}
