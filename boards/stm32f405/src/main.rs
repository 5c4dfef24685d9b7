//! AIngle WASM on an STM32F405: loads a guest and calls it, as its link on USART 2 says.
#![no_std]
#![no_main]

use core::cell::RefCell;

use aingle_wasm_boards_common::{
    Heap, Ring, Station, firmware,
    hardware::{Port, clock},
};
use aingle_wasm_core::{engine::Limits, host, link::Board};
use cortex_m_rt::entry;
use critical_section::Mutex;
use stm32f4xx_hal::{
    interrupt,
    pac::{self, NVIC, USART2},
    prelude::*,
    rcc::Config,
    serial::{Rx, Serial, config::Config as Line},
};

/// All of the RAM but what other variables take.
#[global_allocator]
static HEAP: Heap<{ 120 << 10 }> = Heap::new();

/// Bytes that came and were not read yet.
static RECEIVED: Ring<1024> = Ring::new();

/// The half of the UART that the interrupt owns.
static RECEIVER: Mutex<RefCell<Option<Rx<USART2>>>> = Mutex::new(RefCell::new(None));

#[entry]
fn main() -> ! {
    let (Some(core), Some(chip)) = (cortex_m::Peripherals::take(), pac::Peripherals::take()) else {
        unreachable!("peripherals are taken once")
    };
    // The internal oscillator: a board may have any crystal or none, and the emulator has none.
    let mut rcc = chip.RCC.freeze(Config::hsi());
    clock::start(core.SYST, rcc.clocks.sysclk().raw(), clock::LONGEST);

    let pins = chip.GPIOA.split(&mut rcc);
    let line = Line::default().baudrate(BAUD.bps());
    let Ok(uart) = Serial::new(chip.USART2, (pins.pa2, pins.pa3), line, &mut rcc) else {
        unreachable!("the UART's clock is fast enough")
    };
    let (mut sender, mut receiver) = uart.split();
    receiver.listen();
    critical_section::with(|section| RECEIVER.replace(section, Some(receiver)));
    unmask();
    let port = Port::new(&RECEIVED, |bytes| {
        // It has no errors.
        _ = sender.bwrite_all(bytes);
    });

    let board = Board {
        limits: Limits { module: BODY as u32, memory: 48 << 10 },
        imports: host::standard().into(),
        state: |_| Station::new(clock::nanos),
        heap: || HEAP.stats(),
        nanos: clock::nanos,
    };
    firmware::run::<_, _, _, FRAME>("stm32f405", board, &mut [0; BODY], port)
}

/// Lets bytes of the link interrupt.
#[allow(unsafe_code)]
fn unmask() {
    // SAFETY: no critical section is open, and the handler shares only what has its own.
    unsafe { NVIC::unmask(pac::Interrupt::USART2) };
}

#[interrupt]
fn USART2() {
    critical_section::with(|section| {
        if let Some(receiver) = RECEIVER.borrow_ref_mut(section).as_mut() {
            RECEIVED.take(|| receiver.read().ok());
        }
    });
}

/// Bits a second on the link.
const BAUD: u32 = 115_200;

/// Longest frame on the wire, in bytes.
const FRAME: usize = 512;

/// Room for a module, or for a request and its reply, in bytes: on the stack.
const BODY: usize = 12 << 10;
