//! What boards with an Espressif chip share: the link on UART 0, what guests may drive, and what a panic does.

use core::cell::RefCell;

use aingle_wasm_boards_common::{
    Ring,
    hardware::{
        self, Guests, Pair, Parts, Port,
        firmware::{self, Chip},
        pair,
    },
    time::Time,
};
use critical_section::Mutex;
use esp_hal::{
    Blocking,
    clock::CpuClock,
    gpio::{AnyPin, DriveMode, Flex, Input, InputConfig, Level, Output, OutputConfig, Pull},
    handler,
    ledc::{
        LSGlobalClkSource, Ledc, LowSpeed,
        channel::{self, ChannelIFace},
        timer::{self, LSClockSource, TimerIFace},
    },
    peripherals::{LEDC, Peripherals, UART0},
    system,
    time::{Instant, Rate},
    uart::{Config as Line, Uart, UartInterrupt},
};
use static_cell::StaticCell;

// What the bootloader reads before it starts the firmware.
esp_bootloader_esp_idf::esp_app_desc!();

/// The pins that guests drive.
pub struct Pins {
    pub led: AnyPin<'static>,
    pub lamp: AnyPin<'static>,
    pub button: AnyPin<'static>,
    pub data: AnyPin<'static>,
    pub clock: AnyPin<'static>,
}

/// Starts the chip.
pub fn start() -> Peripherals {
    esp_hal::init(esp_hal::Config::default().with_cpu_clock(CpuClock::max()))
}

/// The link's UART, without pins.
pub fn uart(uart: UART0<'static>) -> Uart<'static, Blocking> {
    let Ok(uart) = Uart::new(uart, Line::default().with_baudrate(BAUD)) else {
        unreachable!("the UART's clock is fast enough")
    };
    uart
}

/// Serves guests in `guests` over `uart`.
pub fn run<C: Chip, const N: usize, const HEAP: usize>(
    guests: &'static Guests<N, HEAP>,
    mut uart: Uart<'static, Blocking>,
    pins: Pins,
    ledc: LEDC<'static>,
) -> ! {
    uart.set_interrupt_handler(received);
    uart.listen(UartInterrupt::RxFifoFull | UartInterrupt::RxTimeout);
    critical_section::with(|section| UART.replace(section, Some(uart)));

    let (data, clock) = (open_drain(pins.data), open_drain(pins.clock));
    let parts = Parts::new()
        .output("led", Output::new(pins.led, Level::Low, OutputConfig::default()))
        .input("button", Input::new(pins.button, InputConfig::default().with_pull(Pull::Up)))
        .i2c("sensors", Pair::bus(clock, data, Time(nanos)), pair::HZ)
        .pwm("lamp", lamp(ledc, pins.lamp));
    firmware::run::<C, FRAME, _, _>(guests, parts, Port::new(&RECEIVED, send))
}

/// Low, or let go and pulled up.
fn open_drain(pin: AnyPin<'static>) -> Flex<'static> {
    let mut wire = Flex::new(pin);
    wire.apply_output_config(
        &OutputConfig::default().with_drive_mode(DriveMode::OpenDrain).with_pull(Pull::Up),
    );
    wire.set_high();
    wire.set_output_enable(true);
    wire.set_input_enable(true);
    wire
}

fn lamp(ledc: LEDC<'static>, pin: AnyPin<'static>) -> channel::Channel<'static, LowSpeed> {
    static TIMER: StaticCell<timer::Timer<'static, LowSpeed>> = StaticCell::new();
    let mut ledc = Ledc::new(ledc);
    ledc.set_global_slow_clock(LSGlobalClkSource::APBClk);
    let timer = TIMER.init(ledc.timer::<LowSpeed>(timer::Number::Timer0));
    let pace = timer::config::Config {
        duty: timer::config::Duty::Duty10Bit,
        clock_source: LSClockSource::APBClk,
        frequency: Rate::from_khz(1),
    };
    let mut lamp = ledc.channel::<LowSpeed>(channel::Number::Channel0, pin);
    let set = timer.configure(pace).is_ok()
        && lamp
            .configure(channel::config::Config { timer, duty_pct: 0, drive_mode: DriveMode::PushPull })
            .is_ok();
    assert!(set, "the lamp's clock has such a step");
    lamp
}

/// Nanoseconds since the chip started.
pub fn nanos() -> Option<u64> {
    Some(Instant::now().duration_since_epoch().as_micros() * 1000)
}

/// Bytes that came and were not read yet.
static RECEIVED: Ring<2048> = Ring::new();

/// The link's UART, which the interrupt reads and the program writes.
static UART: Mutex<RefCell<Option<Uart<'_, Blocking>>>> = Mutex::new(RefCell::new(None));

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
