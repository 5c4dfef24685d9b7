//! A board without an engine: its guests are bytes, its entries are written here. And a wire to it that can
//! lose and damage what it carries.

use core::cell::Cell;
use std::{collections::VecDeque, rc::Rc, vec, vec::Vec};

use crate::{
    codec::Key,
    engine::{self, Limits, Memory, Shape, Value, Values},
    error::{CallError, Error, ModuleError, Trap},
    host::{Host, Imports, Platform},
    link::{Board, Client, Heap, Service, Single, Wire},
    log::{Level, Log},
    memory::GuestSlice,
};

/// A client of `C`-byte frames at a board of `S`-byte frames.
pub type Lab<const C: usize, const S: usize> = Client<Rig<S>, C>;

/// A wire, and the board at its end.
pub struct Rig<const S: usize> {
    pub service: Service<'static, Single<Fake, State, Vec<u8>>, S>,
    /// Runs of an entry since the board started.
    pub runs: Rc<Cell<u32>>,
    /// What befalls the next things sent, in order; then all is well.
    pub fate: Rc<Cell<Vec<Fate>>>,
    /// Frames that were sent.
    pub sent: Rc<Cell<Vec<Vec<u8>>>>,
    arriving: VecDeque<u8>,
    /// Most bytes that arrive at once.
    step: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fate {
    Well,
    /// The board never hears it.
    Lost,
    /// The board's answer is lost, and noise reaches the board after it.
    AnswerLost,
    /// One byte in the frame's middle is changed on its way.
    Damaged,
    /// The wire is cut.
    Cut,
}

/// The wire was cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cut;

impl<const S: usize> Rig<S> {
    /// A board with `keys` and a body of `body` bytes.
    pub fn new(body: usize, keys: &'static [Key], step: usize) -> Self {
        let runs = Rc::new(Cell::new(0));
        let board = Board {
            limits: Limits::CHIP,
            imports: (&[]).into(),
            state: |_| State::default(),
            heap: Heap::default,
            nanos: || None,
        };
        let guests = Single::new(board, Fake(runs.clone()), vec![0; body]);
        let service = Service::new("lab", keys, guests);
        let (fate, sent) = <(Rc<Cell<_>>, Rc<Cell<_>>)>::default();
        Self { service, runs, fate, sent, arriving: VecDeque::new(), step }
    }

    /// Has `wire` arrive, whoever sent it.
    pub fn arrive(&mut self, wire: &[u8]) {
        self.arriving.extend(wire);
    }

    /// The service's answer to `wire`, as bytes.
    pub fn tell(&mut self, wire: &[u8]) -> Vec<u8> {
        let mut answer = Vec::new();
        self.service.receive(wire, |frame| answer.extend_from_slice(frame));
        answer
    }
}

impl<const S: usize> Wire for Rig<S> {
    type Error = Cut;

    fn send(&mut self, bytes: &[u8]) -> Result<(), Cut> {
        let mut sent = self.sent.take();
        sent.push(bytes.to_vec());
        self.sent.set(sent);
        let mut fates = self.fate.take();
        let fate = if fates.is_empty() { Fate::Well } else { fates.remove(0) };
        self.fate.set(fates);
        let mut wire = bytes.to_vec();
        match fate {
            Fate::Lost => return Ok(()),
            Fate::Cut => return Err(Cut),
            Fate::Damaged => wire[bytes.len() / 2] ^= if bytes[bytes.len() / 2] == 1 { 2 } else { 1 },
            Fate::Well | Fate::AnswerLost => {}
        }
        // A UART hands on what it has, one byte or many.
        for part in wire.chunks(self.step) {
            let answer = self.tell(part);
            if fate != Fate::AnswerLost {
                self.arriving.extend(answer);
            }
        }
        if fate == Fate::AnswerLost {
            self.tell(&[0, 3, 7, 7, 0]);
        }
        Ok(())
    }

    fn receive(&mut self, room: &mut [u8]) -> Result<usize, Cut> {
        let len = self.arriving.len().min(room.len()).min(self.step);
        for (slot, byte) in room.iter_mut().zip(self.arriving.drain(..len)) {
            *slot = byte;
        }
        Ok(len)
    }
}

/// An engine whose modules are any bytes but [`BAD`].
#[derive(Clone)]
pub struct Fake(Rc<Cell<u32>>);

/// The module that the engine refuses.
pub const BAD: &[u8] = b"bad";

pub struct Instance {
    memory: Vec<u8>,
    host: Host<State>,
    runs: Rc<Cell<u32>>,
}

pub enum Function {
    Echo,
    Fail,
    Trap,
}

#[derive(Default)]
pub struct State(Log);

impl Platform for State {
    fn log(&mut self) -> &mut Log {
        &mut self.0
    }

    fn micros(&mut self) -> Option<u64> {
        None
    }
}

impl engine::Engine<State> for Fake {
    type Module = ();
    type Instance = Instance;

    fn fuel_spec(&self) -> u32 {
        0
    }

    fn load(&self, wasm: &[u8], _: Limits) -> Result<(), Error> {
        if wasm == BAD { Err(ModuleError::Invalid.into()) } else { Ok(()) }
    }

    fn start(&self, _: &(), _: &Imports<State>, host: Host<State>) -> Result<Instance, Error> {
        let mut memory = vec![0; 1 << 16];
        let record = [u32::from_le_bytes(*b"AIGL"), 1, 64, (1 << 16) - 64, 0, 0, 0, 1 << 16];
        memory[..32].copy_from_slice(&record.map(u32::to_le_bytes).concat());
        Ok(Instance { memory, host, runs: self.0.clone() })
    }
}

impl engine::Instance<State> for Instance {
    type Function = Function;

    fn function(&mut self, name: &str, _: Shape) -> Result<Function, CallError> {
        match name {
            "echo" => Ok(Function::Echo),
            "fail" => Ok(Function::Fail),
            "trap" => Ok(Function::Trap),
            _ => Err(CallError::NoEntry),
        }
    }

    fn run(&mut self, function: &Function, [ptr, len]: [u32; 2], fuel: &mut u64) -> Result<u64, Error> {
        self.runs.set(self.runs.get() + 1);
        *fuel -= 5;
        self.host.state.0.push(Level::Info, b"ran");
        let payload = GuestSlice::new(ptr + 12, len.saturating_sub(12));
        match function {
            Function::Echo => Ok(payload.pack(false)),
            Function::Fail => Ok(payload.pack(true)),
            Function::Trap => Err(Error::Trap(Trap::Unreachable)),
        }
    }

    fn invoke(&mut self, _: &str, arguments: &[Value], _: &mut u64) -> Result<Values, Error> {
        Values::from_slice(arguments).map_err(|_| CallError::Arguments.into())
    }

    fn address(&mut self, _: &str) -> Option<u32> {
        Some(0)
    }

    fn remember(&mut self) -> bool {
        false
    }

    fn reset(&mut self) -> bool {
        false
    }

    fn into_host(self) -> Host<State> {
        self.host
    }
}

impl Memory<Host<State>> for Instance {
    fn with_memory<R>(&mut self, with: impl FnOnce(&mut [u8], &mut Host<State>) -> R) -> R {
        with(&mut self.memory, &mut self.host)
    }
}
