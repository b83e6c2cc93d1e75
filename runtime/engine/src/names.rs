//! Names for `{ip.resolve}`. Variables are read without waiting, names are found by waiting: executors have them
//! found before the statement that asks for them, and the transformation looks here.

use std::net::IpAddr;

use bytes::Bytes;

use crate::network::{Target, Transport};
use crate::place::VarRef;
use crate::{Context, Text, address};

/// A message keeps no more names than this; then it forgets them all.
const NAMES_MAX: usize = 16;

/// Names that were looked for, and what was found.
#[derive(Debug, Default)]
pub struct Names(Vec<(Text, Option<IpAddr>)>);

impl Names {
    /// The address of a name that was looked for; `None` also when it was not.
    pub(crate) fn get(&self, name: &[u8]) -> Option<IpAddr> {
        self.0.iter().find(|(known, _)| known == name).and_then(|(_, address)| *address)
    }

    fn put(&mut self, name: Text, address: Option<IpAddr>) {
        self.0.retain(|(known, _)| *known != name);
        if self.0.len() >= NAMES_MAX {
            self.0.clear();
        }
        self.0.push((name, address));
    }
}

/// Finds the name that a variable has: what stands before `{ip.resolve}`.
pub async fn find(cx: &mut Context, variable: &VarRef) {
    let Some(name) = variable.read(cx).text().filter(|n| !n.is_empty()) else { return };
    if address::parse(&name).is_some() {
        return;
    }
    // any port: one that is given asks for addresses alone
    let target = Target {
        host: Bytes::copy_from_slice(&name),
        port: Some(Transport::Udp.default_port()),
        transport: Some(Transport::Udp),
        secure: false,
    };
    let worker = cx.worker.clone();
    let found = worker.network.resolve(target).await;
    let address = found.ok().and_then(|all| all.first().map(|d| d.address.ip()));
    cx.names.put(Text::copy_from_slice(&name), address);
}
