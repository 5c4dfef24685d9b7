//! AIngle WASM on an ESP32-C3, as on Espressif's DevKitC: loads a guest and calls it, as its link on UART 0 says.
#![no_std]
#![no_main]

use core::cell::RefCell;

use aingle_wasm_boards_common::{
    Heap, Ring, Station, firmware,
    hardware::{self, Port},
};
use aingle_wasm_core::{engine::Limits, host, link::Board};
use critical_section::Mutex;
use esp_hal::{
    Blocking,
    clock::CpuClock,
    handler, system,
    time::Instant,
    uart::{Config as Line, Uart, UartInterrupt},
};

// What the bootloader reads before it starts the firmware.
esp_bootloader_esp_idf::esp_app_desc!();

#[global_allocator]
static HEAP: Heap<{ 160 << 10 }> = Heap::new();

/// Bytes that came and were not read yet.
static RECEIVED: Ring<2048> = Ring::new();

/// The link's UART, which the interrupt reads and the program writes.
static UART: Mutex<RefCell<Option<Uart<'_, Blocking>>>> = Mutex::new(RefCell::new(None));

#[esp_hal::main]
fn main() -> ! {
    let chip = esp_hal::init(esp_hal::Config::default().with_cpu_clock(CpuClock::max()));
    let Ok(uart) = Uart::new(chip.UART0, Line::default().with_baudrate(BAUD)) else {
        unreachable!("the UART's clock is fast enough")
    };
    let mut uart = uart.with_tx(chip.GPIO21).with_rx(chip.GPIO20);
    uart.set_interrupt_handler(received);
    uart.listen(UartInterrupt::RxFifoFull | UartInterrupt::RxTimeout);
    critical_section::with(|section| UART.replace(section, Some(uart)));

    let board = Board {
        limits: Limits { module: BODY as u32, memory: 64 << 10 },
        imports: host::standard().into(),
        state: |_| Station::new(nanos),
        heap: || HEAP.stats(),
        nanos,
    };
    firmware::run::<_, _, _, FRAME>("esp32c3", board, &mut [0; BODY], Port::new(&RECEIVED, send))
}

/// Nanoseconds since the chip started.
fn nanos() -> Option<u64> {
    Some(Instant::now().duration_since_epoch().as_micros() * 1000)
}

/// Writes `bytes` and comes back when the last is in the UART's own queue.
fn send(mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let sent = with_uart(|uart| if uart.write_ready() { uart.write(bytes) } else { Ok(0) });
        // It has no errors.
        bytes = &bytes[sent.and_then(Result::ok).unwrap_or_default()..];
    }
}

#[handler]
fn received() {
    with_uart(|uart| {
        let mut byte = [0];
        RECEIVED.take(|| matches!(uart.read_buffered(&mut byte), Ok(1)).then_some(byte[0]));
        uart.clear_interrupts(UartInterrupt::RxFifoFull | UartInterrupt::RxTimeout);
    });
}

fn with_uart<R>(act: impl FnOnce(&mut Uart<'_, Blocking>) -> R) -> Option<R> {
    critical_section::with(|section| UART.borrow_ref_mut(section).as_mut().map(act))
}

/// Looking at what the panic says would link the formatting of every message: a quarter of the image.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    hardware::panicked();
    system::software_reset()
}

/// Bits a second on the link.
const BAUD: u32 = 115_200;

/// Longest frame on the wire, in bytes.
const FRAME: usize = 1024;

/// Room for a module, or for a request and its reply, in bytes: on the stack.
const BODY: usize = 32 << 10;
