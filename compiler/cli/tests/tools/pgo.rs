//! `build --pgo` as a process, with a toolchain of shell scripts: what it refuses, and what it tells the compiler. The site that
//! it trains is `sipc run`, which counts nothing, so the scripts write what such a site leaves behind.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use crate::support::{Folder, text};

const SCRIPT: &str = "socket = udp:203.0.113.7:5060\nloadmodule \"proto_udp.so\"\nloadmodule \"sl.so\"\n\
                      route { sl_send_reply(200, \"OK\"); }\n";
const RUSTC: &str = "case \"$*\" in\n\
                     -vV) printf 'host: machine\\nLLVM version: 99.1.0\\n' ;;\n\
                     *) printf '/no/such/sysroot\\n' ;;\nesac\n";
const PROFDATA: &str = "case \"$1\" in\n\
                        --version) echo '  LLVM version 99.1.8' ;;\n\
                        *) cp \"$4\" \"$3\" ;;\nesac\n";

/// A toolchain and a script in a folder of their own.
struct Toolchain(Folder);

impl Toolchain {
    /// `site` is what cargo makes.
    fn new(name: &str, script: &str, site: &str) -> Toolchain {
        let t = Toolchain(Folder::new(name));
        t.0.write("a.cfg", script);
        t.program("rustc", RUSTC);
        t.program("proxy", site);
        let (here, there) = (t.0.path(""), "$CARGO_TARGET_DIR/machine/site");
        t.program(
            "cargo",
            &format!(
                "echo \"$CARGO_ENCODED_RUSTFLAGS\" >> {here}/flags\nmkdir -p {there}\ncp {here}/proxy {there}/proxy\n"
            ),
        );
        t
    }

    fn program(&self, name: &str, body: &str) {
        let path = self.0.write(name, &format!("#!/bin/sh\n{body}"));
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(path, executable).expect("the file is there");
    }

    fn build(&self, path: &str, args: &[&str]) -> Output {
        let at = |name: &str| self.0.path(name);
        Command::new(env!("CARGO_BIN_EXE_sipc"))
            .args(["build", &at("a.cfg"), "-o", &at("out"), "--pgo"])
            .args(args)
            .env("PATH", format!("{}{path}", at("")))
            .env("RUSTC", at("rustc"))
            .env("CARGO", at("cargo"))
            .env("CARGO_TARGET_DIR", at("target"))
            .output()
            .expect("the program was built with the test")
    }

    /// The fault of a build that is refused before, or after, anything was built.
    fn refused(&self, path: &str, args: &[&str]) -> String {
        let output = self.build(path, args);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
        assert!(!std::path::Path::new(&self.0.path("out")).exists(), "nothing is delivered");
        text(&output.stderr)
    }
}

/// The path of the system behind the toolchain's.
fn system() -> String {
    format!(":{}", std::env::var("PATH").unwrap_or_default())
}

/// A site that is interpreted, behind some commands.
fn interpreted(folder: &str, before: &str) -> String {
    let sipc = env!("CARGO_BIN_EXE_sipc");
    format!("{before}\nexec {sipc} run -f {folder}/a.cfg \"$@\"\n")
}

/// The same, in the folder that a toolchain of this name has.
fn site(name: &str, before: &str) -> String {
    let folder = std::env::temp_dir().join(format!("sipc-{}-{name}", std::process::id()));
    interpreted(folder.to_str().expect("temporary paths are UTF-8"), before)
}

#[test]
fn tools_that_are_missing_are_named_before_anything_is_built() {
    let t = Toolchain::new("pgo-tools", SCRIPT, "");
    let fault = t.refused("", &[]);
    assert!(fault.contains("llvm-profdata of LLVM 99") && fault.contains("rustup component add"), "{fault}");
    t.program("llvm-profdata", "echo 'LLVM version 98.1.8'");
    assert!(t.refused("", &[]).contains("llvm-profdata of LLVM 99"), "one of another release is none");
    t.program("llvm-profdata-99", PROFDATA);
    let fault = t.refused("", &[]);
    assert!(fault.contains("sip-tester") && fault.contains("--pgo-training"), "{fault}");
    assert!(!std::path::Path::new(&t.0.path("flags")).exists(), "nothing is built");
}

#[test]
fn a_script_that_cannot_be_called_is_refused() {
    let tls = "socket = tls:127.0.0.1:5061\nloadmodule \"proto_tls.so\"\nloadmodule \"tls_mgm.so\"\n\
               loadmodule \"tls_openssl.so\"\nroute { drop; }\n";
    let t = Toolchain::new("pgo-tls", tls, "");
    t.program("llvm-profdata-99", PROFDATA);
    let fault = t.refused("", &["--pgo-training", "true"]);
    assert!(fault.contains("over UDP or TCP") && fault.contains("--pgo-profile"), "{fault}");
}

#[test]
fn a_site_that_does_not_start_is_heard() {
    let t = Toolchain::new("pgo-start", SCRIPT, "echo the table is missing >&2; exit 1\n");
    t.program("llvm-profdata-99", PROFDATA);
    let fault = t.refused(&system(), &["--pgo-training", "true"]);
    assert!(fault.contains("ended when it was started for its training"), "{fault}");
    assert!(fault.contains("the table is missing"), "{fault}");
}

#[test]
fn a_training_that_fails_or_leaves_nothing_is_refused() {
    let t = Toolchain::new("pgo-fails", SCRIPT, &site("pgo-fails", ""));
    t.program("llvm-profdata-99", PROFDATA);
    let fault = t.refused(&system(), &["--pgo-training", "exit 3"]);
    assert!(fault.contains("the training failed") && fault.contains("exit 3"), "{fault}");
    let fault = t.refused(&system(), &["--pgo-training", "true"]);
    assert!(fault.contains("without a word of what it counted"), "{fault}");
}

#[test]
fn a_profile_that_is_not_there_is_refused() {
    let t = Toolchain::new("pgo-none", SCRIPT, "");
    let fault = t.refused("", &["--pgo-profile", "/no/such/profile"]);
    assert!(fault.contains("the profile /no/such/profile cannot be read"), "{fault}");
}

#[test]
fn the_site_is_trained_away_from_what_it_has_in_service() {
    let name = "pgo-trained";
    let seen = std::env::temp_dir().join(format!("sipc-{}-{name}", std::process::id()));
    let seen = seen.to_str().expect("temporary paths are UTF-8").to_owned();
    let script = format!(
        "{SCRIPT}db_default_url = \"text://{seen}/tables\"\nloadmodule \"db_text.so\"\nloadmodule \"permissions.so\"\n\
         modparam(\"permissions\", \"partition\", \"own: db_url=text://{seen}/tables; table_name=address\")\n"
    );
    let counts = "echo counted > $(dirname $LLVM_PROFILE_FILE)/1.profraw\necho \"$@\" > ";
    let t = Toolchain::new(name, &script, &site(name, &format!("{counts}{seen}/arguments")));
    t.program("llvm-profdata-99", PROFDATA);
    std::fs::create_dir(t.0.path("tables")).expect("the folder is writable");
    t.0.write("tables/version", "table_name(string) table_version(int)\naddress:5\n");
    let columns = "id(int,auto) grp(int) ip(string) mask(int) port(int) proto(string) pattern(string,null) \
                   context_info(string,null)\n";
    t.0.write("tables/address", columns);
    let training = format!("echo $SIPC_TRAINING_TRANSPORT:$SIPC_TRAINING_ADDRESS > {seen}/called");
    let kept = t.0.path("kept");
    let output = t.build(&system(), &["--pgo-training", &training, "--pgo-keep", &kept]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let (arguments, called) = (t.0.read("arguments"), t.0.read("called"));
    assert!(called.starts_with("udp:127.0.0.1:"), "{called}");
    assert!(arguments.contains(&format!("--socket {}", called.trim())), "{arguments}");
    let copy = format!("text://{}/pgo/training/database0", t.0.path("target"));
    assert!(arguments.contains(&format!("--set db_default_url={copy} ")), "{arguments}");
    assert!(arguments.contains(&format!("--set permissions.partition=own: db_url={copy}; ")), "{arguments}");
    assert_eq!(t.0.read("kept"), "counted\n");
    let flags = t.0.read("flags");
    let flags: Vec<&str> = flags.lines().collect();
    let profile = t.0.path("target/pgo/site.profdata");
    assert_eq!(flags[0], "-Ctarget-feature=+crt-static\x1f-Cprofile-generate");
    assert_eq!(flags[1], format!("-Ctarget-feature=+crt-static\x1f-Cprofile-use={profile}"));
    assert!(!std::path::Path::new(&t.0.path("target/pgo/training")).exists(), "no copy of a database stays");
    // and without a training
    let output = t.build(&system(), &["--pgo-profile", &kept]);
    assert!(output.status.success(), "{}", text(&output.stderr));
}
