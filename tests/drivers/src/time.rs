//! Clocks, and memory that outlasts power.

use aingle_wasm_guest::hal::{Delay, Error, I2c, Output, Spi};
use ds1307::DateTimeAccess;
use ds323x::DateTimeAccess as _;
use eeprom24x::{Eeprom24x, SlaveAddr, Storage};
use embedded_sdmmc::{SdCard, TimeSource, Timestamp, VolumeIdx, VolumeManager};
use embedded_storage::Storage as _;

use crate::did;

pub fn all() -> Result<(), Error> {
    let bus = || I2c::open("bus");

    did(ds1307::Ds1307::new(bus()?).datetime())?;
    did(ds323x::Ds323x::new_ds3231(bus()?).datetime())?;

    let eeprom = Eeprom24x::new_24x32(bus()?, SlaveAddr::default());
    did(Storage::new(eeprom, Delay::open("delay")?).write(0, b"kept"))?;

    let mut flash = w25q32jv::W25q32jv::new(Spi::open("flash")?, Output::open("hold")?, Output::open("wp")?)
        .map_err(|_| Error::Other)?;
    did(flash.read(0, &mut [0; 16]))?;

    let card = SdCard::new(Spi::open("card")?, Delay::open("delay")?);
    let volumes = VolumeManager::new(card, NoTime);
    let volume = volumes.open_volume(VolumeIdx(0));
    did(volume.and_then(|volume| volume.close()))
}

struct NoTime;

impl TimeSource for NoTime {
    fn get_timestamp(&self) -> Timestamp {
        Timestamp::from_fat(0, 0)
    }
}
