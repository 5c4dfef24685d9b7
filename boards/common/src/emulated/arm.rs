//! A machine of QEMU's MPS2 family, a Cortex-M, and all that is unsafe about it.

use cortex_m::{asm, interrupt::InterruptNumber, peripheral::NVIC};
pub use cortex_m_rt::entry;
use cortex_m_rt::exception;

use super::{end, exit, port};

/// Where a machine has its UART and its counters.
#[derive(Clone, Copy)]
pub struct Machine {
    uart: usize,
    received: u16,
    counters: usize,
    nanos_per_tick: u32,
    #[cfg_attr(not(feature = "parts"), allow(dead_code, reason = "no guest drives it"))]
    bus: usize,
    #[cfg_attr(not(feature = "parts"), allow(dead_code, reason = "no guest reads it"))]
    serial: usize,
}

impl Machine {
    /// The machine with a UART at the address `uart` that raises interrupt `received` for a byte, and with
    /// counters at `counters` of which the fast one steps every `nanos_per_tick`.
    ///
    /// # Safety
    /// `uart` is a CMSDK UART, `counters` an FPGA system I/O block, and the processor may use both.
    pub const unsafe fn new(uart: usize, received: u16, counters: usize, nanos_per_tick: u32) -> Self {
        assert!((received as usize) < VECTORS, "an interrupt without a vector");
        Self { uart, received, counters, nanos_per_tick, bus: counters, serial: uart }
    }

    /// The machine with its I2C wires at the address `bus`, for guests.
    ///
    /// # Safety
    /// `bus` is an SBCon.
    pub const unsafe fn with_bus(self, bus: usize) -> Self {
        Self { bus, ..self }
    }

    /// The machine with a second UART at the address `serial`, for guests.
    ///
    /// # Safety
    /// `serial` is a CMSDK UART.
    pub const unsafe fn with_serial(self, serial: usize) -> Self {
        Self { serial, ..self }
    }

    /// The machine as its second UART sees it, which is switched on.
    #[cfg(feature = "parts")]
    pub(super) fn serial(self) -> Self {
        let machine = Self { uart: self.serial, ..self };
        if machine.uart(CONTROL).read() & RX_ENABLE == 0 {
            machine.uart(BAUD_DIVIDER).write(16);
            machine.uart(CONTROL).write(TX_ENABLE | RX_ENABLE);
        }
        machine
    }

    /// Its I2C wires.
    #[cfg(feature = "parts")]
    pub(super) fn bus(self) -> Bus {
        Bus(self)
    }

    /// Switches a light on or off.
    #[cfg(feature = "parts")]
    pub(super) fn set_light(self, number: u8, on: bool) {
        let lights = Register(self.counters + LIGHTS);
        let light = 1 << number;
        lights.write(if on { lights.read() | light } else { lights.read() & !light });
    }

    /// Whether a light is on.
    #[cfg(feature = "parts")]
    pub(super) fn light(self, number: u8) -> bool {
        Register(self.counters + LIGHTS).read() >> number & 1 == 1
    }

    /// Switches the UART on.
    pub(super) fn listen(self) {
        self.uart(BAUD_DIVIDER).write(16);
        self.uart(CONTROL).write(TX_ENABLE | RX_ENABLE | RX_INTERRUPT);
        // SAFETY: no critical section is open, and the handler shares only what has its own.
        unsafe { NVIC::unmask(Received(self.received)) };
    }

    /// Whether a byte has come.
    #[cfg(feature = "parts")]
    pub(super) fn has_next(self) -> bool {
        self.uart(STATE).read() & RX_FULL != 0
    }

    /// The byte that has come, if any.
    pub(super) fn next(self) -> Option<u8> {
        (self.uart(STATE).read() & RX_FULL != 0).then(|| self.uart(DATA).read() as u8)
    }

    /// Sends a byte when the UART is not full.
    pub(super) fn put(self, byte: u8) {
        self.uart(DATA).write(byte.into());
    }

    pub(super) fn is_full(self) -> bool {
        self.uart(STATE).read() & TX_FULL != 0
    }

    /// Nanoseconds since the machine started.
    pub(super) fn nanos(self) -> u64 {
        let step = u64::from(self.nanos_per_tick);
        let hundredths = Register(self.counters + HUNDREDTHS).read();
        let ticks = Register(self.counters + TICKS).read();
        // The fast counter wraps within minutes; the slow one says how often it has.
        let about = u64::from(hundredths) * (NANOS_PER_HUNDREDTH / step);
        let wraps = (about + (1 << 31)).saturating_sub(ticks.into()) >> 32;
        ((wraps << 32) + u64::from(ticks)) * step
    }

    fn uart(self, register: usize) -> Register {
        Register(self.uart + register)
    }
}

/// I2C wires, each a bit of one register that sets and of one that clears.
#[cfg(feature = "parts")]
pub(super) struct Bus(Machine);

#[cfg(feature = "parts")]
impl aingle_wasm_core::hal::Wires for Bus {
    fn set_clock(&mut self, high: bool) {
        self.set(CLOCK_WIRE, high);
    }

    fn set_data(&mut self, high: bool) {
        self.set(DATA_WIRE, high);
    }

    fn clock(&mut self) -> bool {
        Register(self.0.bus + SET).read() & CLOCK_WIRE != 0
    }

    fn data(&mut self) -> bool {
        Register(self.0.bus + SET).read() & DATA_WIRE != 0
    }

    /// An emulated device needs no time.
    fn pause(&mut self) {}
}

#[cfg(feature = "parts")]
impl Bus {
    fn set(&self, wire: u32, high: bool) {
        Register(self.0.bus + if high { SET } else { CLEAR }).write(wire);
    }
}

/// Waits for an interrupt.
pub(super) fn sleep() {
    asm::wfi();
}

/// Does what the processor does not know.
#[cfg(feature = "suite")]
pub(super) fn fault() -> ! {
    asm::udf()
}

/// Lets an interrupt come every [`TICK_MICROS`], from now on.
#[cfg(feature = "suite")]
pub(super) fn tick() {
    use cortex_m::{Peripherals, peripheral::syst::SystClkSource};

    use super::compartments::TICK_MICROS;

    let Some(Peripherals { SYST: mut timer, .. }) = Peripherals::take() else { end(exit::FAULTED) };
    timer.set_clock_source(SystClkSource::Core);
    // The machine with a Cortex-M33 has a clock of 20 MHz, the others of 25.
    let megahertz = if cfg!(armv8m) { 20 } else { 25 };
    timer.set_reload(TICK_MICROS * megahertz - 1);
    timer.clear_current();
    timer.enable_counter();
    timer.enable_interrupt();
}

/// Whether interrupts are masked.
#[cfg(feature = "suite")]
pub(super) fn is_masked() -> bool {
    cortex_m::register::primask::read().is_inactive()
}

#[cfg(feature = "suite")]
#[exception]
fn SysTick() {
    super::compartments::ticked();
}

const NANOS_PER_HUNDREDTH: u64 = 10_000_000;

#[exception]
unsafe fn DefaultHandler(number: i16) {
    let machine = port::machine().filter(|machine| i16::try_from(machine.received) == Ok(number));
    let Some(machine) = machine else { end(exit::FAULTED) };
    // Cleared first: a byte that comes after the last look raises it again.
    machine.uart(INTERRUPT_CLEAR).write(RX_CLEAR);
    port::receive(machine);
}

/// The vectors of interrupts, which are all the same. The runtime would make a table for all that a Cortex-M can have.
// SAFETY: this is the table that the runtime's linker script puts behind the exceptions' vectors, and the handler is the
// one above.
#[unsafe(link_section = ".vector_table.interrupts")]
#[unsafe(no_mangle)]
static __INTERRUPTS: [unsafe extern "C" fn(); VECTORS] = {
    unsafe extern "C" {
        #[link_name = "DefaultHandler"]
        fn handler();
    }
    [handler; VECTORS]
};

/// As many as reach to the last interrupt that one of these machines unmasks.
const VECTORS: usize = 40;

/// The interrupt that says a byte has come.
#[derive(Clone, Copy)]
struct Received(u16);

// SAFETY: who made the `Machine` says so.
unsafe impl InterruptNumber for Received {
    fn number(self) -> u16 {
        self.0
    }
}

/// A register of a [`Machine`].
struct Register(usize);

impl Register {
    fn read(&self) -> u32 {
        // SAFETY: who made the `Machine` says that its blocks are there, and they have no alias in memory.
        unsafe { (self.0 as *const u32).read_volatile() }
    }

    fn write(&self, value: u32) {
        // SAFETY: as above; none of the registers below makes the machine write to memory.
        unsafe { (self.0 as *mut u32).write_volatile(value) }
    }
}

// Registers of the UART, and their bits.
const DATA: usize = 0x00;
const STATE: usize = 0x04;
const CONTROL: usize = 0x08;
const INTERRUPT_CLEAR: usize = 0x0c;
const BAUD_DIVIDER: usize = 0x10;
const TX_FULL: u32 = 1 << 0;
const RX_FULL: u32 = 1 << 1;
const TX_ENABLE: u32 = 1 << 0;
const RX_ENABLE: u32 = 1 << 1;
const RX_INTERRUPT: u32 = 1 << 3;
const RX_CLEAR: u32 = 1 << 1;

// Registers of the counters.
const HUNDREDTHS: usize = 0x14;
const TICKS: usize = 0x18;

// Registers for guests.
#[cfg(feature = "parts")]
const LIGHTS: usize = 0x00;
#[cfg(feature = "parts")]
const SET: usize = 0x00;
#[cfg(feature = "parts")]
const CLEAR: usize = 0x04;
#[cfg(feature = "parts")]
const CLOCK_WIRE: u32 = 1 << 0;
#[cfg(feature = "parts")]
const DATA_WIRE: u32 = 1 << 1;
