//! AIngle WASM on an RP2350, as on a Raspberry Pi Pico 2: loads guests and calls them, as its link on UART 0 says.
#![no_std]
#![no_main]

mod boot;
#[path = "../../common/firmware/rp.rs"]
mod rp;

use core::cell::Cell;

use aingle_wasm_boards_common::{
    Heap,
    hardware::{Guests, firmware::Chip},
};
use critical_section::Mutex;
use rp235x_hal::{
    self as hal, Clock, Sio, Timer, Watchdog, clocks::init_clocks_and_plls, gpio::Pins, pac,
    timer::CopyableTimer0,
};

/// The host's: guests have heaps of their own.
#[global_allocator]
static HEAP: Heap<{ 8 << 10 }> = Heap::new();

/// The stack has what is left of the RAM, and that of guests' engines what the memory map says.
static GUESTS: Guests<2, { 200 << 10 }> = Guests::new();

/// The chip's clock, which counts microseconds, once it runs.
static TIMER: Mutex<Cell<Option<Timer<CopyableTimer0>>>> = Mutex::new(Cell::new(None));

#[hal::entry]
fn main() -> ! {
    let Some(mut chip) = pac::Peripherals::take() else { unreachable!("peripherals are taken once") };
    let mut watchdog = Watchdog::new(chip.WATCHDOG);
    let (clocks, pll) = (chip.CLOCKS, (chip.PLL_SYS, chip.PLL_USB));
    let clocks =
        init_clocks_and_plls(rp::CRYSTAL, chip.XOSC, clocks, pll.0, pll.1, &mut chip.RESETS, &mut watchdog);
    let Ok(clocks) = clocks else { unreachable!("the crystal suits the PLLs") };
    let timer = Timer::new_timer0(chip.TIMER0, &mut chip.RESETS, &clocks);
    critical_section::with(|section| TIMER.borrow(section).set(Some(timer)));

    let pins = Pins::new(chip.IO_BANK0, chip.PADS_BANK0, Sio::new(chip.SIO).gpio_bank0, &mut chip.RESETS);
    let uart = (chip.UART0, clocks.peripheral_clock.freq());
    rp::run::<Rp2350, _, _>(&GUESTS, pins, uart, chip.PWM, &mut chip.RESETS)
}

struct Rp2350;

impl Chip for Rp2350 {
    const NAME: &'static str = "rp2350";
    const HERTZ: u32 = 150_000_000;

    fn nanos() -> Option<u64> {
        let timer = critical_section::with(|section| TIMER.borrow(section).get());
        timer.map(|timer| timer.get_counter().ticks() * 1000)
    }
}
