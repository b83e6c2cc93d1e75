//! Collections that outlive a restart (`enable_restart_persistency`): written to a file when the server ends, read from
//! it when it starts.
//!
//! The file begins with [`TITLE`]; each entry is a line `collection-length key-length value-length until`, the last 0 for
//! an entry without end, and behind the line the three texts as they are.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sipc_engine::log::Level;
use sipc_engine::setup::{Setting, Setup};
use sipc_engine::shared::Shared;

use crate::Collections;
use crate::collection::Collection;

/// The first line: what the file is, and the version of its form.
const TITLE: &[u8] = b"cachedb_local 1\n";

/// Where the core keeps what outlives a restart when nobody says otherwise.
const DEFAULT_FILE: &str = ".restart_persistency.cache";

/// The file of this process.
struct Kept(PathBuf);

/// Fills the collections from the file, and has them written at the end.
pub(crate) fn init(setup: &mut Setup, collections: &Collections) -> Result<(), String> {
    if setup.int("cachedb_local", "enable_restart_persistency", 0) == 0 {
        return Ok(());
    }
    let file = setup.global("restart_persistency_cache_file").and_then(Setting::text).unwrap_or(DEFAULT_FILE);
    let path = PathBuf::from(file);
    match std::fs::read(&path) {
        Ok(bytes) => read(&bytes, collections)
            .ok_or_else(|| format!("{file} is not what was written at the last end"))?,
        // the first start
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
        Err(e) => return Err(format!("{file}: {e}")),
    }
    setup.share(Arc::new(Kept(path)));
    setup.hooks.shutdown.push(save);
    Ok(())
}

/// Adds the entries of a file; those of collections that are gone are dropped. `None` when it is damaged.
pub(crate) fn read(bytes: &[u8], collections: &Collections) -> Option<()> {
    let mut rest = bytes.strip_prefix(TITLE)?;
    while !rest.is_empty() {
        let end = rest.iter().position(|b| *b == b'\n')?;
        let line = std::str::from_utf8(&rest[..end]).ok()?;
        rest = &rest[end + 1..];
        let mut numbers = line.split(' ').map(str::parse::<u64>);
        let mut number = || numbers.next()?.ok();
        let [collection, key, value, until] = [number()?, number()?, number()?, number()?];
        let mut texts = [collection, key, value].into_iter().map(|length| {
            let (text, others) = rest.split_at_checked(usize::try_from(length).ok()?)?;
            rest = others;
            Some(text)
        });
        let [collection, key, value] = [texts.next()??, texts.next()??, texts.next()??];
        if let Some(collection) = collections.find(Some(collection)) {
            collection.restore(key, value, (until > 0).then_some(until));
        }
    }
    Some(())
}

/// Writes what lives in the collections.
pub(crate) fn write(out: &mut impl Write, collections: &[Arc<Collection>], now: u64) -> std::io::Result<()> {
    out.write_all(TITLE)?;
    for collection in collections {
        for (key, value, until) in collection.living(now) {
            let (name, until) = (collection.name.as_bytes(), until.unwrap_or(0));
            writeln!(out, "{} {} {} {until}", name.len(), key.len(), value.len())?;
            [name, &key, &value].iter().try_for_each(|text| out.write_all(text))?;
        }
    }
    out.flush()
}

/// A file that is half written must not take the place of a whole one.
fn replace(path: &Path, shared: &Shared, collections: &[Arc<Collection>]) -> std::io::Result<()> {
    let mut beside = path.to_owned().into_os_string();
    beside.push(".new");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&beside)?);
    write(&mut out, collections, shared.unix_now())?;
    out.get_ref().sync_all()?;
    std::fs::rename(beside, path)
}

fn save(shared: &Shared) {
    let Some((kept, collections)) = shared.state::<Kept>().zip(shared.state::<Collections>()) else { return };
    if let Err(e) = replace(&kept.0, shared, &collections.0) {
        let text = format_args!("the cache is lost with this end: {}: {e}", kept.0.display());
        shared.log.message(Level::Error, "cachedb_local", text);
    }
}
