//! Temperature, and how much of it radiates.

use aingle_wasm_guest::hal::{Error, I2c};

use crate::did;

pub fn all() -> Result<(), Error> {
    let bus = || I2c::open("bus");

    did(lm75::Lm75::new(bus()?, lm75::Address::default()).read_temperature())?;

    let mut tmp = tmp1x2::Tmp1x2::new(bus()?, tmp1x2::SlaveAddr::default());
    did(tmp.set_conversion_rate(tmp1x2::ConversionRate::_8Hz))?;
    did(tmp.read_temperature())?;

    let mut mcp = mcp9808::MCP9808::new(bus()?);
    did(mcp.read_temperature())?;

    let mut tmp006 = tmp006::Tmp006::new(bus()?, tmp006::SlaveAddr::default());
    did(tmp006.enable())?;
    did(tmp006.read_sensor_data())
}
