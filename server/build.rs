//! Puts the files of the page into the binary: their types, digests, and compressed forms.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

const PAGE: &str = "page/dist";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={PAGE}");
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or(io::ErrorKind::NotFound)?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    let root = manifest.join(PAGE);
    let mut paths = Vec::new();
    collect(&root, &mut paths)?;
    paths.sort();
    let mut code = String::from("static FILES: &[File] = &[\n");
    for (number, path) in paths.iter().enumerate() {
        let name = path.strip_prefix(&root).map_err(io::Error::other)?.to_string_lossy().replace('\\', "/");
        code += &entry(&name, path, &out, number)?;
    }
    code += "];\n";
    fs::write(out.join("page.rs"), code)
}

fn collect(directory: &Path, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, paths)?;
        } else {
            paths.push(path);
        }
    }
    Ok(())
}

fn entry(name: &str, path: &Path, out: &Path, number: usize) -> io::Result<String> {
    let bytes = fs::read(path)?;
    let served = if name == "index.html" { "/".to_owned() } else { format!("/{name}") };
    let mut etag = String::new();
    for byte in &Sha256::digest(&bytes)[..12] {
        let _infallible = write!(etag, "{byte:02x}");
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&bytes)?;
    let compressed = encoder.finish()?;
    let gzip = if compressed.len() < bytes.len() {
        let file = out.join(format!("page-{number}.gz"));
        fs::write(&file, compressed)?;
        format!("Some(include_bytes!({:?}))", file.display().to_string())
    } else {
        "None".to_owned()
    };
    let plain = path.display().to_string();
    Ok(format!(
        "    File {{ path: {served:?}, media_type: {:?}, etag: {:?}, plain: include_bytes!({plain:?}), gzip: {gzip} }},\n",
        media_type(name),
        format!("\"{etag}\""),
    ))
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
