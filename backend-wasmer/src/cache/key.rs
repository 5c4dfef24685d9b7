//! The secret that tells this folder's files from a stranger's.

use std::{
    fs::Metadata,
    io::{self, Read, Write},
    path::Path,
};

use super::folder;

/// With which files are authenticated.
pub(super) type Key = [u8; 32];

/// The key in the folder's own file, which is made where there is none that its owner alone can use.
///
/// Of two processes that make one at once, each goes on with the key that the file holds when it looks: the other
/// key may have served for a file in between, which then is a bad one and replaced.
///
/// # Errors
/// The file can be neither read nor made, or others could read what is made.
pub(super) fn of_folder(folder: &Path) -> io::Result<Key> {
    let path = folder.join(FILE);
    for _ in 0..ATTEMPTS {
        if let Some(key) = read(&path) {
            return Ok(key);
        }
        let mut key = Key::default();
        getrandom::fill(&mut key).map_err(io::Error::from)?;
        let mut file = folder::temporary(folder)?;
        file.write_all(&key)?;
        file.persist(&path)?;
    }
    Err(io::Error::new(io::ErrorKind::PermissionDenied, NOT_PRIVATE))
}

/// `None` when there is no file, or one that is not to be trusted.
fn read(path: &Path) -> Option<Key> {
    let (mut file, metadata) = folder::open(path).ok()?;
    if !is_private(&metadata) {
        return None;
    }
    let mut key = Key::default();
    file.read_exact(&mut key).ok()?;
    (file.read(&mut [0]).ok()? == 0).then_some(key)
}

/// Whether it is this process's user who owns the file, and nobody else can read or write it.
#[cfg(unix)]
fn is_private(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o077 == 0
}

/// Elsewhere permissions say too little.
#[cfg(not(unix))]
fn is_private(_: &Metadata) -> bool {
    false
}

const FILE: &str = "key";

/// More than one, since somebody may clear the folder at the same time.
const ATTEMPTS: usize = 8;

const NOT_PRIVATE: &str = "no file of its own there is safe from other users; a key can be given instead";

#[cfg(all(test, unix))]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    #[test]
    fn a_key_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let key = of_folder(folder.path()).unwrap();
        assert_eq!(of_folder(folder.path()).unwrap(), key);
        let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_key_that_others_can_use_is_replaced() {
        for mode in [0o640, 0o620, 0o604, 0o602, 0o666] {
            let folder = tempfile::tempdir().unwrap();
            let key = of_folder(folder.path()).unwrap();
            let path = folder.path().join(FILE);
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_ne!(of_folder(folder.path()).unwrap(), key, "{mode:o}");
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn what_is_no_key_is_replaced() {
        for bad in [&b""[..], &[7; 31], &[7; 33]] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(FILE);
            fs::write(&path, bad).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            let key = of_folder(folder.path()).unwrap();
            assert_eq!(fs::read(&path).unwrap(), key);
        }
    }

    #[test]
    fn another_file_is_not_followed_to() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::NamedTempFile::new().unwrap());
        fs::write(elsewhere.path(), [7; 32]).unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join(FILE)).unwrap();
        assert_ne!(of_folder(folder.path()).unwrap(), [7; 32]);
        assert_eq!(fs::read(elsewhere.path()).unwrap(), [7; 32]);
    }
}
