//! AIngle WASM on an ESP32-C3, as on Espressif's DevKitC: loads guests and calls them, as its link on UART 0 says.
#![no_std]
#![no_main]

#[path = "../../common/firmware/espressif.rs"]
mod espressif;

use aingle_wasm_boards_common::{
    Heap,
    hardware::{Guests, firmware::Chip},
};
use espressif::Pins;

/// The host's: guests have heaps of their own.
#[global_allocator]
static HEAP: Heap<{ 8 << 10 }> = Heap::new();

/// The stack has what is left of the RAM.
static GUESTS: Guests<1, { 160 << 10 }> = Guests::new();

#[esp_hal::main]
fn main() -> ! {
    let chip = espressif::start();
    let uart = espressif::uart(chip.UART0).with_tx(chip.GPIO21).with_rx(chip.GPIO20);
    let pins = Pins {
        led: chip.GPIO10.into(),
        lamp: chip.GPIO3.into(),
        button: chip.GPIO9.into(),
        data: chip.GPIO0.into(),
        clock: chip.GPIO1.into(),
    };
    espressif::run::<Esp32c3, _, _>(&GUESTS, uart, pins, chip.LEDC)
}

struct Esp32c3;

impl Chip for Esp32c3 {
    const NAME: &'static str = "esp32c3";
    const HERTZ: u32 = 160_000_000;

    fn nanos() -> Option<u64> {
        espressif::nanos()
    }
}
