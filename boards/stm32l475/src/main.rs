//! AIngle WASM on an STM32L475, as on ST's B-L475E-IOT01A: loads a guest and calls it, as its link on USART 1 says.
#![no_std]
#![no_main]

mod adapter;
mod link;

use adapter::{Lamp, Wired};
use aingle_wasm_boards_common::{
    Heap,
    hardware::{
        Cycles, Guests, Pair, Parts, Port, clock,
        firmware::{self, Chip},
        pair,
    },
};
use cortex_m_rt::entry;
use stm32l4xx_hal::{pac, prelude::*};

/// The host's: guests have heaps of their own.
#[global_allocator]
static HEAP: Heap<{ 2 << 10 }> = Heap::new();

/// All of the larger memory but what other variables take.
static GUESTS: Guests<1, { 66 << 10 }> = Guests::new();

#[entry]
fn main() -> ! {
    let (Some(core), Some(chip)) = (cortex_m::Peripherals::take(), pac::Peripherals::take()) else {
        unreachable!("peripherals are taken once")
    };
    let (mut flash, mut rcc) = (chip.FLASH.constrain(), chip.RCC.constrain());
    let mut power = chip.PWR.constrain(&mut rcc.apb1r1);
    let clocks = rcc.cfgr.sysclk(Stm32l475::HERTZ.Hz()).freeze(&mut flash.acr, &mut power);
    clock::start(core.SYST, clocks.sysclk().raw(), ROUND);

    let mut a = chip.GPIOA.split(&mut rcc.ahb2);
    let mut b = chip.GPIOB.split(&mut rcc.ahb2);
    let mut c = chip.GPIOC.split(&mut rcc.ahb2);
    let line = (
        b.pb6.into_alternate(&mut b.moder, &mut b.otyper, &mut b.afrl),
        b.pb7.into_alternate(&mut b.moder, &mut b.otyper, &mut b.afrl),
    );
    link::open(chip.USART1, line, clocks, &mut rcc.apb2);
    let port = Port::new(&link::RECEIVED, link::send);

    let mut wires = (
        b.pb10.into_open_drain_output(&mut b.moder, &mut b.otyper),
        b.pb11.into_open_drain_output(&mut b.moder, &mut b.otyper),
    );
    wires.0.internal_pull_up(&mut b.pupdr, true);
    wires.1.internal_pull_up(&mut b.pupdr, true);
    let lamp = a.pa15.into_alternate(&mut a.moder, &mut a.otyper, &mut a.afrh);
    let lamp = chip.TIM2.pwm(lamp, Lamp::HZ.Hz(), clocks, &mut rcc.apb1r1);
    let parts = Parts::new()
        .output("led", Wired(a.pa5.into_push_pull_output(&mut a.moder, &mut a.otyper)))
        .input("button", Wired(c.pc13.into_pull_up_input(&mut c.moder, &mut c.pupdr)))
        .i2c("sensors", Pair::bus(Wired(wires.0), Wired(wires.1), Cycles(Stm32l475::HERTZ)), pair::HZ)
        .pwm("lamp", Lamp::new(lamp));
    firmware::run::<Stm32l475, FRAME, _, _>(&GUESTS, parts, port)
}

struct Stm32l475;

impl Chip for Stm32l475 {
    const NAME: &'static str = "stm32l475";
    const HERTZ: u32 = 80_000_000;

    fn nanos() -> Option<u64> {
        clock::nanos()
    }
}

/// Ticks between two interrupts of the clock: the emulator looks for bytes of the link only when something happens.
const ROUND: u32 = 8_000;

/// Longest frame on the wire, in bytes.
const FRAME: usize = 512;
