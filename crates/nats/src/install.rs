//! The program of the server: one that is named, or the one that `requirements.txt` pins by its hash.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::{env, fs};

const REQUIREMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/requirements.txt");

/// Returns the path of the program, which is installed if it is not there yet, or why there is none.
pub(crate) fn binary() -> Result<PathBuf, String> {
    static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    FOUND.get_or_init(find).clone()
}

fn find() -> Result<PathBuf, String> {
    if let Some(named) = env::var_os("INBOXDB_NATS_SERVER") {
        return Ok(PathBuf::from(named));
    }
    let pinned = fs::read_to_string(REQUIREMENTS).map_err(|error| format!("{REQUIREMENTS}: {error}"))?;
    let version = pinned.split("==").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap_or("unknown");
    let target = target_directory();
    let installed = target.join(format!("nats-server-{version}"));
    let binary = installed.join("bin/nats-server");
    if !binary.exists() {
        install(&target, &installed)?;
    }
    if binary.exists() { Ok(binary) } else { Err(format!("{} was not installed", binary.display())) }
}

fn target_directory() -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    env::var_os("CARGO_TARGET_DIR").map_or_else(default, PathBuf::from)
}

/// Installs beside where it is to be, and moves it there: other tests may be doing the same.
fn install(target: &Path, to: &Path) -> Result<(), String> {
    fs::create_dir_all(target).map_err(|error| format!("{}: {error}", target.display()))?;
    let beside = tempfile::tempdir_in(target).map_err(|error| error.to_string())?;
    let python = if cfg!(windows) { "python" } else { "python3" };
    let pip = Command::new(python)
        .args(["-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"])
        .args(["--disable-pip-version-check", "--root-user-action", "ignore", "--target"])
        .arg(beside.path().join("it"))
        .args(["-r", REQUIREMENTS])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{python}: {error}"))?;
    if !pip.status.success() {
        return Err(format!("pip could not install it: {}", String::from_utf8_lossy(&pip.stderr).trim()));
    }
    match fs::rename(beside.path().join("it"), to) {
        Err(error) if !to.exists() => Err(format!("{}: {error}", to.display())),
        _ => Ok(()),
    }
}
