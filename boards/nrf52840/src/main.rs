//! AIngle WASM on an nRF52840, as on Nordic's development kit: loads guests and calls them, as its link on UART 0 says.
#![no_std]
#![no_main]

mod lamp;
mod link;

use aingle_wasm_boards_common::{
    Heap,
    hardware::{
        Cycles, Guests, Pair, Parts,
        firmware::{self, Chip},
        pair,
    },
};
use cortex_m_rt::entry;
use embassy_nrf::{
    bind_interrupts,
    buffered_uarte::{BufferedUarte, InterruptHandler},
    config::{Config, HfclkSource},
    gpio::{Flex, Input, Level, Output, OutputDrive, Pull},
    peripherals::UARTE0,
    uarte,
};
use embassy_time::Instant;
use lamp::Lamp;
use link::Link;

/// The host's: guests have heaps of their own.
#[global_allocator]
static HEAP: Heap<{ 4 << 10 }> = Heap::new();

/// The stack has what is left of the RAM, and that of guests' engines what the memory map says.
static GUESTS: Guests<2, { 92 << 10 }> = Guests::new();

bind_interrupts!(struct Interrupts {
    UARTE0 => InterruptHandler<UARTE0>;
});

#[entry]
fn main() -> ! {
    let mut config = Config::default();
    // The internal oscillator is off by more than a UART bears.
    config.hfclk_source = HfclkSource::ExternalXtal;
    let chip = embassy_nrf::init(config);
    let mut line = uarte::Config::default();
    line.baudrate = uarte::Baudrate::Baud115200;
    let (mut received, mut sent) = ([0; 2048], [0; 256]);
    let uart = BufferedUarte::new(
        chip.UARTE0,
        chip.TIMER0,
        chip.PPI_CH0,
        chip.PPI_CH1,
        chip.PPI_GROUP0,
        chip.P0_08,
        chip.P0_06,
        Interrupts,
        line,
        &mut received,
        &mut sent,
    );

    let (data, clock) = (open_drain(Flex::new(chip.P0_26)), open_drain(Flex::new(chip.P0_27)));
    let parts = Parts::new()
        .output("led", Output::new(chip.P0_13, Level::High, OutputDrive::Standard))
        .input("button", Input::new(chip.P0_11, Pull::Up))
        .i2c("sensors", Pair::bus(clock, data, Cycles(Nrf52840::HERTZ)), pair::HZ)
        .pwm("lamp", Lamp::new(chip.PWM0, chip.P0_14));
    firmware::run::<Nrf52840, FRAME, _, _>(&GUESTS, parts, Link(uart))
}

/// Low, or let go and pulled up.
fn open_drain(mut wire: Flex<'static>) -> Flex<'static> {
    wire.set_high();
    wire.set_as_input_output(Pull::Up, OutputDrive::Standard0Disconnect1);
    wire
}

struct Nrf52840;

impl Chip for Nrf52840 {
    const NAME: &'static str = "nrf52840";
    const HERTZ: u32 = 64_000_000;

    /// In steps of the chip's slow clock.
    fn nanos() -> Option<u64> {
        let ticks = u128::from(Instant::now().as_ticks());
        Some((ticks * 1_000_000_000 / u128::from(embassy_time::TICK_HZ)) as u64)
    }
}

/// Longest frame on the wire, in bytes.
const FRAME: usize = 1024;
