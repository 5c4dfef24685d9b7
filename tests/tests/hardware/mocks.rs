//! The example guests, each with the driver of its device unchanged.

use aingle_wasm::hardware::{Bench, Fitting};
use libtest_mimic::Failed;

use crate::{Desk, beside, call, module, same, start, wants};

/// An example: its name, entry, request and reply.
pub type Example = (&'static str, &'static str, &'static [u8], &'static [u8]);

pub const EXAMPLES: &[Example] = &[
    ("thermostat", "control", b"", &18_500_i32.to_le_bytes()),
    ("thermostat_tmp", "control", b"", &(-10_250_i32).to_le_bytes()),
    ("blinker", "fade", b"!", b"dark again"),
    ("clock", "now", b"", b"2026-03-01 12:30:07"),
    ("store", "get", b"", b"21 degrees"),
    ("pulse", "bus", b"\x02", &[3, 4]),
    (
        "survey",
        "survey",
        b"",
        b"dark i2c 6058 spi ef4015 ff03 display 010203 adc 03e80fa0 pwm 03e8 waited 05dc uart a port",
    ),
    ("weather", "weather", b"", b"25 degrees, 1006 hPa, 55 % humid: a change"),
];

/// What a call came to: fuel, host calls, and their digest.
pub type Cost = (u64, (u32, u32));

fn run<E: Desk>(engine: E, (name, entry, request, expected): Example) -> Result<Cost, Failed> {
    let bench = Bench::mock(&beside(name, "mock.toml")?)?;
    let Fitting { grants, bench } = Fitting::new(&wants(name)?, bench)?;
    let mut guest = start(engine, &module(name)?, 0, grants, &bench)?;
    let reply = call(&mut guest, entry, request)?;
    let unmet = bench.unmet().map_or(Ok(()), |unmet| Err(format!("{name}: {unmet}")));
    unmet?;
    same(reply.as_deref(), Ok(expected))?;
    Ok((guest.fuel_used(), guest.host_calls()))
}

pub fn drivers_find_their_devices<E: Desk>(engine: E) -> Result<(), Failed> {
    EXAMPLES.iter().try_for_each(|example| run(engine.clone(), *example).map(drop))
}

pub fn the_engines_agree() -> Result<(), Failed> {
    for example in EXAMPLES {
        let [wasmi, wasmer] = [
            run(aingle_wasm_backend_wasmi::Engine::default(), *example)?,
            run(aingle_wasm_backend_wasmer::Engine::default(), *example)?,
        ];
        same(wasmi, wasmer)?;
        println!("{}: {} units of fuel, {} host calls", example.0, wasmi.0, wasmi.1.0);
    }
    Ok(())
}

pub fn a_difference_is_shown<E: Desk>(engine: E) -> Result<(), Failed> {
    let bench = Bench::mock(
        r#"[i2c.sensors]
           transactions = [{ address = 0x48, write = "01 60e0" }]
           [output.led]
           expect = [1]"#,
    )?;
    let mut guest = start(engine, &module("thermostat")?, 0, wants("thermostat")?, &bench)?;
    same(call(&mut guest, "control", b"")?, Err("the I2C bus failed".to_owned()))?;
    let unmet = bench.unmet().unwrap_or_default();
    let shown = "output.led: \n  expected  1\n  came      \ni2c.sensors: transaction 1\n  expected  0x48 write 0160e0\n  \
                 came      0x48 write 00, read 2 bytes";
    same(unmet.as_str(), shown)
}

pub fn faults_of_a_bus_reach_the_guest<E: Desk>(engine: E) -> Result<(), Failed> {
    for (fault, words) in [
        ("no_address", "no acknowledgement on the I2C bus"),
        ("no_data", "no acknowledgement on the I2C bus"),
        ("arbitration_loss", "the I2C bus failed"),
        ("timed_out", "timed out"),
    ] {
        let bench = Bench::mock(&format!(
            "[output.led]\n[i2c.sensors]\n\
             transactions = [{{ address = 0x48, write = \"00\", read = \"0000\", fault = \"{fault}\" }}]"
        ))?;
        let mut guest = start(engine.clone(), &module("thermostat")?, 0, wants("thermostat")?, &bench)?;
        same(call(&mut guest, "control", b"")?, Err(words.to_owned()))?;
    }
    Ok(())
}

pub fn what_makes_no_sense_is_named() -> Result<(), Failed> {
    for (text, named) in [
        ("i2c.bus = { transactions = [{ write = \"00\" }] }", "transaction 1: it needs the address"),
        ("i2c.bus = { transactions = [{ address = 128 }] }", "7 bits"),
        (
            "i2c.bus = { transactions = [{ address = 1, read = \"00\", operations = [{ read = \"00\" }] }] }",
            "operations are said twice",
        ),
        ("i2c.bus = { transactions = [{ address = 1, operations = [{ wait_ns = 1 }] }] }", "write and read"),
        ("i2c.bus = { transactions = [{ address = 1, fault = \"chip_select\" }] }", "chip_select"),
        (
            "spi.flash = { transactions = [{}, { address = 1 }] }",
            "transaction 2: an SPI device has no address",
        ),
        ("spi.flash = { transactions = [{ fault = \"no_address\" }] }", "no_address"),
        ("uart.gps = { fault = \"bus\" }", "bus"),
    ] {
        let error = Bench::mock(text).err().unwrap_or_default();
        if !error.contains(named) {
            return Err(format!("{text}: {error}").into());
        }
    }
    let many: String = (0..33).map(|number| format!("output.p{number} = {{}}\n")).collect();
    let error = Bench::mock(&format!("{many}[grants]")).err();
    same(error.as_deref(), Some("33 parts: a bench has at most 32"))
}
