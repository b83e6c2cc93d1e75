//! Answers that are kept in a cache (module `dns_cache`), before a name server is asked.
//!
//! Records are written as lines of words; in a word all that is no visible ASCII character is `%` and two digits, and
//! a word without characters is `%`.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use sipc_engine::cachedb::CacheError;
use sipc_engine::log::Level;
use sipc_engine::name_cache::{Known, NameCache};
use sipc_engine::shared::Shared;

use super::servers::{Naptr, Records, Srv};

/// What a name server said.
pub struct Answer<T> {
    /// The records; none when it said that there are none, or said nothing.
    pub records: Vec<T>,
    /// For how many seconds they hold.
    pub seconds: u32,
}

/// A source of records that says how long they hold. `None`: it was too busy to ask.
pub trait Source {
    /// NAPTR records.
    async fn naptr(&self, name: &str) -> Option<Answer<Naptr>>;
    /// SRV records.
    async fn srv(&self, name: &str) -> Option<Answer<Srv>>;
    /// A records, or AAAA records where they are wanted and there are no others.
    async fn addresses(&self, name: &str) -> Option<Answer<IpAddr>>;
}

/// A source, and what is kept of its answers when module `dns_cache` is loaded.
pub struct Keeping<S> {
    /// The source.
    pub source: S,
    /// The process, which has the cache and the clock.
    pub shared: Option<Arc<Shared>>,
}

impl<S: Source> Records for Keeping<S> {
    async fn naptr(&self, name: &str) -> Vec<Naptr> {
        self.through(name, "naptr", self.source.naptr(name)).await
    }

    async fn srv(&self, name: &str) -> Vec<Srv> {
        self.through(name, "srv", self.source.srv(name)).await
    }

    async fn addresses(&self, name: &str) -> Vec<IpAddr> {
        let ipv6 = self.shared.as_ref().is_some_and(|shared| shared.globals.dns_try_ipv6);
        self.through(name, if ipv6 { "ip" } else { "a" }, self.source.addresses(name)).await
    }
}

impl<S> Keeping<S> {
    /// What is kept, or else what the source says, which is kept then.
    async fn through<T: Line>(
        &self,
        name: &str,
        kind: &str,
        ask: impl Future<Output = Option<Answer<T>>>,
    ) -> Vec<T> {
        let cache = self.shared.as_ref().and_then(|shared| Some((shared, shared.state::<NameCache>()?)));
        let Some((shared, cache)) = cache else { return ask.await.map_or(Vec::new(), |a| a.records) };
        match cache.known(name, kind, shared.unix_now()).await {
            Ok(Some(Known::Failed)) => return Vec::new(),
            Ok(Some(Known::Records(text))) => {
                if let Some(records) = read(&text) {
                    return records;
                }
            }
            Ok(None) => {}
            Err(why) => tell(shared, &why),
        }
        let Some(Answer { records, seconds }) = ask.await else { return Vec::new() };
        let now = shared.unix_now();
        let kept = match records.is_empty() {
            true => cache.keep_failure(name, kind, now).await,
            false => cache.keep(name, kind, &written(&records), seconds, now).await,
        };
        if let Err(why) = kept {
            tell(shared, &why);
        }
        records
    }
}

fn tell(shared: &Shared, why: &CacheError) {
    shared.log.message(Level::Error, "dns_cache", format_args!("the cache failed: {why:?}"));
}

/// A record as a line.
trait Line: Sized {
    /// Its words.
    fn words(&self) -> Vec<String>;
    /// From its words.
    fn of(words: &[&str]) -> Option<Self>;
}

fn written<T: Line>(records: &[T]) -> String {
    records.iter().map(|r| r.words().join(" ")).collect::<Vec<_>>().join("\n")
}

/// `None` when it was written by somebody else.
fn read<T: Line>(text: &[u8]) -> Option<Vec<T>> {
    let text = std::str::from_utf8(text).ok()?;
    text.lines().map(|line| T::of(&line.split(' ').collect::<Vec<_>>())).collect()
}

impl Line for IpAddr {
    fn words(&self) -> Vec<String> {
        vec![self.to_string()]
    }

    fn of(words: &[&str]) -> Option<IpAddr> {
        number(words.first()?).filter(|_| words.len() == 1)
    }
}

impl Line for Srv {
    fn words(&self) -> Vec<String> {
        let numbers = [self.priority, self.weight, self.port].map(|n| n.to_string());
        [&numbers[..], &[word(self.target.as_bytes())]].concat()
    }

    fn of(words: &[&str]) -> Option<Srv> {
        let [priority, weight, port, target] = *words else { return None };
        let (priority, weight, port) = (number(priority)?, number(weight)?, number(port)?);
        Some(Srv { priority, weight, port, target: name(target)? })
    }
}

impl Line for Naptr {
    fn words(&self) -> Vec<String> {
        let texts = [&self.flags[..], &self.services, &self.regexp, self.replacement.as_bytes()].map(word);
        [&[self.order.to_string(), self.preference.to_string()], &texts[..]].concat()
    }

    fn of(words: &[&str]) -> Option<Naptr> {
        let [order, preference, flags, services, regexp, replacement] = *words else { return None };
        Some(Naptr {
            order: number(order)?,
            preference: number(preference)?,
            flags: bytes(flags)?,
            services: bytes(services)?,
            regexp: bytes(regexp)?,
            replacement: name(replacement)?,
        })
    }
}

fn number<T: FromStr>(word: &str) -> Option<T> {
    word.parse().ok()
}

fn name(word: &str) -> Option<String> {
    String::from_utf8(bytes(word)?).ok()
}

fn word(text: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text {
        match byte {
            b'%' => out.push_str("%25"),
            b if b.is_ascii_graphic() => out.push(char::from(*b)),
            // a String takes all
            b => drop(write!(out, "%{b:02x}")),
        }
    }
    if out.is_empty() { "%".to_owned() } else { out }
}

fn bytes(word: &str) -> Option<Vec<u8>> {
    let (mut out, mut rest) = (Vec::with_capacity(word.len()), word.as_bytes());
    if word == "%" {
        return Some(out);
    }
    while let Some((first, others)) = rest.split_first() {
        rest = others;
        if *first != b'%' {
            out.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
        out.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &rest[2..];
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::collections::HashMap;

    use parking_lot::Mutex;
    use sipc_engine::Text;
    use sipc_engine::cachedb::{Answer as Promise, Cache};
    use sipc_engine::log::Log;
    use sipc_engine::setup::{Configuration, Setup};
    use sipc_engine::testing::Silent;

    #[test]
    fn records_are_read_as_they_were_written() {
        let addresses: Vec<IpAddr> =
            ["192.0.2.1", "2001:db8::1"].map(|a| a.parse().expect("an address")).into();
        assert_eq!(read(written(&addresses).as_bytes()), Some(addresses));
        let srv = Srv { priority: 1, weight: 65535, port: 0, target: "a%b\u{e9} c.".to_owned() };
        let srv = vec![srv];
        assert_eq!(read(written(&srv).as_bytes()), Some(srv));
        let naptr = Naptr {
            order: 1,
            preference: 2,
            flags: b"s".to_vec(),
            services: b"SIP+D2U".to_vec(),
            regexp: Vec::new(),
            replacement: "_sip._udp.x\ny.".to_owned(),
        };
        let both = vec![naptr.clone(), naptr];
        assert_eq!(read(written(&both).as_bytes()), Some(both));
        for foreign in [&b"\0\x02abc"[..], b"1 2 x y", b"1 2 3", b"1 2 3 %zz", b"%", b""] {
            assert!(read::<Srv>(foreign).is_none_or(|all| all.is_empty()), "{foreign:?}");
        }
    }

    /// A cache that keeps the life of each key, too.
    #[derive(Default)]
    struct Kept(Mutex<HashMap<Vec<u8>, Entry>>);

    type Entry = (Vec<u8>, i32);

    impl Cache for Kept {
        fn store<'a>(&'a self, key: &'a [u8], value: &'a [u8], seconds: i32, _: u64) -> Promise<'a, ()> {
            self.0.lock().insert(key.to_vec(), (value.to_vec(), seconds));
            Box::pin(async { Ok(()) })
        }

        fn remove<'a>(&'a self, _: &'a [u8]) -> Promise<'a, ()> {
            Box::pin(async { Err(CacheError::Unsupported) })
        }

        fn fetch<'a>(&'a self, key: &'a [u8], _: u64) -> Promise<'a, Option<Text>> {
            let found = self.0.lock().get(key).map(|(value, _)| Text::copy_from_slice(value));
            Box::pin(async { Ok(found) })
        }

        fn counter<'a>(&'a self, _: &'a [u8], _: u64) -> Promise<'a, Option<i32>> {
            Box::pin(async { Err(CacheError::Unsupported) })
        }

        fn add<'a>(&'a self, _: &'a [u8], _: i32, _: i32, _: u64) -> Promise<'a, i32> {
            Box::pin(async { Err(CacheError::Unsupported) })
        }
    }

    /// Says how often it was asked.
    struct Zone(Cell<u32>);

    impl Zone {
        fn asked<T>(&self, records: Vec<T>, seconds: u32) -> Option<Answer<T>> {
            self.0.set(self.0.get() + 1);
            Some(Answer { records, seconds })
        }
    }

    impl Source for Zone {
        async fn naptr(&self, _: &str) -> Option<Answer<Naptr>> {
            self.asked(Vec::new(), 0)
        }

        async fn srv(&self, name: &str) -> Option<Answer<Srv>> {
            let srv = Srv { priority: 0, weight: 0, port: 5070, target: "h.test.".to_owned() };
            self.asked(vec![srv], if name.starts_with("once") { 0 } else { 20 })
        }

        async fn addresses(&self, _: &str) -> Option<Answer<IpAddr>> {
            self.asked(vec![IpAddr::from([192, 0, 2, 1])], 600)
        }
    }

    #[test]
    fn a_name_server_is_asked_once() {
        let mut setup = Setup::new(Configuration::default(), Vec::new());
        let cache = Arc::new(Kept::default());
        setup.share(Arc::new(NameCache::new(cache.clone(), 90, 30)));
        let shared = Arc::new(Shared::new(setup, Log::new(2, 2, Box::new(Silent)), 1, 0, Vec::new()));
        let names = Keeping { source: Zone(Cell::new(0)), shared: Some(shared) };
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            for _ in 0..3 {
                assert!(names.naptr("x.test").await.is_empty());
                assert_eq!(names.srv("_sip._udp.X.test").await[0].port, 5070);
                assert_eq!(names.addresses("h.test.").await, [IpAddr::from([192, 0, 2, 1])]);
            }
            assert_eq!(names.source.0.get(), 3);
            // what holds for no time is asked for each time
            for _ in 0..3 {
                names.srv("once.test").await;
            }
            assert_eq!(names.source.0.get(), 6);
        });
        let mut kept: Vec<_> = cache.0.lock().iter().map(|(k, v)| (k.clone(), v.clone())).collect();
        kept.sort();
        let text = |t: &[u8]| String::from_utf8_lossy(t).into_owned();
        let kept: Vec<_> = kept.iter().map(|(k, (v, s))| (text(k), text(v), *s)).collect();
        let entry = |k: &str, v: &str, s| (k.to_owned(), v.to_owned(), s);
        assert_eq!(
            kept,
            [
                entry("dnscache__sip._udp.x.test_srv", "0 0 5070 h.test.", 30),
                entry("dnscache_h.test._a", "192.0.2.1", 600),
                entry("dnscache_x.test_naptr", "|", 90),
            ]
        );
    }
}
