//! The machine's UART and counters, and all that is unsafe in this firmware.

use core::convert::Infallible;

use aingle_wasm_boards_common::{
    Ring,
    emulated::{self, exit},
};
use cortex_m::{asm, interrupt::InterruptNumber, peripheral::NVIC};
use cortex_m_rt::{ExceptionFrame, exception};
use embedded_io::{ErrorType, Read, Write};

/// UART 0: the link.
///
/// An interrupt moves bytes into a queue as they come. When the queue is full the next byte stays in the
/// UART and the emulator holds back what follows, so none is lost however long a guest runs.
pub struct Uart(());

impl Uart {
    /// Switches the UART on.
    pub fn start() -> Self {
        uart::BAUD_DIVIDER.write(16);
        uart::CONTROL.write(uart::TX_ENABLE | uart::RX_ENABLE | uart::RX_INTERRUPT);
        // SAFETY: no critical section is open, and the handler shares only `RECEIVED`, which has its own.
        unsafe { NVIC::unmask(uart::Received) };
        Self(())
    }
}

impl ErrorType for Uart {
    type Error = Infallible;
}

impl Read for Uart {
    fn read(&mut self, room: &mut [u8]) -> Result<usize, Infallible> {
        loop {
            // Masked from the look to the sleep, or a byte in between would be slept over. An interrupt ends
            // the sleep although it is masked.
            let len = cortex_m::interrupt::free(|_| {
                RECEIVED.fill(uart::next);
                let len = RECEIVED.drain(room);
                if len == 0 && !room.is_empty() {
                    asm::wfi();
                }
                len
            });
            if len > 0 || room.is_empty() {
                return Ok(len);
            }
        }
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        for &byte in bytes {
            self.flush()?;
            uart::DATA.write(byte.into());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        while uart::STATE.read() & uart::TX_FULL != 0 {}
        Ok(())
    }
}

/// Nanoseconds since the machine started, in steps of 40.
pub fn nanos() -> Option<u64> {
    let (ticks, hundredths) = (fpga::TICKS.read(), fpga::HUNDREDTHS.read());
    // The fast counter wraps every 171 s; the slow one says how often it has.
    let about = u64::from(hundredths) * TICKS_PER_HUNDREDTH;
    let wraps = (about + (1 << 31)).saturating_sub(ticks.into()) >> 32;
    Some(((wraps << 32) + u64::from(ticks)) * NANOS_PER_TICK)
}

const NANOS_PER_TICK: u64 = 40;
const TICKS_PER_HUNDREDTH: u64 = 250_000;

/// Bytes that the interrupt took and the program has not.
static RECEIVED: Ring<4096> = Ring::new();

#[exception]
unsafe fn DefaultHandler(number: i16) {
    if number != i16::try_from(uart::Received.number()).unwrap_or(-1) {
        emulated::end(exit::FAULTED);
    }
    // Cleared first: a byte that comes after the last look raises it again.
    uart::INTERRUPT_CLEAR.write(uart::RX_CLEAR);
    RECEIVED.fill(uart::next);
}

#[exception]
unsafe fn HardFault(_: &ExceptionFrame) -> ! {
    emulated::end(exit::FAULTED)
}

/// A register of this machine.
struct Register(usize);

impl Register {
    fn read(&self) -> u32 {
        // SAFETY: the addresses below are registers of this machine, which have no alias in memory.
        unsafe { (self.0 as *const u32).read_volatile() }
    }

    fn write(&self, value: u32) {
        // SAFETY: as above; none of them makes the machine write to memory.
        unsafe { (self.0 as *mut u32).write_volatile(value) }
    }
}

mod uart {
    use super::{InterruptNumber, Register};

    pub const DATA: Register = Register(0x4000_4000);
    pub const STATE: Register = Register(0x4000_4004);
    pub const CONTROL: Register = Register(0x4000_4008);
    pub const INTERRUPT_CLEAR: Register = Register(0x4000_400c);
    pub const BAUD_DIVIDER: Register = Register(0x4000_4010);

    pub const TX_FULL: u32 = 1 << 0;
    const RX_FULL: u32 = 1 << 1;
    pub const TX_ENABLE: u32 = 1 << 0;
    pub const RX_ENABLE: u32 = 1 << 1;
    pub const RX_INTERRUPT: u32 = 1 << 3;
    pub const RX_CLEAR: u32 = 1 << 1;

    /// The byte that has come, if any.
    pub fn next() -> Option<u8> {
        (STATE.read() & RX_FULL != 0).then(|| DATA.read() as u8)
    }

    /// The interrupt that says a byte has come.
    #[derive(Clone, Copy)]
    pub struct Received;

    // SAFETY: this machine's interrupt 0 is that of its UART 0 for received bytes.
    unsafe impl InterruptNumber for Received {
        fn number(self) -> u16 {
            0
        }
    }
}

mod fpga {
    use super::Register;

    pub const HUNDREDTHS: Register = Register(0x4002_8014);
    pub const TICKS: Register = Register(0x4002_8018);
}
