//! AIngle WASM on an STM32F405: loads a guest and calls it, as its link on USART 2 says.
#![no_std]
#![no_main]

use core::cell::RefCell;

use aingle_wasm_boards_common::{
    Heap, Ring,
    hardware::{
        Cycles, Guests, Pair, Parts, Port, clock,
        firmware::{self, Chip},
        pair,
    },
};
use cortex_m_rt::entry;
use critical_section::Mutex;
use stm32f4xx_hal::{
    interrupt,
    pac::{self, NVIC, USART2},
    prelude::*,
    rcc::Config,
    serial::{Rx, Serial, config::Config as Line},
};

/// The host's: guests have heaps of their own.
#[global_allocator]
static HEAP: Heap<{ 4 << 10 }> = Heap::new();

/// All of the RAM but what other variables take.
static GUESTS: Guests<1, { 116 << 10 }> = Guests::new();

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

    let (pins, buses, lights) =
        (chip.GPIOA.split(&mut rcc), chip.GPIOB.split(&mut rcc), chip.GPIOC.split(&mut rcc));
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

    let (_, (lamp, ..)) = chip.TIM3.pwm_hz(LAMP_HZ.Hz(), &mut rcc);
    let mut lamp = lamp.with(pins.pa6);
    lamp.enable();
    let (scl, sda) = (buses.pb8.into_open_drain_output(), buses.pb9.into_open_drain_output());
    let parts = Parts::new()
        .output("led", lights.pc12.into_push_pull_output())
        .input("button", pins.pa0.into_pull_down_input())
        .i2c("sensors", Pair::bus(scl, sda, Cycles(Stm32f405::HERTZ)), pair::HZ)
        .pwm("lamp", lamp);
    firmware::run::<Stm32f405, FRAME, _, _>(&GUESTS, parts, port)
}

struct Stm32f405;

impl Chip for Stm32f405 {
    const NAME: &'static str = "stm32f405";
    const HERTZ: u32 = 16_000_000;

    fn nanos() -> Option<u64> {
        clock::nanos()
    }
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

/// Of the lamp: a thousandth of the clock, for as many steps.
const LAMP_HZ: u32 = 16_000;

/// Longest frame on the wire, in bytes.
const FRAME: usize = 512;
