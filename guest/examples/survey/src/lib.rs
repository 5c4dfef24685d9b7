//! Uses one of each kind of hardware, and says in text what it found.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use aingle_wasm_guest::hal::{
    embedded_hal::{
        delay::DelayNs,
        digital::{InputPin, OutputPin, StatefulOutputPin},
        i2c::{I2c as _, Operation},
        pwm::SetDutyCycle,
        spi::{self, SpiBus as _, SpiDevice},
    },
    embedded_io::{Read, ReadReady, Write},
    Adc, Clock, Delay, Error, I2c, Input, Output, Pwm, Spi, SpiBus, Uart,
};
use aingle_wasm_guest::prelude::*;
use alloc::vec::Vec;

aingle_wasm_guest::panic_handler!();

#[entry]
fn survey(_input: &[u8]) -> Result<Vec<u8>, Error> {
    let mut found = Vec::new();
    pins(&mut found)?;
    buses(&mut found)?;
    levels(&mut found)?;
    time(&mut found)?;
    port(&mut found)?;
    Ok(found)
}

fn pins(found: &mut Vec<u8>) -> Result<(), Error> {
    let (mut button, mut led) = (Input::open("button")?, Output::open("led")?);
    if button.is_high()? {
        led.set_high()?;
    }
    led.toggle()?;
    found.extend_from_slice(if led.is_set_low()? { b"dark" } else { b"light" });
    Ok(())
}

fn buses(found: &mut Vec<u8>) -> Result<(), Error> {
    let (mut bus, mut flash, mut display) =
        (I2c::open("sensors")?, Spi::open("flash")?, SpiBus::open("display")?);
    // What is written may lie in the same place twice.
    let (register, mut read, mut more) = ([0xd0, 0x01], [0], [0]);
    bus.transaction(
        0x76,
        &mut [
            Operation::Write(&register),
            Operation::Write(&register[1..]),
            Operation::Read(&mut read),
            Operation::Read(&mut more),
        ],
    )?;
    hex(found, b" i2c ", &[read, more].concat());
    let (mut id, mut status) = ([0; 3], [0x05, 0]);
    flash.transaction(&mut [
        spi::Operation::Write(&[0x9f]),
        spi::Operation::DelayNs(1500),
        spi::Operation::Read(&mut id),
    ])?;
    flash.transfer_in_place(&mut status)?;
    hex(found, b" spi ", &id);
    hex(found, b" ", &status);
    let mut echo = [0; 3];
    display.transfer(&mut echo, &[0x2a, 0x2b])?;
    display.flush()?;
    hex(found, b" display ", &echo);
    Ok(())
}

fn levels(found: &mut Vec<u8>) -> Result<(), Error> {
    let (mut lamp, mut light) = (Pwm::open("lamp")?, Adc::open("light")?);
    let (measured, max) = (light.read()?, light.max());
    lamp.set_duty_cycle_fraction(measured, max)?;
    hex(found, b" adc ", &[measured.to_be_bytes(), max.to_be_bytes()].concat());
    hex(found, b" pwm ", &lamp.max_duty_cycle().to_be_bytes());
    Ok(())
}

fn time(found: &mut Vec<u8>) -> Result<(), Error> {
    let (mut clock, mut delay) = (Clock::open("clock")?, Delay::open("delay")?);
    let before = clock.micros()?;
    delay.delay_us(1500);
    hex(found, b" waited ", &(clock.micros()? - before).to_be_bytes()[6..]);
    Ok(())
}

fn port(found: &mut Vec<u8>) -> Result<(), Error> {
    let mut gps = Uart::open("gps")?;
    gps.write_all(b"who?\n").map_err(|_| Error::Other)?;
    gps.flush()?;
    found.extend_from_slice(b" uart ");
    let mut room = [0; 4];
    while gps.read_ready()? {
        let len = gps.read(&mut room)?;
        found.extend_from_slice(&room[..len]);
    }
    Ok(())
}

fn hex(found: &mut Vec<u8>, name: &[u8], bytes: &[u8]) {
    found.extend_from_slice(name);
    for byte in bytes {
        found.extend([byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)]));
    }
}
