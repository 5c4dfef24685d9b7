//! The link's service in this process: what firmware is on a board.

use std::{
    collections::VecDeque,
    io::Read,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
};

use aingle_wasm_core::{
    codec::Key,
    engine::{Engine, Limits},
    host::{self, Imports},
    link::{self, Board, Heap, Service, Single},
};

use super::{Error, TICK};
use crate::{
    hardware::Fitting,
    machine::{self, Machine, nanos},
    target::FRAME,
};

/// The wire to a service on a thread of its own, so that a guest that runs for long keeps nobody from giving up
/// on it. The thread ends with its guest's run, once the wire is gone.
pub(crate) struct Process {
    requests: Sender<Vec<u8>>,
    answers: Receiver<Vec<u8>>,
    /// What was received and not yet taken.
    arrived: VecDeque<u8>,
}

impl Process {
    /// Starts a service on `engine` that takes frames under `key`, and plain ones. Its guests get the hardware of
    /// `fitting`.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub(crate) fn start<E>(
        name: &'static str,
        engine: E,
        key: Option<Key>,
        fitting: Option<Fitting>,
    ) -> Result<Self, Error>
    where
        E: Engine<Machine> + Clone + Send + 'static,
    {
        // Its clock counts from here.
        let _ = nanos();
        let (requests, asked) = channel();
        let (answer, answers) = channel();
        let serve = move || {
            machine::fit(fitting);
            serve(name, engine, key.as_slice(), &asked, &answer);
        };
        thread::Builder::new().name(name.to_owned()).stack_size(STACK).spawn(serve)?;
        Ok(Self { requests, answers, arrived: VecDeque::new() })
    }
}

impl link::Wire for Process {
    type Error = Error;

    fn send(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.requests.send(bytes.to_vec()).map_err(|_| Error::Panicked)
    }

    fn receive(&mut self, room: &mut [u8]) -> Result<usize, Error> {
        if self.arrived.is_empty() {
            match self.answers.recv_timeout(TICK) {
                Ok(answer) => self.arrived.extend(answer),
                Err(RecvTimeoutError::Timeout) => return Ok(0),
                // The thread ends before its wire only by a panic.
                Err(RecvTimeoutError::Disconnected) => return Err(Error::Panicked),
            }
        }
        Ok(self.arrived.read(room)?)
    }
}

fn serve<E: Engine<Machine> + Clone>(
    name: &'static str,
    engine: E,
    keys: &[Key],
    asked: &Receiver<Vec<u8>>,
    answer: &Sender<Vec<u8>>,
) {
    let board = Board {
        limits: Limits::SERVER,
        imports: Imports::from(host::standard()).with_hardware(),
        state: machine::fitted,
        heap: Heap::default,
        nanos,
    };
    let guests = Single::new(board, engine, vec![0; BODY]);
    let mut service = Service::<_, FRAME>::new(name, keys, guests);
    for bytes in asked {
        // Nobody may be left to hear it.
        service.receive(&bytes, |frame| _ = answer.send(frame.to_vec()));
    }
}

/// Longest module or request, in bytes; taken from the system only as it is used.
const BODY: usize = 64 << 20;

/// As much stack as a program's first thread has, for a compiler that recurses.
const STACK: usize = 8 << 20;
