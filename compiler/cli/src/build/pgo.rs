//! `--pgo`: builds the site so that it counts what it does, trains it, and gives the compiler what it counted.
//!
//! Everything is in `pgo` of the target directory: `counting` and `used` are what cargo builds, `site.profdata` is the profile
//! of the last build. Cargo does not look into it, so what was built of another profile goes before anything is built of this.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use sipc_compiler::driver::Checked;

use super::stage::{Network, Stage};
use super::{Cargo, profdata, train};
use crate::args::{Build, Train};

/// Finds or makes the profile, and tells cargo of it. The lock that comes back is to be held while cargo builds.
pub fn prepare(options: &Build, checked: &Checked, cargo: &mut Cargo) -> Result<File, String> {
    let folder = cargo.target.join("pgo");
    let turn = lock(&folder)?;
    let profile = folder.join("site.profdata");
    cargo.target = folder.join("used");
    let made = match &options.pgo_profile {
        Some(given) => given.clone(),
        None => trained(options, checked, cargo, &folder)?,
    };
    adopt(&made, &profile, &cargo.output())?;
    if let Some(kept) = &options.pgo_keep {
        fs::copy(&profile, kept).map_err(|e| format!("cannot write {}: {e}", kept.display()))?;
    }
    // nothing of the site's databases stays behind
    let training = folder.join("training");
    if training.exists() {
        fs::remove_dir_all(&training).map_err(|e| format!("cannot remove {}: {e}", training.display()))?;
    }
    cargo.flags = vec![format!("-Cprofile-use={}", profile.display())];
    Ok(turn)
}

/// One at a time: folders and profile are shared.
fn lock(folder: &Path) -> Result<File, String> {
    let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
    fs::create_dir_all(folder).map_err(failed)?;
    let file = File::create(folder.join("lock")).map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(file)
}

/// Makes a profile the one that is used; what was built of another is removed.
fn adopt(made: &Path, profile: &Path, built: &Path) -> Result<(), String> {
    let text = fs::read(made).map_err(|e| format!("the profile {} cannot be read: {e}", made.display()))?;
    if fs::read(profile).is_ok_and(|old| old == text) {
        return Ok(());
    }
    if built.exists() {
        fs::remove_dir_all(built).map_err(|e| format!("cannot remove {}: {e}", built.display()))?;
    }
    fs::write(profile, text).map_err(|e| format!("cannot write {}: {e}", profile.display()))
}

/// Builds the site that counts, trains it, and gives the profile.
fn trained(options: &Build, checked: &Checked, cargo: &Cargo, folder: &Path) -> Result<PathBuf, String> {
    // what is not there is missed before anything is built
    let tool = profdata::find(&cargo.rustc)?;
    let network = match &options.pgo_training {
        Some(_) => Network::OfTheMachine,
        None => {
            train::look_for_sipp()?;
            Network::probe()
        }
    };
    let training = folder.join("training");
    let stage = Stage::new(&sipc_interpreter::configuration(&checked.program), &training, &network)?;
    println!("building the site that counts what it does");
    let counting = Cargo {
        target: folder.join("counting"),
        // where code comes to stand does not change what is counted
        profile: "site",
        flags: vec!["-Cprofile-generate".into()],
        ..cargo.clone()
    };
    let train = Train {
        site: counting.build()?,
        folder: training.clone(),
        transport: stage.transport.to_owned(),
        alone: network.is_alone(),
        command: options.pgo_training.clone(),
        rest: stage.arguments,
    };
    run(&train, &network)?;
    let counted = counted(&training)?;
    let profile = training.join("merged.profdata");
    profdata::merge(&tool, &counted, &profile)?;
    Ok(profile)
}

/// Trains, in a network of its own where there can be one.
fn run(train: &Train, network: &Network) -> Result<(), String> {
    let Network::Own(enter) = network else {
        if let Network::Loopback(why) = network {
            println!("the training has no network of its own, so gateways do not answer in it: {why}");
        }
        println!("{}", train::train(train)?);
        return Ok(());
    };
    let sipc = std::env::current_exe().map_err(|e| format!("cannot tell where sipc is: {e}"))?;
    let mut command = enter.command();
    command.arg(sipc).arg("train").arg("--site").arg(&train.site).arg("--folder").arg(&train.folder);
    command.args(["--transport", &train.transport, "--alone", "--"]).args(&train.rest);
    let status = command.status().map_err(|e| format!("{command:?}: {e}"))?;
    match status.success() {
        true => Ok(()),
        false => Err("the site could not be trained; what stands above says why".into()),
    }
}

/// What the site has counted. It writes that when it ends.
fn counted(training: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(training).map_err(|e| format!("{}: {e}", training.display()))?;
    let paths = entries.flatten().map(|entry| entry.path());
    let found: Vec<PathBuf> = paths.filter(|p| p.extension().is_some_and(|e| e == "profraw")).collect();
    match found.is_empty() {
        false => Ok(found),
        true => Err(format!(
            "the site ended without a word of what it counted in {}: where `chroot` or `user` of the script keep it from \
             writing there, take them out for the training and give its profile with --pgo-profile",
            training.display()
        )),
    }
}

/// A program with arguments.
pub fn program(words: &[&str]) -> Command {
    let mut command = Command::new(words.first().copied().unwrap_or_default());
    command.args(words.get(1..).unwrap_or_default());
    command
}
