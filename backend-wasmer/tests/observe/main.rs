//! What an engine tells a subscriber.

#[path = "../support/endings.rs"]
mod endings;
mod recorder;

use std::fs;

use aingle_wasm_backend_wasmer::{CacheFolder, Engine, EngineConfig, cache::Counts};
use aingle_wasm_core::{
    engine::Limits,
    error::{Abstain, Error, Trap},
    guest::Guest,
};
use endings::{load, wasm};
use recorder::{Entry, Recorder};
use tracing::Level;

#[test]
fn a_call_is_a_span() {
    let recorder = Recorder::subscribe();
    let mut guest = load(&Engine::default());
    let mut echo = guest.entry("echo").unwrap();
    let (entries, called) = recorder.record(|| guest.call(&mut echo, b"12345", 1_000, |reply| reply.is_ok()));
    assert_eq!(called, Ok(true));
    let [call] = &entries[..] else { panic!("{entries:?}") };
    assert_eq!((&*call.name, &*call.target, call.level), ("call", CORE, Level::TRACE));
    assert_eq!((call.field("entry"), call.field("request")), ("echo", "5"));
    assert_eq!((call.field("outcome"), call.field("fuel")), ("done", &*guest.fuel_used().to_string()));
    assert!(guest.fuel_used() > 0);
}

#[test]
fn a_trap_is_an_event_in_its_call() {
    let recorder = Recorder::subscribe();
    let mut guest = load(&Engine::default());
    let (entries, ran) = recorder.record(|| guest.invoke("hang", &[], 100));
    assert_eq!(ran, Err(Trap::OutOfFuel.into()));
    let [trap, call] = &entries[..] else { panic!("{entries:?}") };
    assert_eq!((&*trap.name, &*trap.target, trap.level), ("trap", CORE, Level::DEBUG));
    assert_eq!((trap.field("entry"), trap.field("trap")), ("hang", "out_of_fuel"));
    assert_eq!((trap.field("error"), trap.parent.as_deref()), ("out of fuel", Some("call")));
    for entry in [trap, call] {
        assert_eq!(entry.field("fuel"), guest.fuel_used().to_string());
    }
    assert_eq!((call.field("entry"), call.field("outcome")), ("hang", "out_of_fuel"));
}

#[test]
fn an_abstention_is_no_trap() {
    let recorder = Recorder::subscribe();
    let mut guest = load(&Engine::default());
    let mut panic = guest.entry("panic").unwrap();
    let (entries, called) = recorder.record(|| guest.call(&mut panic, b"", 1_000, |_| ()));
    assert_eq!(called, Err(Abstain::Panic.into()));
    let [abstain, call] = &entries[..] else { panic!("{entries:?}") };
    assert_eq!((&*abstain.name, abstain.level), ("abstain", Level::DEBUG));
    assert_eq!(abstain.field("error"), "a host function or the engine panicked");
    assert_eq!((abstain.field("entry"), call.field("outcome")), ("panic", "abstain"));
}

#[test]
fn a_compilation_says_where_the_module_came_from() {
    let recorder = Recorder::subscribe();
    let place = tempfile::tempdir().unwrap();
    let wasm = wasm();
    let (entries, ()) = recorder.record(|| {
        for engine in [open(&place), open(&place)] {
            for _ in 0..2 {
                engine.compile_cached("k\n", &wasm).unwrap();
            }
        }
        let engine = Engine::default();
        engine.compile(&wasm).unwrap();
        engine.compile(b"no module").unwrap_err();
    });
    let field = |name| entries.iter().map(|entry| entry.field(name)).collect::<Vec<_>>();
    assert_eq!(field("cache"), ["compiled", "memory", "disk", "memory", "", ""]);
    assert_eq!(field("key"), ["k\\n", "k\\n", "k\\n", "k\\n", "", ""]);
    assert_eq!(
        field("error").iter().map(|error| error.is_empty()).collect::<Vec<_>>(),
        [true, true, true, true, true, false]
    );
    for entry in &entries {
        assert_eq!((&*entry.name, &*entry.target, entry.level), ("compile", WASMER, Level::DEBUG));
        assert_eq!(entry.field("compiler"), aingle_wasm_backend_wasmer::Compiler::default().name());
    }
    assert_eq!((field("bytes")[0], field("bytes")[5]), (&*wasm.len().to_string(), "9"));
}

#[test]
fn a_rejected_file_is_named() {
    let recorder = Recorder::subscribe();
    let place = tempfile::tempdir().unwrap();
    open(&place).compile_cached("", &wasm()).unwrap();
    let mut files = fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().path());
    let file = files.find(|path| path.extension().is_some()).unwrap();
    fs::write(&file, "another").unwrap();
    let engine = open(&place);
    let (entries, _) = recorder.record(|| engine.compile_cached("", &wasm()).unwrap());
    let [rejected, compile] = &entries[..] else { panic!("{entries:?}") };
    assert_eq!((&*rejected.name, rejected.level), ("cache file rejected", Level::WARN));
    assert_eq!((rejected.field("file"), &*rejected.target), (file.to_str().unwrap(), WASMER));
    assert_eq!((rejected.parent.as_deref(), compile.field("cache")), (Some("compile"), "compiled"));
    assert_eq!(engine.counters().cache, Counts { compiled: 1, rejected: 1, ..Counts::default() });
}

#[test]
fn a_start_is_a_span_and_a_reset_that_needs_one_says_so() {
    let recorder = Recorder::subscribe();
    let engine = Engine::default();
    let (entries, mut guest) = recorder.record(|| load(&engine));
    assert_eq!(names(&entries), ["compile", "start"]);
    assert_eq!((&*entries[1].target, entries[1].level), (WASMER, Level::DEBUG));
    let (entries, ()) = recorder.record(|| (0..3).for_each(|_| guest.reset().unwrap()));
    assert_eq!(names(&entries), ["start", "reset started the guest afresh"]);
    assert_eq!((entries[1].level, entries[1].field("remembers")), (Level::DEBUG, "true"));
    let (entries, refused) = recorder.record(|| Guest::load(engine, &wasm(), Limits::SERVER, &[], ()).err());
    assert_eq!(refused, Some(Error::Import(0)));
    assert_eq!(names(&entries), ["compile", "start"]);
    assert_eq!(entries[1].field("error"), "import 0 is not offered by this host");
}

fn names(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| &*entry.name).collect()
}

fn open(folder: &tempfile::TempDir) -> Engine {
    let cache_folder = Some(CacheFolder { path: folder.path().into(), key: None });
    Engine::new(EngineConfig { cache_folder, ..EngineConfig::default() }).unwrap()
}

const CORE: &str = "aingle_wasm_core";
const WASMER: &str = "aingle_wasm_backend_wasmer";
