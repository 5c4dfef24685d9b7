//! What the cache keeps is right, whatever happens to its files.

mod damage;
mod hammer;

use std::{fs, path::Path, sync::Barrier, thread};

use aingle_wasm_backend_wasmer::{CacheFolder, Compiler, Engine, EngineConfig, Module, cache::Counts};
use aingle_wasm_core::{
    engine::{self, Engine as _, Instance as _, Limits, Value},
    error::{Abstain, Error, Trap},
    host::Host,
};

#[test]
fn memory_answers_before_the_folder_and_the_folder_before_the_compiler() {
    let place = tempfile::tempdir().unwrap();
    for compiler in Compiler::there() {
        let open = || open_with(place.path(), EngineConfig { compiler, ..EngineConfig::default() });
        let first = open();
        for _ in 0..3 {
            assert_eq!(answer(&load(&first, &guest(1))), Ok(1));
        }
        assert_eq!(first.counters().cache, Counts { compiled: 1, memory_hits: 2, ..Counts::default() });
        let second = open();
        for _ in 0..3 {
            assert_eq!(answer(&load(&second, &guest(1))), Ok(1));
        }
        assert_eq!(second.counters().cache, Counts { disk_hits: 1, memory_hits: 2, ..Counts::default() });
    }
}

#[test]
fn a_folder_lifts_no_limit_of_memory() {
    let place = tempfile::tempdir().unwrap();
    let wasm = wat::parse_str("(module (memory 2))").unwrap();
    // Whoever comes first writes the folder's files.
    for _ in 0..2 {
        for (memory_limit, expected) in
            [(256 << 20, Ok(())), (2 << 16, Ok(())), (1 << 16, Err(Abstain::Memory.into()))]
        {
            let engine = open_with(place.path(), EngineConfig { memory_limit, ..EngineConfig::default() });
            let loaded = load_with(&engine, &wasm, Limits::SERVER).map(drop);
            assert_eq!(loaded, expected, "{memory_limit} bytes");
        }
    }
}

#[test]
fn no_guest_reaches_2_gib() {
    let wasm = wat::parse_str("(module (memory 32768))").unwrap();
    let engine = Engine::new(EngineConfig { memory_limit: u32::MAX, ..EngineConfig::default() }).unwrap();
    assert_eq!(engine.compile(&wasm).map(drop), Err(Abstain::Memory.into()));
    assert_eq!(engine.compile_cached("large", &wasm).map(drop), Err(Abstain::Memory.into()));
}

#[test]
fn a_key_is_only_a_name() {
    let place = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let engine = open(place.path());
        for number in [1, 2, 1] {
            let module = engine.compile_cached(b"name", &guest(number)).unwrap();
            assert_eq!(answer(&module), Ok(number));
        }
    }
}

#[test]
fn other_limits_are_another_module() {
    let engine = Engine::default();
    let load = |memory| load_with(&engine, &guest(1), Limits { memory, ..Limits::SERVER }).map(drop);
    assert!(load(64 << 10).is_ok());
    assert!(load((64 << 10) - 1).is_err());
}

#[test]
fn a_hundred_threads_compile_once() {
    let (engine, start) = (Engine::default(), Barrier::new(100));
    thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| {
                start.wait();
                assert_eq!(answer(&load(&engine, &guest(1))), Ok(1));
            });
        }
    });
    assert_eq!(engine.counters().cache, Counts { compiled: 1, memory_hits: 99, ..Counts::default() });
}

#[test]
fn a_refusal_is_not_kept() {
    let engine = Engine::default();
    for _ in 0..2 {
        assert!(engine.compile_cached(b"", b"no module").is_err());
    }
    assert_eq!(engine.counters().cache, Counts::default());
}

#[test]
fn a_cache_without_room_keeps_nothing() {
    let engine = Engine::new(EngineConfig { cache_size: 0, ..EngineConfig::default() }).unwrap();
    for _ in 0..2 {
        assert_eq!(answer(&load(&engine, &guest(1))), Ok(1));
    }
    assert_eq!((engine.counters().cache.compiled, engine.counters().cache.memory_hits), (2, 0));
}

#[test]
fn an_endless_loop_runs_out_of_fuel_on_every_path() {
    let place = tempfile::tempdir().unwrap();
    let (wasm, first, second) = (guest(1), open(place.path()), open(place.path()));
    let paths = [first.compile(&wasm), first.compile_cached(b"", &wasm), first.compile_cached(b"", &wasm)];
    let paths = paths.into_iter().chain([second.compile_cached(b"", &wasm)]);
    for module in paths {
        assert_eq!(call(&module.unwrap(), "hang"), Err(Trap::OutOfFuel.into()));
    }
    assert_eq!(first.counters().cache, Counts { compiled: 1, memory_hits: 1, ..Counts::default() });
    assert_eq!(second.counters().cache, Counts { disk_hits: 1, ..Counts::default() });
}

#[test]
fn an_emptied_folder_is_made_again() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("cache");
    let engine = open(&folder);
    assert_eq!(answer(&load(&engine, &guest(1))), Ok(1));
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(answer(&load(&engine, &guest(2))), Ok(2));
    assert_eq!(engine.counters().cache, Counts { compiled: 2, ..Counts::default() });
    let after = open(&folder);
    assert_eq!(answer(&load(&after, &guest(2))), Ok(2));
    assert_eq!(after.counters().cache, Counts { disk_hits: 1, ..Counts::default() });
}

#[test]
fn a_folder_that_takes_nothing_is_done_without() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("cache");
    let engine = open(&folder);
    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, "in its place").unwrap();
    assert_eq!(answer(&load(&engine, &guest(1))), Ok(1));
    assert_eq!((engine.counters().cache.compiled, engine.counters().cache.write_failures), (1, 1));
}

#[test]
fn a_folder_that_cannot_be_is_named() {
    let place = tempfile::NamedTempFile::new().unwrap();
    let path = place.path().join("cache");
    let cache_folder = Some(CacheFolder { path: path.clone(), key: None });
    let error = Engine::new(EngineConfig { cache_folder, ..EngineConfig::default() }).unwrap_err();
    assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
}

fn open(folder: &Path) -> Engine {
    open_with(folder, EngineConfig::default())
}

fn open_with(folder: &Path, config: EngineConfig) -> Engine {
    let cache_folder = Some(CacheFolder { path: folder.into(), key: None });
    Engine::new(EngineConfig { cache_folder, ..config }).unwrap()
}

fn load(engine: &Engine, wasm: &[u8]) -> Module {
    load_with(engine, wasm, Limits::SERVER).unwrap()
}

fn load_with(engine: &Engine, wasm: &[u8], limits: Limits) -> Result<Module, Error> {
    engine::Engine::<()>::load(engine, wasm, limits)
}

fn answer(module: &Module) -> Result<u32, Error> {
    call(module, "answer")
}

fn call(module: &Module, export: &str) -> Result<u32, Error> {
    let mut guest = Engine::default().start(module, &(&[]).into(), Host::new(()))?;
    match guest.invoke(export, &[], &mut 1_000)?[..] {
        [Value::I32(answer)] => Ok(answer),
        _ => unreachable!("it answers with one number"),
    }
}

/// Answers with `number`.
fn guest(number: u32) -> Vec<u8> {
    let text = format!(
        r#"(module
            (memory 1)
            (func (export "answer") (result i32) (i32.const {number}))
            (func (export "hang") (result i32) (loop (br 0)) (i32.const 0)))"#
    );
    wat::parse_str(text).unwrap()
}
