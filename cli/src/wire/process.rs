//! The link's service in this process: what firmware is on a board.

use std::{
    collections::VecDeque,
    io::Read,
    panic::{AssertUnwindSafe, catch_unwind},
};

use aingle_wasm_core::{
    codec::Key,
    engine::{Engine, Limits},
    host,
    link::{self, Board, Heap, Service},
};

use super::Error;
use crate::{
    machine::{Machine, nanos},
    target::FRAME,
};

/// A service and the answers that were not yet received.
pub(crate) struct Process<E: Engine<Machine>> {
    service: Service<'static, E, Machine, Vec<u8>, FRAME>,
    answers: VecDeque<u8>,
}

impl<E: Engine<Machine> + Clone> Process<E> {
    /// A service on `engine` that takes frames under `key`, and plain ones.
    pub(crate) fn new(name: &'static str, engine: E, key: Option<Key>) -> Self {
        // Its clock counts from here.
        let _ = nanos();
        let board = Board {
            name,
            limits: Limits::SERVER,
            imports: host::standard(),
            state: Machine::default,
            heap: Heap::default,
            nanos,
            // A service borrows its keys; this one lives as long as the process.
            keys: key.into_iter().collect::<Vec<_>>().leak(),
        };
        Self { service: Service::new(board, engine, vec![0; BODY]), answers: VecDeque::new() }
    }
}

impl<E: Engine<Machine> + Clone> link::Wire for Process<E> {
    type Error = Error;

    fn send(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let Self { service, answers } = self;
        // After a panic nothing of the service is used again: the client gives up on a wire that failed.
        catch_unwind(AssertUnwindSafe(|| service.receive(bytes, |frame| answers.extend(frame))))
            .map_err(|_| Error::Panicked)
    }

    fn receive(&mut self, room: &mut [u8]) -> Result<usize, Error> {
        Ok(self.answers.read(room)?)
    }
}

/// Longest module, request and reply together, in bytes; taken from the system only as it is used.
const BODY: usize = 64 << 20;
