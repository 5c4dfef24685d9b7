//! Air, light and current.

use ads1x1x::{channel, Ads1x1x, TargetAddr};
use aingle_wasm_guest::hal::{Delay, Error, I2c};
use ina219::{address::Address, calibration::UnCalibrated, SyncIna219};

use crate::did;

pub fn all() -> Result<(), Error> {
    let bus = || I2c::open("bus");
    let delay = || Delay::open("delay");

    let mut bme = bme280::i2c::BME280::new_primary(bus()?);
    did(bme.init(&mut delay()?))?;
    did(bme.measure(&mut delay()?))?;

    let mut sht = sht4x::Sht4x::new(bus()?);
    did(sht.measure(sht4x::Precision::High, &mut delay()?))?;

    let mut shtc = shtcx::shtc3(bus()?);
    did(shtc.measure(shtcx::PowerMode::NormalMode, &mut delay()?))?;

    let mut scd = scd4x::Scd4x::new(bus()?, delay()?);
    did(scd.start_periodic_measurement())?;
    did(scd.measurement())?;

    let mut aht = aht20_driver::AHT20::new(bus()?, aht20_driver::SENSOR_ADDRESS);
    let mut aht = aht.init(&mut delay()?).map_err(|_| Error::Other)?;
    did(aht.measure(&mut delay()?))?;

    let mut light = veml7700::Veml7700::new(bus()?);
    did(light.enable())?;
    did(light.read_lux())?;

    did(opt300x::Opt300x::new_opt3001(bus()?, opt300x::SlaveAddr::default()).read_raw())?;

    let mut current = SyncIna219::new_calibrated(
        bus()?,
        Address::from_byte(0x40).map_err(|_| Error::Argument)?,
        UnCalibrated,
    )
    .map_err(|_| Error::Other)?;
    did(current.bus_voltage())?;

    let mut adc = Ads1x1x::new_ads1015(bus()?, TargetAddr::default());
    did(adc.read(channel::SingleA0))
}
