//! A handle of a directory. On Unix it stays with the directory that was opened, wherever that is moved and whatever
//! takes its place. Elsewhere a directory with open files cannot be moved, and a path is enough.

#[cfg(unix)]
pub(super) use unix::DirHandle;

#[cfg(not(unix))]
pub(super) use by_path::DirHandle;

#[cfg(unix)]
mod unix {
    use std::ffi::{CStr, CString, OsStr};
    use std::fs::File;
    use std::io;
    use std::os::fd::OwnedFd;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    use rustix::fs::{
        AtFlags, CWD, Dir, FileType, Mode, OFlags, RawMode, fstatvfs, fsync, linkat, mkdirat, openat, renameat,
        unlinkat,
    };
    use rustix::io::Errno;

    /// The permissions of new files and directories before the umask, as in `std`.
    const FILE_MODE: RawMode = 0o666;
    const DIRECTORY_MODE: RawMode = 0o777;

    const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

    #[derive(Debug)]
    pub(in crate::files) struct DirHandle(OwnedFd);

    impl DirHandle {
        pub(in crate::files) fn open(path: &Path) -> io::Result<Self> {
            // The parent of a bare file name is the empty path.
            let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
            Ok(Self(openat(CWD, path, DIRECTORY, Mode::empty())?))
        }

        pub(in crate::files) fn below(&self, name: &str) -> io::Result<Self> {
            Ok(Self(openat(&self.0, name, DIRECTORY, Mode::empty())?))
        }

        pub(in crate::files) fn as_file(&self) -> io::Result<File> {
            Ok(self.0.try_clone()?.into())
        }

        pub(in crate::files) fn list(&self) -> io::Result<Vec<String>> {
            let mut names = Vec::new();
            for entry in Dir::read_from(&self.0)? {
                let entry = entry?;
                let name = OsStr::from_bytes(entry.file_name().to_bytes());
                if let Some(name) = name.to_str().filter(|name| !matches!(*name, "." | "..")) {
                    names.push(name.to_owned());
                }
            }
            Ok(names)
        }

        pub(in crate::files) fn read(&self, name: &str) -> io::Result<File> {
            Ok(openat(&self.0, name, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?.into())
        }

        pub(in crate::files) fn write(&self, name: &str) -> io::Result<File> {
            Ok(openat(&self.0, name, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?.into())
        }

        pub(in crate::files) fn create_new(&self, name: &str) -> io::Result<File> {
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
            Ok(openat(&self.0, name, flags, Mode::from_raw_mode(FILE_MODE))?.into())
        }

        pub(in crate::files) fn read_write_or_create(&self, name: &str) -> io::Result<File> {
            let flags = OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC;
            Ok(openat(&self.0, name, flags, Mode::from_raw_mode(FILE_MODE))?.into())
        }

        pub(in crate::files) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
            Ok(renameat(&self.0, from, &self.0, to)?)
        }

        pub(in crate::files) fn remove(&self, name: &str) -> io::Result<()> {
            Ok(unlinkat(&self.0, name, AtFlags::empty())?)
        }

        pub(in crate::files) fn create_directory(&self, name: &str) -> io::Result<()> {
            Ok(mkdirat(&self.0, name, Mode::from_raw_mode(DIRECTORY_MODE))?)
        }

        /// Removes a directory and everything in it. Symbolic links are removed, not followed.
        pub(in crate::files) fn remove_directory(&self, name: &str) -> io::Result<()> {
            let name = CString::new(name).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
            self.remove_tree(&name)
        }

        fn remove_tree(&self, name: &CStr) -> io::Result<()> {
            let flags = DIRECTORY.union(OFlags::NOFOLLOW);
            let below = Self(openat(&self.0, name, flags, Mode::empty())?);
            let entries: Vec<_> = Dir::read_from(&below.0)?.collect::<Result<_, _>>()?;
            for entry in entries.iter().filter(|entry| ![c".", c".."].contains(&entry.file_name())) {
                // Some file systems do not say what an entry is.
                let removed = match entry.file_type() {
                    FileType::Directory => Err(Errno::ISDIR),
                    _ => unlinkat(&below.0, entry.file_name(), AtFlags::empty()),
                };
                match removed {
                    Err(Errno::ISDIR | Errno::PERM) => below.remove_tree(entry.file_name())?,
                    removed => removed?,
                }
            }
            Ok(unlinkat(&self.0, name, AtFlags::REMOVEDIR)?)
        }

        pub(in crate::files) fn link(&self, name: &str, to: &Path) -> io::Result<()> {
            Ok(linkat(&self.0, name, CWD, to, AtFlags::empty())?)
        }

        pub(in crate::files) fn sync(&self) -> io::Result<()> {
            Ok(fsync(&self.0)?)
        }

        /// The bytes that this user can still write.
        pub(in crate::files) fn free_bytes(&self) -> Option<u64> {
            // Not `f_bfree`: that would count the blocks reserved for root.
            fstatvfs(&self.0).ok().map(|found| found.f_frsize.saturating_mul(found.f_bavail))
        }
    }
}

#[cfg(not(unix))]
mod by_path {
    use std::fs::{File, OpenOptions};
    use std::path::{Path, PathBuf};
    use std::{fs, io};

    #[derive(Debug)]
    pub(in crate::files) struct DirHandle(PathBuf);

    impl DirHandle {
        pub(in crate::files) fn open(path: &Path) -> io::Result<Self> {
            fs::read_dir(path)?;
            Ok(Self(path.to_owned()))
        }

        pub(in crate::files) fn below(&self, name: &str) -> io::Result<Self> {
            Self::open(&self.0.join(name))
        }

        pub(in crate::files) fn list(&self) -> io::Result<Vec<String>> {
            let names = fs::read_dir(&self.0)?.map(|entry| Ok(entry?.file_name().into_string().ok()));
            names.filter_map(Result::transpose).collect()
        }

        pub(in crate::files) fn read(&self, name: &str) -> io::Result<File> {
            File::open(self.0.join(name))
        }

        pub(in crate::files) fn write(&self, name: &str) -> io::Result<File> {
            OpenOptions::new().write(true).open(self.0.join(name))
        }

        pub(in crate::files) fn create_new(&self, name: &str) -> io::Result<File> {
            OpenOptions::new().write(true).create_new(true).open(self.0.join(name))
        }

        pub(in crate::files) fn read_write_or_create(&self, name: &str) -> io::Result<File> {
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(self.0.join(name))
        }

        pub(in crate::files) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
            fs::rename(self.0.join(from), self.0.join(to))
        }

        pub(in crate::files) fn remove(&self, name: &str) -> io::Result<()> {
            fs::remove_file(self.0.join(name))
        }

        pub(in crate::files) fn create_directory(&self, name: &str) -> io::Result<()> {
            fs::create_dir(self.0.join(name))
        }

        pub(in crate::files) fn remove_directory(&self, name: &str) -> io::Result<()> {
            fs::remove_dir_all(self.0.join(name))
        }

        pub(in crate::files) fn link(&self, name: &str, to: &Path) -> io::Result<()> {
            fs::hard_link(self.0.join(name), to)
        }

        /// Does nothing: Windows cannot open a directory as a file, and NTFS journals its entries itself.
        pub(in crate::files) fn sync(&self) -> io::Result<()> {
            Ok(())
        }

        pub(in crate::files) fn free_bytes(&self) -> Option<u64> {
            fs4::available_space(&self.0).ok()
        }
    }
}
