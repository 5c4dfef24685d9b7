//! What boards with a Raspberry Pi chip share: the link on UART 0, and what guests may drive. The chip's crate is the
//! board's, as `hal`.

use core::cell::RefCell;

use aingle_wasm_boards_common::{
    Ring,
    hardware::{
        Guests, Pair, Parts, Port,
        firmware::{self, Chip},
        pair,
    },
};
use cortex_m::peripheral::NVIC;
use critical_section::Mutex;

use crate::hal::{
    fugit::{HertzU32, RateExtU32},
    gpio::{FunctionUart, InOutPin, Pin, Pins, PullDown, bank0},
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
    unmask();
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
        .input("button", pins.gpio14.into_pull_up_input())
        .i2c("sensors", Pair::bus(clock, data, C::nanos), pair::HZ)
        .pwm("lamp", lamp);
    firmware::run::<C, FRAME, _, _>(guests, parts, port)
}

/// Bytes that came and were not read yet.
static RECEIVED: Ring<2048> = Ring::new();

/// The half of the UART that the interrupt owns.
static RECEIVER: Mutex<RefCell<Option<Receiver>>> = Mutex::new(RefCell::new(None));

type UartPin<I> = Pin<I, FunctionUart, PullDown>;

type Receiver = Reader<UART0, (UartPin<bank0::Gpio0>, UartPin<bank0::Gpio1>)>;

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
pub const CRYSTAL: u32 = 12_000_000;

/// Bits a second on the link.
const BAUD: u32 = 115_200;

/// Steps of the lamp's brightness, and the clocks that one takes: too few to be seen.
const LAMP_STEPS: u16 = 1000;
const LAMP_DIVIDER: u8 = 125;

/// Longest frame on the wire, in bytes.
const FRAME: usize = 1024;
