//! AIngle WASM on an RP2040, as on a Raspberry Pi Pico: loads a guest and calls it, as its link on UART 0 says.
#![no_std]
#![no_main]

mod boot;

use core::cell::{Cell, RefCell};

use aingle_wasm_boards_common::{Heap, Ring, Station, firmware, hardware::Port};
use aingle_wasm_core::{engine::Limits, host, link::Board};
use cortex_m::peripheral::NVIC;
use critical_section::Mutex;
use rp2040_hal::{
    self as hal, Clock, Sio, Timer, Watchdog,
    clocks::init_clocks_and_plls,
    fugit::RateExtU32,
    gpio::{FunctionUart, Pin, Pins, PullDown, bank0},
    pac::{self, UART0, interrupt},
    uart::{DataBits, Reader, StopBits, UartConfig, UartPeripheral},
};

#[global_allocator]
static HEAP: Heap<{ 150 << 10 }> = Heap::new();

/// Bytes that came and were not read yet.
static RECEIVED: Ring<2048> = Ring::new();

/// The half of the UART that the interrupt owns.
static RECEIVER: Mutex<RefCell<Option<Receiver>>> = Mutex::new(RefCell::new(None));

/// The chip's clock, which counts microseconds, once it runs.
static TIMER: Mutex<Cell<Option<Timer>>> = Mutex::new(Cell::new(None));

type UartPin<I> = Pin<I, FunctionUart, PullDown>;

type Receiver = Reader<UART0, (UartPin<bank0::Gpio0>, UartPin<bank0::Gpio1>)>;

#[hal::entry]
fn main() -> ! {
    let Some(mut chip) = pac::Peripherals::take() else { unreachable!("peripherals are taken once") };
    let mut watchdog = Watchdog::new(chip.WATCHDOG);
    let (clocks, pll) = (chip.CLOCKS, (chip.PLL_SYS, chip.PLL_USB));
    let clocks =
        init_clocks_and_plls(CRYSTAL, chip.XOSC, clocks, pll.0, pll.1, &mut chip.RESETS, &mut watchdog);
    let Ok(clocks) = clocks else { unreachable!("the crystal suits the PLLs") };
    let timer = Timer::new(chip.TIMER, &mut chip.RESETS, &clocks);
    critical_section::with(|section| TIMER.borrow(section).set(Some(timer)));

    let pins = Pins::new(chip.IO_BANK0, chip.PADS_BANK0, Sio::new(chip.SIO).gpio_bank0, &mut chip.RESETS);
    let pins = (pins.gpio0.reconfigure(), pins.gpio1.reconfigure());
    let line = UartConfig::new(BAUD.Hz(), DataBits::Eight, None, StopBits::One);
    let uart = UartPeripheral::new(chip.UART0, pins, &mut chip.RESETS);
    let Ok(uart) = uart.enable(line, clocks.peripheral_clock.freq()) else {
        unreachable!("the UART's clock is fast enough")
    };
    let (mut receiver, sender) = uart.split();
    receiver.enable_rx_interrupt();
    critical_section::with(|section| RECEIVER.replace(section, Some(receiver)));
    unmask();
    let port = Port::new(&RECEIVED, |bytes| sender.write_full_blocking(bytes));

    let board = Board {
        limits: Limits { module: BODY as u32, memory: 64 << 10 },
        imports: host::standard().into(),
        state: |_| Station::new(nanos),
        heap: || HEAP.stats(),
        nanos,
    };
    firmware::run::<_, _, _, FRAME>("rp2040", board, &mut [0; BODY], port)
}

/// Nanoseconds since the clock was started; `None` before.
fn nanos() -> Option<u64> {
    let timer = critical_section::with(|section| TIMER.borrow(section).get());
    timer.map(|timer| timer.get_counter().ticks() * 1000)
}

/// Lets bytes of the link interrupt.
#[allow(unsafe_code)]
fn unmask() {
    // SAFETY: no critical section is open, and the handler shares only what has its own.
    unsafe { NVIC::unmask(pac::Interrupt::UART0_IRQ) };
}

#[interrupt]
fn UART0_IRQ() {
    critical_section::with(|section| {
        if let Some(receiver) = RECEIVER.borrow_ref_mut(section).as_mut() {
            let mut byte = [0];
            RECEIVED.take(|| receiver.read_raw(&mut byte).is_ok().then_some(byte[0]));
        }
    });
}

/// Of the crystal, in hertz.
const CRYSTAL: u32 = 12_000_000;

/// Bits a second on the link.
const BAUD: u32 = 115_200;

/// Longest frame on the wire, in bytes.
const FRAME: usize = 1024;

/// Room for a module, or for a request and its reply, in bytes: on the stack.
const BODY: usize = 32 << 10;
