//! What an engine must do: compile a module, start it, run its functions under fuel, lend its memory.
//!
//! Two engines implement this: wasmi, an interpreter that fits a chip, and wasmer, a compiler for servers.
//! Users meet [`Guest`](crate::guest::Guest), which stands on top.

use crate::{
    error::{Abstain, CallError, Error, Trap},
    host::{Host, Imports},
};

/// Compiles and starts guests whose host keeps a `T` for them.
pub trait Engine<T: 'static> {
    /// A compiled guest; clones share it.
    type Module: Clone;
    /// A running guest.
    type Instance: Instance<T>;

    /// Hash of the fuel specification that guests are charged by; 0 for an engine that follows none.
    fn fuel_spec(&self) -> u32;

    /// Checks and compiles `wasm`.
    ///
    /// # Errors
    /// [`Error::Rule`] when the module breaks a rule of the check, [`Error::Module`] when it is not valid,
    /// [`Error::Abstain`] when it is too large for this machine.
    fn load(&self, wasm: &[u8], limits: Limits) -> Result<Self::Module, Error>;

    /// Whether a guest of `wasm` may find `room` for itself, as far as that can be told without loading it. An engine
    /// that cannot tell says yes.
    ///
    /// # Errors
    /// [`Abstain::Room`] when it is certain not to; as [`Engine::load`] when that would
    /// refuse it first.
    fn admit(&self, _wasm: &[u8], _limits: Limits, _room: Footprint) -> Result<(), Error> {
        Ok(())
    }

    /// Starts a module. Nothing of it is shared with an earlier instance.
    ///
    /// # Errors
    /// [`Error::Import`] when the module wants a function that is not in `imports`, [`Error::Module`] when
    /// its data does not fit, [`Error::Abstain`] when this machine is out of memory.
    fn start(
        &self,
        module: &Self::Module,
        imports: &Imports<T>,
        host: Host<T>,
    ) -> Result<Self::Instance, Error>;
}

/// Lends a guest's memory, and the host's side `H` of it. An engine lends them for the time of a closure, since only then
/// nothing can move them.
pub trait Memory<H: ?Sized> {
    /// Calls `with` with the guest's memory, addressed as the guest does, and with the host's side of it.
    /// A guest without memory has an empty one.
    fn with_memory<R>(&mut self, with: impl FnOnce(&mut [u8], &mut H) -> R) -> R;

    /// Calls `with` with the host's side alone, which is cheaper where an engine has to look the memory up.
    fn with_host<R>(&mut self, with: impl FnOnce(&mut H) -> R) -> R {
        self.with_memory(|_, host| with(host))
    }

    /// Calls `with` with the guest's memory alone, which is cheaper where an engine has to look the host's side up.
    fn memory<R>(&mut self, with: impl FnOnce(&mut [u8]) -> R) -> R {
        self.with_memory(|memory, _| with(memory))
    }
}

/// A guest in the middle of a host call.
pub trait Caller<H: ?Sized>: Memory<H> {
    /// Asks the guest's own allocator for `len` bytes: the one re-entry that is allowed.
    ///
    /// # Errors
    /// Why the allocator did not end by itself.
    fn allocate(&mut self, len: u32) -> Result<u32, Error>;

    /// What is left of the call's fuel.
    ///
    /// # Errors
    /// [`Abstain::Engine`] when the engine keeps none.
    fn fuel(&mut self) -> Result<u64, Error>;

    /// Takes `units` of the call's fuel.
    ///
    /// # Errors
    /// [`Trap::OutOfFuel`] when there are fewer; they are left as they are.
    fn charge(&mut self, units: u64) -> Result<(), Error>;

    /// Told that this host call may have waited for a bus, a port, or time: a slice ends with it, if there is one.
    fn waited(&mut self) {}
}

/// A running guest.
pub trait Instance<T: 'static>: Memory<Host<T>> + Sized {
    /// A function of this instance, looked up once.
    type Function;

    /// Looks up the exported function `name`.
    ///
    /// # Errors
    /// [`CallError::NoEntry`] when there is none, [`CallError::EntryType`] when it has another shape.
    fn function(&mut self, name: &str, shape: Shape) -> Result<Self::Function, CallError>;

    /// Runs `function`. `fuel` is the limit, and afterwards what is left of it. Arguments that the shape does
    /// not have are ignored, as are results.
    ///
    /// # Errors
    /// [`Error::Trap`] or [`Error::Abstain`]: why the run did not end by itself. The instance must not be
    /// used again.
    fn run(&mut self, function: &Self::Function, arguments: [u32; 2], fuel: &mut u64) -> Result<u64, Error>;

    /// Runs any numeric export, without an envelope.
    ///
    /// # Errors
    /// [`Error::Call`] when there is no such export or it takes other arguments, [`Error::Trap`].
    fn invoke(&mut self, export: &str, arguments: &[Value], fuel: &mut u64) -> Result<Values, Error>;

    /// The value of the exported `i32` global `name`.
    fn address(&mut self, name: &str) -> Option<u32>;

    /// Remembers its memory and globals as they are. Whether it can: not when its memory is large, nor when it keeps
    /// globals that the engine cannot reach; `aingle-wasm build` exports them all.
    fn remember(&mut self) -> bool;

    /// Puts memory and globals back to what was remembered. Whether it could: not when the memory grew since. An
    /// instance of which a run trapped must not be asked.
    fn reset(&mut self) -> bool;

    /// Whether the guest may have called its host since this was last asked. An engine that does not know says yes.
    fn called_host(&mut self) -> bool {
        true
    }

    /// Told of the end of every call: the units of fuel that it used, and the error if it failed. For engines that keep
    /// count; others do nothing.
    fn ended(&mut self, _fuel: u64, _error: Option<Error>) {}

    /// Ends the instance and gives back the host's side.
    fn into_host(self) -> Host<T>;
}

/// An instance whose runs can be taken in slices of fuel, so that whoever runs it does other things in between.
pub trait Sliced<T: 'static>: Instance<T> {
    /// A run that waits for its next slice. To drop it ends the run.
    type Paused;

    /// Begins to run `export`, and stops when `slice` units are used, or after a host call that
    /// [may have waited](Caller::waited); otherwise as [`Instance::invoke`]. A slice is exceeded by what cannot be
    /// interrupted, which is the last of it: a charge that is larger, or a host call with what it has the guest's
    /// allocator do.
    ///
    /// # Errors
    /// As [`Instance::invoke`]; out of fuel is what the run is when the rest of `fuel` does not suffice for its next
    /// charge.
    fn begin(
        &mut self,
        export: &str,
        arguments: &[Value],
        slice: u64,
        fuel: &mut u64,
    ) -> Result<Step<Self::Paused>, Error>;

    /// Goes on with a run of this instance for another slice. In between nothing else of it may have run.
    ///
    /// # Errors
    /// As [`Sliced::begin`].
    fn resume(
        &mut self,
        paused: Self::Paused,
        slice: u64,
        fuel: &mut u64,
    ) -> Result<Step<Self::Paused>, Error>;
}

/// Where a run stands after a slice.
#[expect(
    clippy::large_enum_variant,
    reason = "it lives on the stack for a moment; there is no heap to box it on"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Step<P> {
    /// It came to its end, with these results.
    Done(Values),
    /// It waits for its next slice.
    Paused(P),
}

/// The type of a function that a call needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Shape {
    /// `(ptr: i32, len: i32) -> i64`.
    Entry,
    /// `(len: i32) -> i32`.
    Allocate,
    /// `() -> ()`.
    Reset,
}

/// What a guest may take of this machine. Beyond it the machine abstains: that another has more room must not
/// change a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Limits {
    /// Size of a module, in bytes.
    pub module: u32,
    /// Size of a guest's memory, in bytes, at its start and for ever.
    pub memory: u32,
}

impl Limits {
    /// What a chip with some hundred kilobytes gives.
    pub const CHIP: Self = Self { module: 256 << 10, memory: 256 << 10 };

    /// What a desktop or server gives.
    pub const SERVER: Self = Self { module: 16 << 20, memory: 256 << 20 };

    /// Guest memory is below 2 GiB: bit 63 of a packed answer is the error mark, so no address may reach it.
    pub(crate) const MOST_MEMORY: u32 = 0x7fff_ffff;

    /// These limits, for a guest whose addresses all fit into a packed answer.
    pub const fn below_2_gib(self) -> Self {
        let memory = if self.memory < Self::MOST_MEMORY { self.memory } else { Self::MOST_MEMORY };
        Self { memory, ..self }
    }
}

/// Memory that a guest and its engine take, or that there is for them, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Footprint {
    /// Of the heap, the guest's memory included.
    pub heap: u32,
    /// Of the stack that the engine runs on.
    pub stack: u32,
}

impl Footprint {
    /// Whether there is room for it. Room of 0 bytes is room without a bound.
    pub const fn fits(self, room: Self) -> bool {
        (room.heap == 0 || self.heap <= room.heap) && (room.stack == 0 || self.stack <= room.stack)
    }
}

/// A WebAssembly number; floats as their bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Value {
    /// A 32-bit integer.
    I32(u32),
    /// A 64-bit integer.
    I64(u64),
    /// A 32-bit float, as bits.
    F32(u32),
    /// A 64-bit float, as bits.
    F64(u64),
}

/// Most arguments, and most results, that [`Instance::invoke`] passes.
pub const MAX_VALUES: usize = 16;

/// Units that a guest's allocator may take at once of a job in slices: it cannot be interrupted. Enough to grow a memory
/// by 2 MiB, and some 20 ms of a Cortex-M4F at 64 MHz.
pub const ALLOCATOR_FUEL: u64 = 1 << 16;

/// Runs a guest's allocator in a job in slices, of which `left` units are left, with no more of them than
/// [`ALLOCATOR_FUEL`].
///
/// # Errors
/// As `run`; [`Abstain::Time`] when it takes more: another machine may wait for it.
pub fn within_patience<R>(
    left: &mut u64,
    run: impl FnOnce(&mut u64) -> Result<R, Error>,
) -> Result<R, Error> {
    let lent = ALLOCATOR_FUEL.min(*left);
    let mut fuel = lent;
    let done = run(&mut fuel);
    *left -= lent - fuel;
    match done {
        Err(Error::Trap(Trap::OutOfFuel)) if *left > fuel => Err(Abstain::Time.into()),
        done => done,
    }
}

/// Arguments or results of an export.
pub type Values = heapless::Vec<Value, MAX_VALUES>;
