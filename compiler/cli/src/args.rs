//! The command line.

use std::path::PathBuf;

use clap::{Args as Group, Parser, Subcommand};

/// Compiles OpenSIPS routing scripts to native code.
#[derive(Debug, Parser)]
#[command(name = "sipc", version, args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub struct Args {
    /// OpenSIPS' own way to check a script: `sipc -f FILE -C`.
    #[command(flatten)]
    pub opensips: OpenSips,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The flags of `opensips` that check a script.
#[derive(Debug, Group)]
pub struct OpenSips {
    /// The script; `-` is standard input.
    #[arg(short = 'f', value_name = "FILE", default_value = "opensips.cfg")]
    pub file: String,
    /// Check the script and exit.
    #[arg(short = 'c')]
    pub check: bool,
    /// Check the script and exit; here the same as -c.
    #[arg(short = 'C')]
    pub check_all: bool,
    /// A command that the script is sent through first.
    #[arg(short = 'p', value_name = "CMD")]
    pub preprocessor: Option<String>,
    /// The value of `${NAME}` in the script (repeatable); without it, that of the environment.
    #[arg(short = 'D', long = "define", value_name = "NAME=VALUE")]
    pub define: Vec<String>,
    /// Print faults as OpenSIPS does.
    #[arg(long)]
    pub opensips_errors: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check a script and print everything that is wrong with it.
    Check(Script),
    /// Print the Rust text that a script becomes.
    Expand(Script),
    /// Print which route calls and arms which.
    Graph(Graph),
    /// Explain anything that has a name: codes, functions, variables, parameters, commands, statistics.
    Explain(Explain),
    /// List everything that this build supports.
    Catalog(Catalog),
    /// Lay scripts out anew, in place.
    Fmt(Fmt),
    /// Rewrite a script of an older release for 4.0.
    Migrate(Migrate),
    /// Run route tests.
    Test(Test),
    /// Serve an editor: the language server protocol on standard input and output.
    Lsp,
    /// Make an executable from a script.
    Build(Build),
    /// Train a site that counts: a part of `build --pgo`.
    #[command(hide = true)]
    Train(Train),
    /// Run a script without making an executable.
    #[command(disable_help_flag = true)]
    Run(Run),
}

/// Which script.
#[derive(Debug, Group)]
pub struct Script {
    /// The script; `-` is standard input.
    #[arg(value_name = "FILE", default_value = "opensips.cfg")]
    pub file: String,
    /// A command that the script is sent through first.
    #[arg(short = 'p', value_name = "CMD")]
    pub preprocessor: Option<String>,
    /// The value of `${NAME}` in the script (repeatable); without it, that of the environment.
    #[arg(short = 'D', long = "define", value_name = "NAME=VALUE")]
    pub define: Vec<String>,
    /// Print faults as OpenSIPS does.
    #[arg(long)]
    pub opensips_errors: bool,
    /// Refuse scripts with warnings too.
    #[arg(long)]
    pub deny_warnings: bool,
}

/// How to draw.
#[derive(Debug, Group)]
pub struct Graph {
    /// Which script.
    #[command(flatten)]
    pub script: Script,
    /// For Graphviz instead of Mermaid.
    #[arg(long)]
    pub dot: bool,
}

/// What to explain.
#[derive(Debug, Group)]
pub struct Explain {
    /// `E0304`, `t_relay`, `tm.fr_timeout`, `$ru`, `{s.len}`, `tm`, `udp_workers`, `usrloc:dump`, `modules`.
    pub what: String,
}

/// How to list.
#[derive(Debug, Group)]
pub struct Catalog {
    /// In full, as JSON.
    #[arg(long)]
    pub json: bool,
}

/// What to lay out.
#[derive(Debug, Group)]
pub struct Fmt {
    /// The scripts; `-` is standard input, written to standard output.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<String>,
    /// Change nothing; name the files that would change, and fail if there is one.
    #[arg(long)]
    pub check: bool,
}

/// What to rewrite.
#[derive(Debug, Group)]
pub struct Migrate {
    /// The script; what it becomes goes to standard output, what was changed to standard error.
    #[arg(value_name = "FILE", default_value = "opensips.cfg")]
    pub file: String,
    /// Rewrite the file, and those that it includes.
    #[arg(long, conflicts_with = "output")]
    pub write: bool,
    /// Write what the script becomes to another file.
    #[arg(short = 'o', value_name = "OUT")]
    pub output: Option<String>,
}

/// What to test.
#[derive(Debug, Group)]
pub struct Test {
    /// The tests; without a `script` line in it, of the script of the same name beside it.
    #[arg(value_name = "FILE", default_value = "opensips.test")]
    pub file: String,
    /// Only tests with this text in their names.
    #[arg(long, value_name = "TEXT")]
    pub only: Option<String>,
    /// Also write which lines were run to a file.
    #[arg(long, value_name = "FORM")]
    pub coverage: Option<Report>,
    /// That file.
    #[arg(short = 'o', value_name = "FILE", default_value = "lcov.info")]
    pub output: String,
    /// The value of `${NAME}` in the script (repeatable), before those that the tests define.
    #[arg(short = 'D', long = "define", value_name = "NAME=VALUE")]
    pub define: Vec<String>,
}

/// Forms of coverage.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum Report {
    /// As lcov writes it.
    Lcov,
}

/// What to make.
#[derive(Debug, Group)]
pub struct Build {
    /// Which script.
    #[command(flatten)]
    pub script: Script,
    /// The executable.
    #[arg(short = 'o', value_name = "FILE", default_value = "proxy")]
    pub output: String,
    /// Optimise across crates: slower to build, faster to run.
    #[arg(long)]
    pub lto: bool,
    /// Optimise for what the site does most: build it twice, with a training in between.
    #[arg(long)]
    pub pgo: bool,
    /// The training: a shell command that calls the site at $SIPC_TRAINING_ADDRESS; otherwise SIPp does.
    #[arg(long, value_name = "COMMAND", requires = "pgo", conflicts_with = "pgo_profile")]
    pub pgo_training: Option<String>,
    /// No training: a profile that llvm-profdata has merged.
    #[arg(long, value_name = "FILE", requires = "pgo")]
    pub pgo_profile: Option<PathBuf>,
    /// Keep the merged profile, for --pgo-profile.
    #[arg(long, value_name = "FILE", requires = "pgo", conflicts_with = "pgo_profile")]
    pub pgo_keep: Option<PathBuf>,
}

/// A site to be trained.
#[derive(Debug, Group)]
pub struct Train {
    /// The executable.
    #[arg(long)]
    pub site: PathBuf,
    /// Where it leaves what it counts, and everything else.
    #[arg(long)]
    pub folder: PathBuf,
    /// How it is called.
    #[arg(long)]
    pub transport: String,
    /// Nothing else is in this network, and every address is here.
    #[arg(long)]
    pub alone: bool,
    /// Who calls it, when not SIPp.
    #[arg(long)]
    pub command: Option<String>,
    /// Its arguments besides those for its socket.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub rest: Vec<String>,
}

/// What to run, with the flags of `opensips`; the runtime reads them.
#[derive(Debug, Group)]
#[command(disable_help_flag = true)]
pub struct Run {
    /// `-f FILE` and the other flags of `opensips`; `-h` lists them.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub rest: Vec<std::ffi::OsString>,
}
