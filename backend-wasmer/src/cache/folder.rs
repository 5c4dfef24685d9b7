//! The folder that outlives a process: a file for each module, and the key.

use std::{
    fs::{self, DirBuilder, DirEntry, File, Metadata, OpenOptions},
    io::{self, Read, Write},
    path::{self, Path, PathBuf},
    time::Duration,
};

use blake3::Hash;
use tempfile::NamedTempFile;

use super::{
    CacheFolder,
    key::{self, Key},
};

/// A folder that was usable when it was opened.
#[derive(Clone, Debug)]
pub(crate) struct Folder(CacheFolder);

impl Folder {
    /// Makes the folder where there is none, and deletes what processes left that were killed while they wrote.
    ///
    /// # Errors
    /// It cannot be made, or has no key and none was given.
    pub(crate) fn open(folder: &CacheFolder) -> io::Result<Self> {
        let CacheFolder { path, key } = folder;
        // A process may go elsewhere; its folder stays.
        let folder = Self(CacheFolder { path: path::absolute(path)?, key: *key });
        if folder.0.path.exists() && !folder.0.path.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        folder.make()?;
        folder.key()?;
        sweep(&folder.0.path)?;
        Ok(folder)
    }

    /// The key as it is now: the folder may have been emptied since it was opened.
    pub(super) fn key(&self) -> io::Result<Key> {
        self.0.key.map_or_else(|| key::of_folder(&self.0.path), Ok)
    }

    /// The file of a module, if it has no more than `most` bytes.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is none; others when there is no such file to be had.
    pub(super) fn read(&self, identity: &Hash, most: u64) -> io::Result<Vec<u8>> {
        let (file, metadata) = open(&self.file(identity))?;
        if metadata.len() > most {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut bytes = Vec::with_capacity(metadata.len() as usize + 1);
        file.take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Puts a module's file in place, whole or not at all.
    pub(super) fn write(&self, identity: &Hash, bytes: &[u8]) -> io::Result<()> {
        let path = self.file(identity);
        let mut file = temporary(&self.0.path)?;
        file.write_all(bytes)?;
        if fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir()) {
            fs::remove_dir(&path)?;
        }
        file.persist(path)?;
        Ok(())
    }

    /// Makes the folder, for its owner alone.
    pub(super) fn make(&self) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(&self.0.path)
    }

    /// Where a module's file is, if there is one.
    pub(super) fn file(&self, identity: &Hash) -> PathBuf {
        self.0.path.join(identity.to_hex().as_str()).with_extension(EXTENSION)
    }
}

/// Opens a file, and nothing else: what is no file might never end, or never begin.
///
/// # Errors
/// [`io::ErrorKind::NotFound`] when nothing is there; others when it is no file, or cannot be opened.
pub(super) fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;

        // A pipe would wait for its other end, also one that takes a file's place just now.
        options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32);
    }
    let file = options.read(true).open(path)?;
    let metadata = file.metadata()?;
    match metadata.is_file() {
        true => Ok((file, metadata)),
        false => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// A file that only its owner can use, and that goes when it is dropped.
pub(super) fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder)
}

fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)?.flatten().filter(is_leftover) {
        // Another process may sweep as well.
        let _ = fs::remove_file(entry.path());
    }
    Ok(())
}

/// A temporary file that nobody can still be writing.
fn is_leftover(entry: &DirEntry) -> bool {
    let age = || entry.metadata().ok()?.modified().ok()?.elapsed().ok();
    entry.file_name().to_string_lossy().starts_with(TEMPORARY) && age().is_some_and(|age| age > ABANDONED)
}

const EXTENSION: &str = "module";

/// How the names of files begin that are being written.
const TEMPORARY: &str = ".writing-";

/// After so long nobody writes any more.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn open(path: &Path) -> Folder {
        Folder::open(&CacheFolder { path: path.into(), key: Some([7; 32]) }).unwrap()
    }

    fn names(path: &Path) -> Vec<String> {
        fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn what_is_written_is_read() {
        let place = tempfile::tempdir().unwrap();
        let folder = open(&place.path().join("a/b"));
        let identity = blake3::hash(b"module");
        assert_eq!(folder.read(&identity, 9).unwrap_err().kind(), io::ErrorKind::NotFound);
        for bytes in [&b"one"[..], b"another"] {
            folder.write(&identity, bytes).unwrap();
            assert_eq!(folder.read(&identity, 7).unwrap(), bytes);
        }
        assert_eq!(folder.read(&identity, 6).unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(names(&folder.0.path), [format!("{identity}.module")]);
    }

    #[test]
    fn only_old_temporary_files_are_swept() {
        let place = tempfile::tempdir().unwrap();
        let hours = |hours: u64| SystemTime::now() - Duration::from_secs(hours * 60 * 60);
        for (name, written) in [(".writing-old", hours(2)), (".writing-new", hours(0)), ("other", hours(2))] {
            File::create(place.path().join(name)).unwrap().set_modified(written).unwrap();
        }
        open(place.path());
        let mut left = names(place.path());
        left.sort();
        assert_eq!(left, [".writing-new", "other"]);
    }

    #[test]
    fn a_file_is_no_folder() {
        let place = tempfile::NamedTempFile::new().unwrap();
        let folder = CacheFolder { path: place.path().into(), key: None };
        assert!(Folder::open(&folder).is_err());
    }
}
