//! What is shown, and more pins.

use aingle_wasm_guest::hal::{Delay, Error, I2c, Output, Spi, SpiBus};
use embedded_graphics_core::{pixelcolor::Rgb565, prelude::*};
use max7219::MAX7219;
use mipidsi::{interface::SpiInterface, models::ST7789, Builder};
use pcf857x::{OutputPin as _, Pcf8574, SlaveAddr};
use smart_leds_trait::{SmartLedsWrite, RGB8};
use ws2812_spi::Ws2812;

use crate::did;

pub fn all() -> Result<(), Error> {
    let mut buffer = [0; 64];
    let panel = SpiInterface::new(Spi::open("panel")?, Output::open("dc")?, &mut buffer);
    let display = Builder::new(ST7789, panel).init(&mut Delay::open("delay")?);
    did(display.map_err(|_| Error::Other)?.clear(Rgb565::RED))?;

    let mut lights = Ws2812::new(SpiBus::open("lights")?);
    did(lights.write([RGB8::new(1, 2, 3)]))?;

    let mut digits = MAX7219::from_spi(1, Spi::open("digits")?).map_err(|_| Error::Other)?;
    did(digits.power_on())?;

    let mut expander = Pcf8574::new(I2c::open("bus")?, SlaveAddr::default());
    did(expander.set(0b1010_1010))?;
    did(expander.split().p0.set_high())?;

    let mut pca = port_expander::Pca9555::new(I2c::open("bus")?, true, false, false);
    let pins = pca.split();
    let mut output = pins.io0_0.into_output().map_err(|_| Error::Other)?;
    did(output.set_high())
}
