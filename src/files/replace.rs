//! Replacing a small file as a whole.

use std::io;

use super::Files;

/// Replaces a file, or creates it, so that a crash leaves the old one or the new one, whole.
pub(crate) fn replace_file(files: &dyn Files, name: &str, content: &[u8]) -> io::Result<()> {
    let temporary = format!("{name}.tmp");
    match files.remove(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = files.create(&temporary)?;
    file.write_all(content)?;
    file.sync_data()?;
    files.rename(&temporary, name)?;
    files.sync_dir()
}
