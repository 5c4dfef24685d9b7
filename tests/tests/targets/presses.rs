//! Presses of a button on an emulated chip: the guest is told of each by the pin's interrupt.

use std::{thread, time::Duration};

use aingle_wasm::{
    On, Options, Target,
    hardware::{Bench, Call, Fitting, Telling, Wants},
};
use aingle_wasm_core::link::{Delivery, supervisor::Counts};
use aingle_wasm_fuel::canonicalise;
use libtest_mimic::Failed;

use crate::{Done, all::PLENTY, chips::Pins, ensure, examples};

/// Counts them, and costs what it costs on both engines; what comes too fast is dropped, and counted too.
pub fn counted(chip: &mut Target, pins: &mut Pins) -> Done {
    let wants = Wants::read(include_str!("../../../guest/examples/button/grants.toml"))?;
    let mut wasm = canonicalise(&examples::example("button")?)?.into_owned();
    wants.put_into(&mut wasm);
    // A press from before is none of this guest's.
    pins.set(100, "14=1 14=0 14=1")?;
    let before = chip.health()?.counts;
    chip.load(&wasm, |_| ())?;

    pins.set(4000, &["14=0 14=1"; 8].join(" "))?;
    wait_for(chip, &before, 8)?;
    ensure!(read(chip)? == 8, "{} presses, not 8", read(chip)?);
    ensure!(!pins.is_high(LED)?, "the light is on after 8 presses");
    pins.set(4000, "14=0 14=1")?;
    wait_for(chip, &before, 9)?;
    ensure!(pins.is_high(LED)?, "the light is off after 9 presses");
    let Counts { events, event_fuel, dropped, .. } = chip.health()?.counts;
    let (events, fuel) = (events - before.events, event_fuel - before.event_fuel);
    ensure!((events, dropped) == (9, before.dropped), "{events} events, {dropped} dropped");
    for on in [On::Wasmi, On::Wasmer] {
        let there = on_a_mock(&on, &wasm, &wants)?;
        ensure!(there == fuel, "nine presses take {fuel} on the chip, {there} on {on}");
    }

    pins.set(10, &["14=0 14=1"; 300].join(" "))?;
    wait_for(chip, &before, 309)?;
    let counts = chip.health()?.counts;
    let (events, lost) = (counts.events - before.events, counts.dropped - dropped);
    ensure!(lost > 0 && events + lost == 309, "{events} events, {lost} dropped");
    ensure!(read(chip)? == 309, "{} presses, not 309", read(chip)?);
    Ok(())
}

/// Units of fuel that nine presses take there.
fn on_a_mock(on: &On, wasm: &[u8], wants: &Wants) -> Result<u64, Failed> {
    let event = |at: u32| format!("[[event]]\nat_us = {at}\ninput = \"button\"\nlevel = {}\n", at % 2);
    let presses: String = (2..20).map(event).collect();
    let bench = Bench::mock(&format!("[input.button]\n[output.led]\n{presses}"))?;
    let fitting = Some(Fitting::new(&wants.grants, bench.clone())?);
    let mut target = Target::open(on, &Options { fitting, ..Options::default() })?;
    target.load(wasm, |_| ())?;
    let mut used = 0;
    for (told, Call { entry, fuel, event }) in Telling::new(wasm, bench)?.enumerate() {
        // What a call costs depends on those before: on the chip somebody asked after the eighth press.
        if told == 8 {
            read(&mut target)?;
        }
        used += target.call(&entry, &event, fuel, Delivery::Event)?.run.fuel_used;
    }
    Ok(used)
}

/// Waits until the guest was told of so many presses, or they were dropped.
fn wait_for(chip: &mut Target, before: &Counts, presses: u32) -> Done {
    for _ in 0..300 {
        let Counts { events, dropped, .. } = chip.health()?.counts;
        if events + dropped - before.events - before.dropped == presses {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(100));
    }
    Err(format!("{:?} after half a minute, and before {before:?}", chip.health()?.counts).into())
}

fn read(chip: &mut Target) -> Result<u32, Failed> {
    let reply = chip.call("read", b"", PLENTY, Delivery::Call)?.bytes;
    let count = reply.try_into().map_err(|reply| format!("{reply:?} is no count"))?;
    Ok(u32::from_le_bytes(count))
}

/// Pin of the light.
const LED: u32 = 25;
