//! OpenSIPS' command-line flags, as far as they mean something here.

use std::path::PathBuf;

use sipc_engine::setup::SocketSpec;

/// What the command line said.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `-F`: stay in the foreground.
    pub foreground: bool,
    /// `-D`: debug mode: foreground, log level 4, log on stderr.
    pub debug: bool,
    /// `-E`: log on stderr.
    pub stderr: bool,
    /// `-c`, `-C`: say that the configuration is fine and exit.
    pub check: bool,
    /// `-V`.
    pub version: bool,
    /// `-h`.
    pub help: bool,
    /// `--manifest`: what this binary was made of.
    pub manifest: bool,
    /// `-l`: sockets besides those of the script.
    pub listen: Vec<SocketSpec>,
    /// `--socket`: sockets instead of those of the script.
    pub sockets: Vec<SocketSpec>,
    /// `--set NAME=VALUE`: parameters instead of those of the script.
    pub settings: Vec<(String, String)>,
    /// `-D NAME=VALUE`: values of `${NAME}`. Only where scripts are read.
    pub define: Vec<String>,
    /// `-n`: UDP workers.
    pub workers: Option<usize>,
    /// `--pin`: each worker stays on one processor.
    pub pin: bool,
    /// `--spread`: each worker takes its datagrams itself at any load.
    pub spread: bool,
    /// `-P`: where to write the process id.
    pub pid_file: Option<PathBuf>,
    /// `-G`: where to write the process group id.
    pub group_file: Option<PathBuf>,
    /// `-u`: user to run as.
    pub user: Option<String>,
    /// `-g`: group to run as.
    pub group: Option<String>,
    /// `-w`: working directory.
    pub directory: Option<PathBuf>,
    /// `-t`: the directory that becomes the root.
    pub root: Option<PathBuf>,
    /// `-A`: default advertised address.
    pub advertised: Option<String>,
    /// `-o name=value`, for `$argv(name)`.
    pub values: Vec<(String, String)>,
    /// `-d`: raises the log level by one each.
    pub more_logging: i32,
    /// `--drain SECONDS`: how long transactions in flight may take after SIGTERM.
    pub drain_ms: Option<u64>,
    /// `-f`: the script. A site binary has its own.
    pub script: Option<PathBuf>,
    /// `-p`: a command that the script goes through. Only where scripts are read.
    pub preprocessor: Option<String>,
    /// An argument without a flag: another way to name the script.
    pub argument: Option<PathBuf>,
    /// Set by the program itself: the background process of a daemon.
    pub detached: bool,
}

/// The text of `-h`.
pub const HELP: &str = "\
Usage: proxy [options]
  -F             stay in the foreground
  -D             debug mode: foreground, log level 4, log on stderr
  -E             log on stderr
  -d             raise the log level by one (repeatable)
  -l PROTO:HOST[:PORT]
                 listen here too (repeatable)
  --socket PROTO:HOST[:PORT]
                 listen here instead of where the script says (repeatable)
  --set MODULE.PARAM=VALUE, --set PARAM=VALUE
                 a parameter of a module or of the core instead of the
                 script's (repeatable)
  -n N           number of workers (default: one per processor)
  --pin          keep each worker on one processor
  --spread       share datagrams among all workers at any load, not under load
                 only
  -P FILE        write the process id to FILE
  -G FILE        write the process group id to FILE
  -u USER        run as USER
  -g GROUP       run as GROUP
  -w DIR         working directory
  -t DIR         make DIR the root directory, once sockets and files are open
  -A ADDRESS     default advertised address
  -o NAME=VALUE  value of $argv(NAME) (repeatable)
  -c, -C         say that the configuration is fine and exit
  -m N, -M N     accepted; memory needs no size here
  --drain SECONDS
                 how long transactions in flight may take after SIGTERM (default 3)
  --manifest     print what this binary was made of
  -V, --version  version
  -h, --help     this text
";

impl Options {
    /// Reads the arguments after the program's name; `Err` is one line for the user.
    pub fn parse(args: impl IntoIterator<Item = std::ffi::OsString>) -> Result<Options, String> {
        use lexopt::prelude::{Long, Short, Value};
        let mut o = Options::default();
        let mut parser = lexopt::Parser::from_args(args.into_iter().map(definition_in_one));
        while let Some(arg) = parser.next().map_err(text)? {
            match arg {
                Value(path) if o.argument.is_none() => o.argument = Some(path.into()),
                Short('f') => o.script = Some(value(&mut parser)?.into()),
                Short('p') => o.preprocessor = Some(value(&mut parser)?),
                Short('F') => o.foreground = true,
                Short('D') => match definition(&mut parser) {
                    Some(value) => o.define.push(value),
                    None => o.debug = true,
                },
                Long("define") => o.define.push(value(&mut parser)?),
                Long("socket") => o.sockets.push(listen(&value(&mut parser)?)?),
                Long("set") => o.settings.push(setting(&value(&mut parser)?)?),
                Short('E') => o.stderr = true,
                Short('c' | 'C') => o.check = true,
                Short('d') => o.more_logging += 1,
                Short('V') | Long("version") => o.version = true,
                Short('h') | Long("help") => o.help = true,
                Long("manifest") => o.manifest = true,
                Long("detached") => o.detached = true,
                Short('l') => o.listen.push(listen(&value(&mut parser)?)?),
                Short('n') => o.workers = Some(number(&mut parser)?),
                Long("pin") => o.pin = true,
                Long("spread") => o.spread = true,
                Short('P') => o.pid_file = Some(value(&mut parser)?.into()),
                Short('G') => o.group_file = Some(value(&mut parser)?.into()),
                Short('u') => o.user = Some(value(&mut parser)?),
                Short('g') => o.group = Some(value(&mut parser)?),
                Short('w') => o.directory = Some(value(&mut parser)?.into()),
                Short('t') => o.root = Some(value(&mut parser)?.into()),
                Short('A') => o.advertised = Some(value(&mut parser)?),
                Short('o') => o.values.push(assignment(&value(&mut parser)?)?),
                Long("drain") => o.drain_ms = Some(number::<u64>(&mut parser)? * 1000),
                // sizes and allocators mean nothing here
                Short('m' | 'M' | 'a' | 'k' | 's' | 'e' | 'b' | 'W' | 'N') => drop(value(&mut parser)?),
                Short('v' | 'r' | 'R' | 'i') => {}
                other => return Err(other.unexpected().to_string()),
            }
        }
        Ok(o)
    }
}

fn text(e: lexopt::Error) -> String {
    e.to_string()
}

fn value(parser: &mut lexopt::Parser) -> Result<String, String> {
    parser.value().map_err(text)?.into_string().map_err(|v| format!("not UTF-8: {}", v.display()))
}

fn number<T: std::str::FromStr>(parser: &mut lexopt::Parser) -> Result<T, String> {
    let v = value(parser)?;
    v.parse().map_err(|_| format!("not a number: {v}"))
}

/// `-DNAME=VALUE` in its long form: as a group of flags it would be `-D`, `-N` and so on.
fn definition_in_one(arg: std::ffi::OsString) -> std::ffi::OsString {
    let definition = arg.to_str().and_then(|text| text.strip_prefix("-D")).filter(|text| is_definition(text));
    definition.map_or(arg.clone(), |text| format!("--define={text}").into())
}

fn is_definition(text: &str) -> bool {
    let name = text.split_once('=').map_or("", |(name, _)| name);
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The `NAME=VALUE` behind `-D`, which without one is OpenSIPS' debug mode.
fn definition(parser: &mut lexopt::Parser) -> Option<String> {
    let mut rest = parser.try_raw_args()?;
    let text = rest.peek()?.to_str().filter(|text| is_definition(text))?.to_owned();
    rest.next();
    Some(text)
}

fn setting(text: &str) -> Result<(String, String), String> {
    let wrong = || format!("--set wants MODULE.PARAM=VALUE or PARAM=VALUE, not {text}");
    let (name, value) = text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(wrong)?;
    Ok((name.to_owned(), value.to_owned()))
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("-o wants NAME=VALUE, not {text}"))?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Reads `proto:host[:port]`; without a known protocol, UDP.
pub fn listen(text: &str) -> Result<SocketSpec, String> {
    let known = |p: &str| sipc_engine::network::Transport::of(p.as_bytes()).is_some();
    let (transport, rest) = text.split_once(':').filter(|(p, _)| known(p)).unwrap_or(("udp", text));
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (rest, None),
    };
    if host.is_empty() {
        return Err(format!("a socket is PROTO:HOST[:PORT], not {text}"));
    }
    let ports = match port {
        Some(p) => vec![p.parse().map_err(|_| format!("not a port: {p}"))?],
        None => Vec::new(),
    };
    Ok(SocketSpec {
        transport: transport.to_ascii_lowercase(),
        host: host.to_owned(),
        ports,
        ..SocketSpec::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Options, String> {
        Options::parse(args.iter().map(Into::into))
    }

    #[test]
    fn flags_of_opensips_are_understood() {
        let o = parse(&["-F", "-E", "-m", "512", "-M16", "-l", "udp:[::1]:5070", "-l", "tcp:10.0.0.1"])
            .expect("valid");
        assert!(o.foreground && o.stderr);
        assert_eq!(o.listen[0].host, "[::1]");
        assert_eq!(o.listen[0].ports, [5070]);
        assert_eq!(o.listen[1].transport, "tcp");
        assert!(o.listen[1].ports.is_empty());
    }

    #[test]
    fn a_definition_is_no_debug_mode() {
        let o = parse(&["-F", "-D", "IP=10.0.0.1", "-D", "a.cfg"]).expect("valid");
        assert_eq!((o.define, o.debug), (vec!["IP=10.0.0.1".to_owned()], true));
        assert_eq!(o.argument, Some("a.cfg".into()));
        let o = parse(&["-DF", "-DIP=::1"]).expect("valid");
        assert_eq!((o.define, o.debug, o.foreground), (vec!["IP=::1".to_owned()], true, true));
    }

    #[test]
    fn unknown_flags_and_bad_values_are_refused() {
        assert!(parse(&["--no-such-flag"]).is_err());
        assert!(parse(&["-l", "udp::5060"]).is_err());
        assert!(parse(&["-n", "many"]).is_err());
        assert!(parse(&["--set", "log_level"]).is_err());
        assert!(parse(&["--socket", "udp:10.0.0.1:sip"]).is_err());
        assert!(parse(&["one.cfg", "two.cfg"]).is_err());
    }
}
