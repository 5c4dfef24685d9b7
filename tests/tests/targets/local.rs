//! Wires to every target, for what the command's own way to open one does not do: wrong keys and noise.

use std::{collections::VecDeque, convert::Infallible, fmt::Display, io::Read, time::Duration};

use aingle_wasm::wire::qemu::Qemu;
use aingle_wasm_core::{
    codec::Key,
    engine::{Engine, Limits},
    host,
    link::{Board, Client, Delivery, Heap, Service, Single, Wire},
    log::Log,
};
use libtest_mimic::Failed;

use crate::{
    Done,
    all::{BOARD, PLENTY, firmware},
    ensure, guests,
};

/// Longest frame, in bytes on the wire.
pub const FRAME: usize = 2048;

/// Does `act` with a wire to each target, one after the other.
pub fn each(act: impl Act) -> Done {
    let named = |name: &'static str| {
        move |error: Failed| Failed::from(format!("{name}: {}", error.message().unwrap_or_default()))
    };
    act.on(Local::new(aingle_wasm_backend_wasmer::Engine::default())).map_err(named("wasmer"))?;
    act.on(Local::new(aingle_wasm_backend_wasmi::Engine::default())).map_err(named("wasmi"))?;
    let qemu = Qemu::start(BOARD, firmware()?, false, &[], Duration::from_secs(30))?;
    act.on(qemu).map_err(named(BOARD))
}

/// What is done on a wire of any kind.
pub trait Act {
    fn on<W: Wire<Error: Display>>(&self, wire: W) -> Done;
}

/// Opens the link, loads a guest and calls it.
pub fn session<W: Wire<Error: Display>>(client: &mut Client<W, FRAME>, sequence: u16) -> Done {
    let words = |error: aingle_wasm_core::link::client::Error<W::Error>| error.to_string();
    client.open(sequence, |_| ()).map_err(words)?;
    client.load(&guests::example("echo")?, |_| ()).map_err(words)?;
    for len in [0, 1, 3000] {
        let (request, mut reply) = (vec![len as u8; len], Vec::new());
        let keep = |part: &[u8]| reply.extend_from_slice(part);
        client.call("echo", &request, PLENTY, Delivery::Call, keep).map_err(words)?;
        ensure!(reply == request, "an echo of {len} bytes differs");
    }
    Ok(client.unload().map_err(words)?)
}

/// The link's service in this process, with the key that the board has.
struct Local<E: Engine<Log>> {
    service: Service<'static, Single<E, Log, Vec<u8>>, FRAME>,
    answers: VecDeque<u8>,
}

impl<E: Engine<Log> + Clone> Local<E> {
    fn new(engine: E) -> Self {
        let board = Board {
            limits: Limits::SERVER,
            imports: host::standard().into(),
            state: |_| Log::new(),
            heap: Heap::default,
            nanos: || None,
        };
        let guests = Single::new(board, engine, vec![0; 1 << 16]);
        Self { service: Service::new("local", KEYS, guests), answers: VecDeque::new() }
    }
}

impl<E: Engine<Log> + Clone> Wire for Local<E> {
    type Error = Infallible;

    fn send(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        let Self { service, answers } = self;
        service.receive(bytes, |frame| answers.extend(frame));
        Ok(())
    }

    fn receive(&mut self, room: &mut [u8]) -> Result<usize, Infallible> {
        Ok(self.answers.read(room).unwrap_or(0))
    }
}

const KEYS: &[Key] = &[DEVELOPMENT_KEY];

/// The key that the emulated board takes.
pub const DEVELOPMENT_KEY: Key = Key::new(0, {
    let mut bytes = [0; 32];
    let mut at = 0;
    while at < bytes.len() {
        bytes[at] = at as u8;
        at += 1;
    }
    bytes
});
