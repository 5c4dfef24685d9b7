//! The example guests, under a host that asks them for more while they run.

use std::{fs, path::Path, process::Command};

use wasmi::{
    Caller, Config, Engine, Extern, Instance, Linker, Memory, Module, Store, TypedFunc, WasmParams,
    WasmResults,
};

#[test]
fn an_entry_keeps_its_request_while_the_host_asks() {
    let mut guest = Guest::start("ask", "ask");
    for len in [5, 1000, 5] {
        let request = vec![b'x'; len];
        let answer = guest.call(&request);
        assert_eq!(guest.store.data().room, Some(0), "no room while the entry runs");
        assert_eq!(guest.store.data().again, Some(b"the request is in use".to_vec()));
        assert_eq!(answer, &request[..len.min(REPLY)]);
    }
}

#[test]
fn an_entry_by_hand_keeps_its_request_while_the_host_asks() {
    let mut guest = Guest::start("quickstart", "my_function");
    for len in [5, 1000, 5] {
        let request = vec![b'y'; len];
        let answer = guest.call(&request);
        assert_eq!(guest.store.data().room, Some(0), "no room while the host function runs");
        assert_eq!(guest.store.data().again, Some(b"failed to decode input".to_vec()));
        assert_eq!(answer, &request[..len.min(REPLY)]);
    }
}

#[test]
fn a_log_line_keeps_the_request_too() {
    let mut guest = Guest::start("hostcall", "stamp");
    assert_eq!(guest.call(b"night"), b"night at 3 s");
    assert_eq!(guest.store.data().room, Some(0));
    assert_eq!(guest.store.data().logged, [b"\x03stamped a request"]);
}

/// A running guest of one entry, which may ask for `__my_host_fn`, the time, and to log.
struct Guest {
    store: Store<Host>,
    instance: Instance,
    entry: &'static str,
}

/// What the host got when it called the guest from inside a host function.
#[derive(Default)]
struct Host {
    entry: &'static str,
    room: Option<u32>,
    again: Option<Vec<u8>>,
    logged: Vec<Vec<u8>>,
}

impl Guest {
    fn start(example: &str, entry: &'static str) -> Self {
        let mut config = Config::default();
        config.wasm_custom_page_sizes(true);
        let engine = Engine::new(&config);
        let module = Module::new(&engine, built(example)).unwrap();
        let mut store = Store::new(&engine, Host { entry, ..Host::default() });
        let mut linker = Linker::new(&engine);
        linker.func_wrap("env", "__my_host_fn", answer).unwrap();
        linker.func_wrap("env", "__aingle_time", time).unwrap();
        linker.func_wrap("env", "__aingle_log", log).unwrap();
        let instance = linker.instantiate_and_start(&mut store, &module).unwrap();
        Guest { store, instance, entry }
    }

    /// Calls the entry as a host does: through the inbox or the allocator.
    fn call(&mut self, payload: &[u8]) -> Vec<u8> {
        let mut request = vec![0x49, 0x41, 2, 0x14];
        request.extend((payload.len() as u64).to_le_bytes());
        request.extend(payload);
        let memory = self.instance.get_memory(&self.store, "memory").unwrap();
        let (inbox, inbox_len) = record(memory.data(&self.store), INBOX);
        let ptr = if request.len() <= inbox_len as usize {
            inbox
        } else {
            let allocate = self.instance.get_typed_func::<u32, u32>(&self.store, ALLOCATE).unwrap();
            allocate.call(&mut self.store, request.len() as u32).unwrap()
        };
        assert_ne!(ptr, 0, "room between calls");
        memory.write(&mut self.store, ptr as usize, &request).unwrap();
        let entry = self.instance.get_typed_func::<(u32, u32), u64>(&self.store, self.entry).unwrap();
        let packed = entry.call(&mut self.store, (ptr, request.len() as u32)).unwrap();
        bytes(memory.data(&self.store), packed)
    }
}

/// Calls back, then answers with the beginning of the request as it is by then.
fn answer(mut caller: Caller<Host>, ptr: u32, len: u32) -> u64 {
    call_back(&mut caller);
    let memory = memory(&caller);
    let request = bytes(memory.data(&caller), u64::from(ptr) << 32 | u64::from(len));
    put(&mut caller, &request[..request.len().min(REPLY)])
}

fn time(mut caller: Caller<Host>, _: u32, _: u32) -> u64 {
    call_back(&mut caller);
    put(&mut caller, &3_500_000_u64.to_le_bytes())
}

fn log(mut caller: Caller<Host>, ptr: u32, len: u32) -> u64 {
    caller.data_mut().room = None;
    call_back(&mut caller);
    let line = bytes(memory(&caller).data(&caller), u64::from(ptr) << 32 | u64::from(len));
    caller.data_mut().logged.push(line);
    0
}

/// Asks the guest for room, and calls its entry again.
fn call_back(caller: &mut Caller<Host>) {
    let room = function::<u32, u32>(caller, ALLOCATE).call(&mut *caller, 100).unwrap();
    let entry = caller.data().entry;
    let packed = function::<(u32, u32), u64>(caller, entry).call(&mut *caller, (0, 0)).unwrap();
    let again = bytes(memory(caller).data(&*caller), packed);
    let host = caller.data_mut();
    (host.room, host.again) = (Some(room), Some(again));
}

/// Puts `reply` into the area for replies.
fn put(caller: &mut Caller<Host>, reply: &[u8]) -> u64 {
    let memory = memory(caller);
    let (area, len) = record(memory.data(&*caller), AREA);
    assert!(reply.len() <= len as usize);
    memory.write(caller, area as usize, reply).unwrap();
    u64::from(area) << 32 | reply.len() as u64
}

fn memory(caller: &Caller<Host>) -> Memory {
    caller.get_export("memory").and_then(Extern::into_memory).unwrap()
}

fn function<P: WasmParams, R: WasmResults>(caller: &Caller<Host>, name: &str) -> TypedFunc<P, R> {
    caller.get_export(name).and_then(Extern::into_func).unwrap().typed(caller).unwrap()
}

/// The bytes that a packed answer names.
fn bytes(memory: &[u8], packed: u64) -> Vec<u8> {
    let (ptr, len) = ((packed >> 32) as usize & 0x7fff_ffff, packed as u32 as usize);
    memory[ptr..ptr + len].to_vec()
}

/// Address and length of an area, from the record, which begins with the magic.
fn record(memory: &[u8], field: usize) -> (u32, u32) {
    let start = memory.windows(4).position(|bytes| bytes == b"AIGL").unwrap() + field;
    let number = |at: usize| u32::from_le_bytes(memory[at..at + 4].try_into().unwrap());
    (number(start), number(start + 4))
}

/// The example of that name, with a small inbox.
fn built(example: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let target = folder.join("target/small-inbox");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--quiet", "--package", example])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", &target)
        .env("AINGLE_GUEST_INBOX", "64")
        .status();
    assert!(
        built.unwrap().success(),
        "{example} does not build: `rustup target add wasm32-unknown-unknown`?"
    );
    fs::read(target.join(format!("wasm32-unknown-unknown/release/{example}.wasm"))).unwrap()
}

const ALLOCATE: &str = "__aingle_guest_allocate";

/// Where the record names the inbox and the area for replies.
const INBOX: usize = 8;
const AREA: usize = 16;

/// Length of that area unless it is chosen, in bytes.
const REPLY: usize = 256;
