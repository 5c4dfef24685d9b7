//! Buses that expect certain transactions, in order, and answer them.

use std::num::NonZeroU32;

use aingle_wasm_core::hal::Code;
use embedded_hal::{
    i2c::{self, ErrorType as I2cErrors},
    spi::{self, ErrorType as SpiErrors, SpiDevice},
};
use serde::{Deserialize, Deserializer};

use super::script::{Act, Bytes, Script};

/// An I2C bus.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct I2c {
    /// The speed at which it is driven.
    #[serde(default = "slow")]
    pub hz: NonZeroU32,
    #[serde(default, rename = "transactions", deserialize_with = "i2c_steps")]
    pub script: Script,
}

/// A device on an SPI bus.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spi {
    /// The speed at which its bus is driven.
    #[serde(default = "fast")]
    pub hz: NonZeroU32,
    #[serde(default, rename = "transactions", deserialize_with = "spi_steps")]
    pub script: Script,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum I2cFault {
    TimedOut,
    Bus,
    ArbitrationLoss,
    NoAddress,
    NoData,
    NoAcknowledge,
    Overrun,
    Other,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SpiFault {
    TimedOut,
    Overrun,
    Mode,
    FrameFormat,
    ChipSelect,
    Other,
}

impl From<I2cFault> for Code {
    fn from(fault: I2cFault) -> Self {
        match fault {
            I2cFault::TimedOut => Code::TimedOut,
            I2cFault::Bus => Code::I2cBus,
            I2cFault::ArbitrationLoss => Code::I2cArbitrationLoss,
            I2cFault::NoAddress => Code::I2cNoAddress,
            I2cFault::NoData => Code::I2cNoData,
            I2cFault::NoAcknowledge => Code::I2cNoAcknowledge,
            I2cFault::Overrun => Code::I2cOverrun,
            I2cFault::Other => Code::I2cOther,
        }
    }
}

impl From<SpiFault> for Code {
    fn from(fault: SpiFault) -> Self {
        match fault {
            SpiFault::TimedOut => Code::TimedOut,
            SpiFault::Overrun => Code::SpiOverrun,
            SpiFault::Mode => Code::SpiModeFault,
            SpiFault::FrameFormat => Code::SpiFrameFormat,
            SpiFault::ChipSelect => Code::SpiChipSelect,
            SpiFault::Other => Code::SpiOther,
        }
    }
}

fn i2c_steps<'d, D: Deserializer<'d>>(described: D) -> Result<Script, D::Error> {
    Script::read::<_, I2cFault>(described, |step| match step.address {
        None => Err("it needs the address of its device"),
        Some(128..) => Err("an address has 7 bits"),
        Some(_) if step.acts.iter().any(|act| matches!(act, Act::Transfer(..) | Act::WaitNs(_))) => {
            Err("on an I2C bus there is write and read")
        }
        Some(_) => Ok(()),
    })
}

fn spi_steps<'d, D: Deserializer<'d>>(described: D) -> Result<Script, D::Error> {
    Script::read::<_, SpiFault>(described, |step| match step.address {
        None => Ok(()),
        Some(_) => Err("an SPI device has no address"),
    })
}

impl I2cErrors for I2c {
    type Error = Code;
}

impl i2c::I2c for I2c {
    fn transaction(&mut self, address: u8, operations: &mut [i2c::Operation<'_>]) -> Result<(), Code> {
        let came = operations.iter().map(|operation| match operation {
            i2c::Operation::Write(bytes) => Act::Write(Bytes(bytes.to_vec())),
            i2c::Operation::Read(bytes) => Act::Read(Bytes(vec![0; bytes.len()])),
        });
        let came: Vec<_> = came.collect();
        let replies = self.script.take(Some(address), &came, Code::I2cOther)?;
        let rooms = operations.iter_mut().filter_map(|operation| match operation {
            i2c::Operation::Read(room) => Some(&mut **room),
            i2c::Operation::Write(_) => None,
        });
        fill(rooms, &replies);
        Ok(())
    }
}

impl SpiErrors for Spi {
    type Error = Code;
}

impl SpiDevice for Spi {
    fn transaction(&mut self, operations: &mut [spi::Operation<'_, u8>]) -> Result<(), Code> {
        let came = operations.iter().map(|operation| match operation {
            spi::Operation::Write(bytes) => Act::Write(Bytes(bytes.to_vec())),
            spi::Operation::Read(bytes) => Act::Read(Bytes(vec![0; bytes.len()])),
            spi::Operation::Transfer(_, bytes) => Act::Transfer(Bytes(bytes.to_vec()), Bytes::default()),
            spi::Operation::TransferInPlace(bytes) => Act::Transfer(Bytes(bytes.to_vec()), Bytes::default()),
            spi::Operation::DelayNs(nanos) => Act::WaitNs(*nanos),
        });
        let came: Vec<_> = came.collect();
        let replies = self.script.take(None, &came, Code::SpiOther)?;
        let rooms = operations.iter_mut().filter_map(|operation| match operation {
            spi::Operation::Read(room)
            | spi::Operation::Transfer(room, _)
            | spi::Operation::TransferInPlace(room) => Some(&mut **room),
            spi::Operation::Write(_) | spi::Operation::DelayNs(_) => None,
        });
        fill(rooms, &replies);
        Ok(())
    }
}

/// Hands the replies out; a reply that is shorter than its room leaves the rest.
fn fill<'r>(rooms: impl Iterator<Item = &'r mut [u8]>, replies: &[Bytes]) {
    for (room, reply) in rooms.zip(replies) {
        room.iter_mut().zip(&reply.0).for_each(|(place, byte)| *place = *byte);
    }
}

fn slow() -> NonZeroU32 {
    const { NonZeroU32::new(100_000).unwrap() }
}

fn fast() -> NonZeroU32 {
    const { NonZeroU32::new(1_000_000).unwrap() }
}
