//! Files that are not what they should be: each is seen, replaced, and changes no answer.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use aingle_wasm_backend_wasmer::{CacheFolder, Engine, EngineConfig, cache::Counts};

use crate::{answer, guest, load, open};

#[test]
fn bad_files_are_compiled_anew_and_replaced() {
    let place = tempfile::tempdir().unwrap();
    let (wasm, good) = (guest(1), module_file(place.path(), 1, EngineConfig::default()));
    let whole = fs::read(&good).unwrap();
    let damages = damages(&whole);
    assert!(damages.len() >= 100, "{} files", damages.len());
    for (name, damage) in damages {
        let _ = fs::remove_file(&good);
        damage(&good);
        let engine = open(place.path());
        assert_eq!(answer(&load(&engine, &wasm)), Ok(1), "{name}");
        assert_eq!(
            engine.counters().cache,
            Counts { compiled: 1, rejected: 1, ..Counts::default() },
            "{name}"
        );
        let after = open(place.path());
        assert_eq!(answer(&load(&after, &wasm)), Ok(1), "{name}");
        assert_eq!(after.counters().cache, Counts { disk_hits: 1, ..Counts::default() }, "{name}");
    }
}

#[test]
fn without_its_key_no_file_is_trusted() {
    let place = tempfile::tempdir().unwrap();
    module_file(place.path(), 1, EngineConfig::default());
    let engine = open(place.path());
    fs::remove_file(place.path().join("key")).unwrap();
    assert_eq!(answer(&load(&engine, &guest(1))), Ok(1));
    assert_eq!(engine.counters().cache, Counts { compiled: 1, rejected: 1, ..Counts::default() });
}

#[test]
fn a_given_key_needs_no_file() {
    let place = tempfile::tempdir().unwrap();
    let open = |key| {
        let cache_folder = Some(CacheFolder { path: place.path().into(), key: Some([key; 32]) });
        Engine::new(EngineConfig { cache_folder, ..EngineConfig::default() }).unwrap()
    };
    for (key, expected) in [
        (1, Counts { compiled: 1, ..Counts::default() }),
        (1, Counts { disk_hits: 1, ..Counts::default() }),
        (2, Counts { compiled: 1, rejected: 1, ..Counts::default() }),
    ] {
        let engine = open(key);
        assert_eq!(answer(&load(&engine, &guest(1))), Ok(1));
        assert_eq!(engine.counters().cache, expected);
    }
    assert!(!place.path().join("key").exists());
}

/// Puts something in the place of a good file.
type Damage = Box<dyn Fn(&Path)>;

fn damages(good: &[u8]) -> Vec<(String, Damage)> {
    let mut damages = Vec::new();
    // Every byte of the head, and one in thirty parts of the rest.
    let flipped = (0..HEAD).chain((HEAD..good.len()).step_by(good.len() / 30));
    for at in flipped {
        let mut bytes = good.to_vec();
        bytes[at] ^= 1 << (at % 8);
        damages.push((format!("byte {at} flipped"), file(bytes)));
    }
    let short = [0, 1, 3, 4, 7, 8, 39, 40, 47, 48, 49, good.len() / 2, good.len() - 1];
    damages.extend(short.map(|len| (format!("cut to {len} bytes"), file(&good[..len]))));
    damages.extend([
        ("longer by a byte".into(), file([good, &[0]].concat())),
        ("twice the file".into(), file(good.repeat(2))),
        ("the artifact alone".into(), file(&good[HEAD..])),
        ("zeros".into(), file(vec![0; good.len()])),
        ("ones".into(), file(vec![0xff; good.len()])),
        ("text".into(), file("not a module\n".repeat(100))),
        ("the guest".into(), file(guest(1))),
        ("a terabyte".into(), Box::new(|path: &Path| File::create(path).unwrap().set_len(1 << 40).unwrap())),
        ("a folder".into(), Box::new(|path: &Path| fs::create_dir(path).unwrap())),
    ]);
    // Whole files, but of something else.
    let fewer = EngineConfig { call_depth: 100, ..EngineConfig::default() };
    for (name, number, config) in
        [("another guest's", 2, EngineConfig::default()), ("another configuration's", 1, fewer)]
    {
        let place = tempfile::tempdir().unwrap();
        damages.push((name.into(), file(fs::read(module_file(place.path(), number, config)).unwrap())));
    }
    #[cfg(unix)]
    damages.extend(unix::damages());
    damages
}

fn file(bytes: impl Into<Vec<u8>>) -> Damage {
    let bytes = bytes.into();
    Box::new(move |path| fs::write(path, &bytes).unwrap())
}

/// The file of a guest that `config` compiled into this folder.
fn module_file(folder: &Path, number: u32, config: EngineConfig) -> PathBuf {
    let cache_folder = Some(CacheFolder { path: folder.into(), key: None });
    load(&Engine::new(EngineConfig { cache_folder, ..config }).unwrap(), &guest(number));
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.into_iter().find(|path| path.extension().is_some_and(|extension| extension == "module")).unwrap()
}

#[cfg(unix)]
mod unix {
    use std::{
        os::unix::{
            fs::{PermissionsExt, symlink},
            net::UnixListener,
        },
        process::Command,
    };

    use super::*;

    fn pipe(path: &Path) {
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    }

    pub(super) fn damages() -> Vec<(String, Damage)> {
        vec![
            ("a link to nothing".into(), Box::new(|path: &Path| symlink("nothing", path).unwrap())),
            (
                "a link to a folder".into(),
                Box::new(|path: &Path| symlink(path.parent().unwrap(), path).unwrap()),
            ),
            ("a pipe".into(), Box::new(|path: &Path| pipe(path))),
            ("a link to itself".into(), Box::new(|path: &Path| symlink(path, path).unwrap())),
            ("a link to endless zeros".into(), Box::new(|path: &Path| symlink("/dev/zero", path).unwrap())),
            ("a socket".into(), Box::new(|path: &Path| drop(UnixListener::bind(path).unwrap()))),
            (
                "an unreadable file".into(),
                Box::new(|path: &Path| {
                    fs::write(path, "unreadable").unwrap();
                    fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
                }),
            ),
        ]
    }
}

/// Bytes before the artifact.
const HEAD: usize = 48;
