//! AIngle WASM on an nRF52840, as on Nordic's development kit: loads a guest and calls it, as its link on UART 0 says.
#![no_std]
#![no_main]

mod link;

use aingle_wasm_boards_common::{Heap, Station, firmware};
use aingle_wasm_core::{engine::Limits, host, link::Board};
use cortex_m_rt::entry;
use embassy_nrf::{
    bind_interrupts,
    buffered_uarte::{BufferedUarte, InterruptHandler},
    config::{Config, HfclkSource},
    peripherals::UARTE0,
    uarte,
};
use embassy_time::Instant;
use link::Link;

#[global_allocator]
static HEAP: Heap<{ 176 << 10 }> = Heap::new();

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

    let board = Board {
        limits: Limits { module: BODY as u32, memory: 80 << 10 },
        imports: host::standard().into(),
        state: |_| Station::new(nanos),
        heap: || HEAP.stats(),
        nanos,
    };
    firmware::run::<_, _, _, FRAME>("nrf52840", board, &mut [0; BODY], Link(uart))
}

/// Nanoseconds since the chip started, in steps of its slow clock.
fn nanos() -> Option<u64> {
    let ticks = u128::from(Instant::now().as_ticks());
    Some((ticks * 1_000_000_000 / u128::from(embassy_time::TICK_HZ)) as u64)
}

/// Longest frame on the wire, in bytes.
const FRAME: usize = 1024;

/// Room for a module, or for a request and its reply, in bytes: on the stack.
const BODY: usize = 32 << 10;
