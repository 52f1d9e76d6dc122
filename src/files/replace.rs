//! Replaces a small file atomically.

use std::io;

use super::Files;

/// Replaces or creates a file. A crash leaves the old or the new content, whole.
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
