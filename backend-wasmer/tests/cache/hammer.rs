//! Many processes at one folder, which also loses and spoils its files.

use std::{
    env, fs,
    path::Path,
    process::{self, Command, Stdio},
    time::{Duration, Instant},
};

use aingle_wasm_backend_wasmer::{CacheFolder, Engine, EngineConfig, cache::Counts};
use aingle_wasm_core::error::Trap;

use crate::{answer, call, guest, load, open};

/// `AINGLE_HAMMER_SECONDS` says for how long.
#[test]
fn processes_that_share_a_folder_are_never_wrong() {
    let place = tempfile::tempdir().unwrap();
    let start = || {
        Command::new(env::current_exe().unwrap())
            .args(["--exact", "hammer::one_process", "--ignored", "--nocapture"])
            .env(FOLDER, place.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let processes: Vec<_> = (0..PROCESSES).map(|_| start()).collect();
    for process in processes {
        let output = process.wait_with_output().unwrap();
        println!("{}", String::from_utf8_lossy(&output.stdout));
        assert!(output.status.success());
    }
    for entry in fs::read_dir(place.path()).unwrap() {
        let path = entry.unwrap().path();
        assert!(is_whole(&path), "{} is left", path.display());
    }
    let after = open(place.path());
    for number in 0..GUESTS {
        assert_eq!(answer(&load(&after, &guest(number))), Ok(number));
    }
}

#[test]
#[ignore = "is one of the processes of the test above"]
fn one_process() {
    let folder = env::var_os(FOLDER).expect("it is started by another test");
    let seconds = env::var(SECONDS).map_or(2, |seconds| seconds.parse().expect("a number of seconds"));
    let (started, time) = (Instant::now(), Duration::from_secs(seconds));
    let mut random = Random(process::id().into());
    let mut total = Counts::default();
    while total.disk_hits == 0 || started.elapsed() < time {
        let number = random.below(GUESTS);
        // With a memory of its own it would ask the folder only once.
        let cache_folder = Some(CacheFolder { path: folder.clone().into(), key: None });
        let engine = Engine::new(EngineConfig { cache_folder, ..EngineConfig::default() }).unwrap();
        let module = load(&engine, &guest(number));
        assert_eq!(answer(&module), Ok(number));
        assert_eq!(call(&module, "hang"), Err(Trap::OutOfFuel.into()));
        let counts = engine.counters().cache;
        assert_eq!(counts.compiled + counts.disk_hits, 1);
        total.compiled += counts.compiled;
        total.disk_hits += counts.disk_hits;
        total.rejected += counts.rejected;
        total.write_failures += counts.write_failures;
        spoil(folder.as_ref(), &mut random);
    }
    println!("{total:?}");
}

/// Now and then does to some file what other programs and failing disks do.
fn spoil(folder: &Path, random: &mut Random) {
    let files = fs::read_dir(folder).unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    // What is being written has another name the next moment: it would not be spoilt but made.
    let files: Vec<_> = files.filter(|path| is_whole(path)).collect();
    let Some(path) = files.get(random.below(files.len().max(1) as u32) as usize) else { return };
    // Another process may have taken it away.
    let _ = match random.below(20) {
        0 => fs::remove_file(path),
        1 => fs::write(path, "spoilt"),
        2 => fs::read(path).and_then(|mut bytes| {
            let at = random.below(bytes.len().max(1) as u32) as usize;
            bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 4);
            fs::write(path, bytes)
        }),
        _ => Ok(()),
    };
}

fn is_whole(path: &Path) -> bool {
    path.ends_with("key") || path.extension().is_some_and(|extension| extension == "module")
}

/// A linear congruential generator.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as u32 % end
    }
}

const PROCESSES: usize = 8;
const GUESTS: u32 = 6;

const FOLDER: &str = "AINGLE_HAMMER_FOLDER";
const SECONDS: &str = "AINGLE_HAMMER_SECONDS";
