//! What boards with a Raspberry Pi chip share: the link on UART 0, and what guests may drive. The chip's crate is the
//! board's, as `hal`.

use core::{cell::RefCell, convert::Infallible};

use aingle_wasm_boards_common::{
    Ring,
    hardware::{
        Edges, Guests, Pair, Parts, Port,
        firmware::{self, Chip},
        pair,
    },
    time::Time,
};
use cortex_m::peripheral::NVIC;
use critical_section::Mutex;
use embedded_hal::digital::{ErrorType, InputPin};

use crate::hal::{
    fugit::{HertzU32, RateExtU32},
    gpio::{FunctionSioInput, FunctionUart, InOutPin, Interrupt, Pin, Pins, PullDown, PullUp, bank0},
    pac::{self, PWM, RESETS, UART0, interrupt},
    pwm,
    uart::{DataBits, Reader, StopBits, UartConfig, UartPeripheral},
};

/// Serves guests in `guests`. The UART's clock has `frequency`.
pub fn run<C: Chip, const N: usize, const HEAP: usize>(
    guests: &'static Guests<N, HEAP>,
    pins: Pins,
    (uart, frequency): (UART0, HertzU32),
    pwm: PWM,
    resets: &mut RESETS,
) -> ! {
    let line = UartConfig::new(BAUD.Hz(), DataBits::Eight, None, StopBits::One);
    let uart = UartPeripheral::new(uart, (pins.gpio0.reconfigure(), pins.gpio1.reconfigure()), resets);
    let Ok(uart) = uart.enable(line, frequency) else { unreachable!("the UART's clock is fast enough") };
    let (mut receiver, sender) = uart.split();
    receiver.enable_rx_interrupt();
    critical_section::with(|section| RECEIVER.replace(section, Some(receiver)));
    unmask(pac::Interrupt::UART0_IRQ);
    let port = Port::new(&RECEIVED, |bytes| sender.write_full_blocking(bytes));

    let mut slice = pwm::Slices::new(pwm, resets).pwm7;
    slice.set_top(LAMP_STEPS - 1);
    slice.set_div_int(LAMP_DIVIDER);
    slice.enable();
    let mut lamp = slice.channel_b;
    lamp.output_to(pins.gpio15);
    let (data, clock) =
        (InOutPin::new(pins.gpio4.into_pull_up_input()), InOutPin::new(pins.gpio5.into_pull_up_input()));
    let parts = Parts::new()
        .output("led", pins.gpio25.into_push_pull_output())
        .input_with("button", watched(pins.gpio14.into_pull_up_input(), C::nanos), &EDGES)
        .i2c("sensors", Pair::bus(clock, data, Time(C::nanos)), pair::HZ)
        .pwm("lamp", lamp);
    firmware::run::<C, FRAME, _, _>(guests, parts, port)
}

/// Bytes that came and were not read yet.
static RECEIVED: Ring<2048> = Ring::new();

/// The half of the UART that the interrupt owns.
static RECEIVER: Mutex<RefCell<Option<Receiver>>> = Mutex::new(RefCell::new(None));

type UartPin<I> = Pin<I, FunctionUart, PullDown>;

type Receiver = Reader<UART0, (UartPin<bank0::Gpio0>, UartPin<bank0::Gpio1>)>;

/// Changes of the button's level.
static EDGES: Edges = Edges::new();

/// The button, which its interrupt owns, and the clock.
static BUTTON: Mutex<RefCell<Option<(ButtonPin, Clock)>>> = Mutex::new(RefCell::new(None));

type ButtonPin = Pin<bank0::Gpio14, FunctionSioInput, PullUp>;

type Clock = fn() -> Option<u64>;

/// Has the button interrupt, and lends it to guests.
fn watched(pin: ButtonPin, clock: Clock) -> Button {
    for edge in [Interrupt::EdgeLow, Interrupt::EdgeHigh] {
        pin.set_interrupt_enabled(edge, true);
    }
    critical_section::with(|section| BUTTON.replace(section, Some((pin, clock))));
    unmask(pac::Interrupt::IO_IRQ_BANK0);
    Button
}

/// The button, as guests read it.
struct Button;

impl ErrorType for Button {
    type Error = Infallible;
}

impl InputPin for Button {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        critical_section::with(|section| {
            // It is there as long as this is.
            BUTTON.borrow_ref_mut(section).as_mut().map_or(Ok(true), |(pin, _)| pin.is_high())
        })
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        self.is_high().map(|high| !high)
    }
}

/// Lets an interrupt come.
#[allow(unsafe_code)]
fn unmask(interrupt: pac::Interrupt) {
    // SAFETY: no critical section is open, and the handlers share only what has its own.
    unsafe { NVIC::unmask(interrupt) };
}

#[interrupt]
fn IO_IRQ_BANK0() {
    critical_section::with(|section| {
        let mut button = BUTTON.borrow_ref_mut(section);
        let Some((pin, clock)) = button.as_mut() else { return };
        let micros = clock().unwrap_or_default() / 1000;
        let came = [Interrupt::EdgeLow, Interrupt::EdgeHigh].map(|edge| {
            let came = pin.interrupt_status(edge);
            if came {
                pin.clear_interrupt(edge);
            }
            came
        });
        // An edge that comes from here on interrupts again. Of two that came together, the one to the level that it has
        // now was the last.
        let Ok(is_high) = pin.is_high();
        for high in [!is_high, is_high] {
            if came[usize::from(high)] {
                EDGES.push(micros, high);
            }
        }
    });
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
pub const CRYSTAL: u32 = 12_000_000;

/// Bits a second on the link.
const BAUD: u32 = 115_200;

/// Steps of the lamp's brightness, and the clocks that one takes: too few to be seen.
const LAMP_STEPS: u16 = 1000;
const LAMP_DIVIDER: u8 = 125;

/// Longest frame on the wire, in bytes.
const FRAME: usize = 1024;
