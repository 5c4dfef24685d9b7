//! The UART, as the link sees it: its registers, by words. The driver library writes single bytes to them, which the chip
//! takes and its emulator does not.

use core::cell::RefCell;

use aingle_wasm_boards_common::Ring;
use critical_section::Mutex;
use stm32l4xx_hal::{
    pac::{self, NVIC, USART1, interrupt},
    prelude::*,
    rcc::{APB2, Clocks},
    serial::{Config, Event, Pins, Serial},
};

/// Bytes that came and were not read yet.
pub static RECEIVED: Ring<1024> = Ring::new();

/// The UART, which the interrupt reads and the program writes.
static UART: Mutex<RefCell<Option<USART1>>> = Mutex::new(RefCell::new(None));

/// Switches the UART on.
pub fn open(uart: USART1, pins: impl Pins<USART1>, clocks: Clocks, bus: &mut APB2) {
    let mut serial = Serial::usart1(uart, pins, Config::default().baudrate(BAUD.bps()), clocks, bus);
    serial.listen(Event::Rxne);
    let (uart, _) = serial.release();
    critical_section::with(|section| UART.replace(section, Some(uart)));
    unmask();
}

/// Writes `bytes` and comes back when the last is under way.
pub fn send(bytes: &[u8]) {
    for &byte in bytes {
        while !with_uart(|uart| uart.isr.read().txe().bit()) {}
        with_uart(|uart| {
            uart.tdr.write(|to| to.tdr().bits(byte.into()));
            true
        });
    }
}

#[interrupt]
fn USART1() {
    with_uart(|uart| {
        RECEIVED.take(|| uart.isr.read().rxne().bit().then(|| uart.rdr.read().rdr().bits() as u8));
        // A byte that came too early is lost, and no reason to stop.
        uart.icr.write(|clear| clear.orecf().set_bit());
        true
    });
}

/// What `act` says; `false` before there is a UART.
fn with_uart(act: impl FnOnce(&USART1) -> bool) -> bool {
    critical_section::with(|section| UART.borrow_ref(section).as_ref().is_some_and(act))
}

/// Lets bytes of the link interrupt.
#[allow(unsafe_code)]
fn unmask() {
    // SAFETY: no critical section is open, and the handler shares only what has its own.
    unsafe { NVIC::unmask(pac::Interrupt::USART1) };
}

/// Bits a second on the link.
const BAUD: u32 = 115_200;
