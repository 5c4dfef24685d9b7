//! Acceleration, rotation, distance.

use aingle_wasm_guest::hal::{Delay, Error, I2c};
use mpu6050_dmp::{address::Address, sensor::Mpu6050};

use crate::did;

pub fn all() -> Result<(), Error> {
    let bus = || I2c::open("bus");

    let mut compass = lsm303agr::Lsm303agr::new_with_i2c(bus()?);
    did(compass.init())?;
    did(compass.acceleration())?;

    let mut inertia = lsm6dsox::Lsm6dsox::new(bus()?, lsm6dsox::SlaveAddress::Low, Delay::open("delay")?);
    did(inertia.setup())?;
    did(inertia.temperature())?;

    let mut mpu = Mpu6050::new(bus()?, Address::default()).map_err(|_| Error::Other)?;
    did(mpu.initialize_dmp(&mut Delay::open("delay")?))?;
    did(mpu.accel())?;

    let mut distance = vl53l0x::VL53L0x::new(bus()?).map_err(|_| Error::Other)?;
    did(distance.read_range_single_millimeters_blocking())
}
