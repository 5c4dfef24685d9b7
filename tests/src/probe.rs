//! The host's side of the suite: its state, its host functions, and short ways to call a guest.

use aingle_wasm_core::{
    engine::{Engine, Limits, Value, Values},
    error::Error,
    guest::Guest,
    host::{Cost, HostError, Import},
};
use aingle_wasm_fuel::spec::Spec;

use crate::Failure;

/// What the suite's host functions keep.
#[derive(Debug, Default)]
pub struct Probe {
    /// Host calls since the guest was loaded, over all its lives.
    pub calls: u32,
}

// The price of a host call stands twice, since core knows no specification.
const _: () = assert!(
    Cost::STANDARD.call == Spec::V1.host_call()
        && Cost::STANDARD.bytes_per_unit == Spec::V1.host_bytes_per_unit()
);

/// What the suite's guests may take.
pub const LIMITS: Limits = Limits { module: 16 << 10, memory: 3 << 16 };

/// The suite's host functions.
pub const IMPORTS: &[Import<Probe>] = &[
    Import::new("echo", 64, Cost::STANDARD, echo),
    Import::new("fail", 64, Cost::STANDARD, fail),
    Import::new("large", 64, Cost::STANDARD, large),
    Import::new("stop", 0, Cost::STANDARD, stop),
];

fn echo(probe: &mut Probe, request: &[u8], room: &mut [u8]) -> Result<usize, HostError> {
    probe.calls += 1;
    let reply = room.get_mut(..request.len()).ok_or(HostError::TooSmall(request.len() as u32))?;
    reply.copy_from_slice(request);
    Ok(request.len())
}

fn fail(probe: &mut Probe, _request: &[u8], room: &mut [u8]) -> Result<usize, HostError> {
    probe.calls += 1;
    Err(HostError::failed("no", room))
}

fn large(probe: &mut Probe, _request: &[u8], _room: &mut [u8]) -> Result<usize, HostError> {
    probe.calls += 1;
    Err(HostError::TooSmall(1000))
}

fn stop(probe: &mut Probe, _request: &[u8], _room: &mut [u8]) -> Result<usize, HostError> {
    probe.calls += 1;
    Err(HostError::Stop)
}

/// A wasm module that the build made of `guests/….wat`.
macro_rules! wasm {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".wasm"))
    };
}

/// A guest on the engine under test, with short ways to call it.
pub(crate) struct Subject<E: Engine<Probe>>(pub Guest<E, Probe>);

/// An answer: its bytes, and whether the guest marked it as an error.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub bytes: heapless::Vec<u8, 1024>,
    pub error: bool,
}

impl<E: Engine<Probe>> Subject<E> {
    pub fn load(engine: E, wasm: &[u8]) -> Result<Self, Failure> {
        Ok(Self(Guest::load(engine, wasm, LIMITS, IMPORTS, Probe::default())?))
    }

    /// Calls an entry under more fuel than a good call needs.
    pub fn call(&mut self, entry: &str, request: &[u8]) -> Result<Answer, Error> {
        self.call_under(PLENTY, entry, request)
    }

    pub fn call_under(&mut self, fuel: u64, entry: &str, request: &[u8]) -> Result<Answer, Error> {
        let mut entry = self.0.entry(entry)?;
        self.0.call(&mut entry, request, fuel, Answer::of)
    }

    pub fn invoke(&mut self, export: &str, arguments: &[Value]) -> Result<Values, Error> {
        self.0.invoke(export, arguments, PLENTY)
    }

    /// Host calls that reached a host function.
    pub fn calls(&mut self) -> Option<u32> {
        self.0.with_state(|probe| probe.calls)
    }
}

impl Answer {
    pub fn of(reply: Result<&[u8], &[u8]>) -> Self {
        let (bytes, error) = match reply {
            Ok(bytes) => (bytes, false),
            Err(bytes) => (bytes, true),
        };
        Self { error, ..Self::of_bytes(bytes) }
    }

    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self { bytes: heapless::Vec::from_slice(bytes).unwrap_or_default(), error: false }
    }

    pub fn is(&self, bytes: &[u8]) -> bool {
        !self.error && self.bytes == bytes
    }

    pub fn is_error(&self, bytes: &[u8]) -> bool {
        self.error && self.bytes == bytes
    }
}

/// Fuel that suffices for whatever ends by itself.
pub(crate) const PLENTY: u64 = 100_000;
