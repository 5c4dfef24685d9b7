//! QEMU's machine `virt`, a RISC-V, and all that is unsafe about it.

use riscv::{
    asm,
    interrupt::{self, Interrupt},
    register::time,
};
use riscv_rt::core_interrupt;
pub use riscv_rt::entry;

use super::{end, exit, port};

/// Where a machine has its UART and its interrupt controller.
#[derive(Clone, Copy)]
pub struct Machine {
    uart: usize,
    received: u32,
    controller: usize,
    nanos_per_tick: u32,
}

impl Machine {
    /// The machine with a UART at the address `uart` that raises interrupt `received` at `controller`, and with
    /// a clock that steps every `nanos_per_tick`.
    ///
    /// # Safety
    /// `uart` is a 16550, and `controller` a PLIC whose first context is this processor in machine mode.
    pub const unsafe fn new(uart: usize, received: u32, controller: usize, nanos_per_tick: u32) -> Self {
        Self { uart, received, controller, nanos_per_tick }
    }

    /// Has the UART interrupt for each byte. Its own queue stays off: switching that on would drop what has come.
    pub(super) fn listen(self) {
        self.uart(INTERRUPT_ENABLE).write(RX_INTERRUPT);
        let source = self.received as usize;
        self.controller(PRIORITIES + 4 * source).write(1);
        self.controller(ENABLES + 4 * (source / 32)).write(1 << (source % 32));
        self.controller(THRESHOLD).write(0);
        // SAFETY: no critical section is open, and the handler shares only what has its own.
        unsafe {
            interrupt::enable_interrupt(Interrupt::MachineExternal);
            interrupt::enable();
        }
    }

    /// The byte that has come, if any.
    pub(super) fn next(self) -> Option<u8> {
        (self.uart(LINE_STATE).read() & RX_FULL != 0).then(|| self.uart(DATA).read())
    }

    /// Sends a byte when the UART is not full.
    pub(super) fn put(self, byte: u8) {
        self.uart(DATA).write(byte);
    }

    pub(super) fn is_full(self) -> bool {
        self.uart(LINE_STATE).read() & TX_EMPTY == 0
    }

    /// Nanoseconds since the machine started.
    pub(super) fn nanos(self) -> u64 {
        time::read64() * u64::from(self.nanos_per_tick)
    }

    fn uart(self, register: usize) -> Register<u8> {
        Register((self.uart + register) as *mut u8)
    }

    fn controller(self, register: usize) -> Register<u32> {
        Register((self.controller + register) as *mut u32)
    }
}

/// Waits for an interrupt.
pub(super) fn sleep() {
    asm::wfi();
}

/// Does what the processor does not know.
#[cfg(feature = "suite")]
pub(super) fn fault() -> ! {
    // SAFETY: it traps, and the handler does not come back.
    unsafe { core::arch::asm!("unimp", options(noreturn)) }
}

/// Lets an interrupt come every [`TICK_MICROS`](super::compartments::TICK_MICROS), from now on.
#[cfg(feature = "suite")]
pub(super) fn tick() {
    due_after(time::read64());
    // SAFETY: no critical section is open, and the handler shares only what is atomic.
    unsafe {
        interrupt::enable_interrupt(Interrupt::MachineTimer);
        interrupt::enable();
    }
}

/// Whether interrupts are masked.
#[cfg(feature = "suite")]
pub(super) fn is_masked() -> bool {
    !riscv::register::mstatus::read().mie()
}

#[cfg(feature = "suite")]
#[core_interrupt(Interrupt::MachineTimer)]
fn timer() {
    super::compartments::ticked();
    let [low, high] = due().map(|register| register.read());
    let (was_due, now) = (u64::from(high) << 32 | u64::from(low), time::read64());
    // A late one does not move those behind it; those that were missed are.
    due_after(if now - was_due < PERIOD { was_due } else { now });
}

/// Ticks of the timer of the machine `virt`, of 10 MHz, between two interrupts.
#[cfg(feature = "suite")]
const PERIOD: u64 = 10 * super::compartments::TICK_MICROS as u64;

/// Sets the time of the next tick, after the one at `last`.
#[cfg(feature = "suite")]
fn due_after(last: u64) {
    let next = last + PERIOD;
    // It is due between the writes at the earliest when it would be anyway.
    let [low, high] = due();
    low.write(next as u32);
    high.write((next >> 32) as u32);
}

/// Where the machine `virt`, the one that this is for, has the time of the next tick: a register of its timer, which has no
/// alias in memory and writes to none.
#[cfg(feature = "suite")]
fn due() -> [Register<u32>; 2] {
    [0x0200_4000, 0x0200_4004].map(|register| Register(register as *mut u32))
}

#[core_interrupt(Interrupt::MachineExternal)]
fn external() {
    let Some(machine) = port::machine() else { end(exit::FAULTED) };
    let source = machine.controller(CLAIM).read();
    port::receive(machine);
    machine.controller(CLAIM).write(source);
}

// SAFETY: the runtime's own names for the handlers of what has none, with its signatures.
#[unsafe(export_name = "DefaultHandler")]
extern "C" fn unexpected() -> ! {
    end(exit::FAULTED)
}

// SAFETY: as above.
#[unsafe(export_name = "ExceptionHandler")]
extern "C" fn exception(_: &riscv_rt::TrapFrame) -> ! {
    end(exit::FAULTED)
}

/// A register of a [`Machine`].
struct Register<T>(*mut T);

impl<T> Register<T> {
    fn read(&self) -> T {
        // SAFETY: who made the `Machine` says that its blocks are there, and they have no alias in memory.
        unsafe { self.0.read_volatile() }
    }

    fn write(&self, value: T) {
        // SAFETY: as above; none of the registers below makes the machine write to memory.
        unsafe { self.0.write_volatile(value) }
    }
}

// Registers of the UART, and their bits.
const DATA: usize = 0;
const INTERRUPT_ENABLE: usize = 1;
const LINE_STATE: usize = 5;
const RX_INTERRUPT: u8 = 1 << 0;
const RX_FULL: u8 = 1 << 0;
const TX_EMPTY: u8 = 1 << 5;

// Registers of the interrupt controller.
const PRIORITIES: usize = 0;
const ENABLES: usize = 0x2000;
const THRESHOLD: usize = 0x20_0000;
const CLAIM: usize = 0x20_0004;
