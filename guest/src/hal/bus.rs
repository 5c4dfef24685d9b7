//! Devices on buses.

use alloc::vec::Vec;

use embedded_hal::{
    i2c,
    spi::{self, SpiDevice as _},
};

use super::{Error, Handle, answer, kind, sys, sys::Operation};

/// An I2C bus, of which the guest may talk to the addresses that were granted.
///
/// A transaction has at most 8 operations, of 4,096 bytes together.
#[derive(Debug)]
pub struct I2c(Handle);

impl I2c {
    /// The bus of that name.
    ///
    /// # Errors
    ///
    /// [`Error::NotGranted`], also when the bus is too fast for what was granted; [`Error::NoSuchResource`].
    pub fn open(name: &str) -> Result<Self, Error> {
        Handle::open(kind::I2C, name).map(Self)
    }

    fn transact(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), Error> {
        answer(sys::i2c_transaction(self.0.0, address.into(), operations)).map(drop)
    }

    /// A write, a read, or one after the other, whichever have bytes: a call that is cheaper than a transaction.
    #[inline]
    fn exchange(&mut self, address: u8, write: &[u8], read: &mut [u8]) -> Result<(), Error> {
        if write.len() | read.len() > MOST {
            return Err(Error::Argument);
        }
        answer(sys::i2c_write_read(self.0.0, address.into(), write, read)).map(drop)
    }
}

impl i2c::ErrorType for I2c {
    type Error = Error;
}

impl i2c::I2c for I2c {
    #[inline]
    fn read(&mut self, address: u8, read: &mut [u8]) -> Result<(), Error> {
        match read {
            [] => self.transact(address, &mut [Operation::read(read)]),
            _ => self.exchange(address, &[], read),
        }
    }

    #[inline]
    fn write(&mut self, address: u8, write: &[u8]) -> Result<(), Error> {
        self.exchange(address, write, &mut [])
    }

    #[inline]
    fn write_read(&mut self, address: u8, write: &[u8], read: &mut [u8]) -> Result<(), Error> {
        if write.is_empty() || read.is_empty() {
            return self.transact(address, &mut [Operation::write(write), Operation::read(read)]);
        }
        self.exchange(address, write, read)
    }

    fn transaction(&mut self, address: u8, operations: &mut [i2c::Operation<'_>]) -> Result<(), Error> {
        let operations = operations.iter_mut().map(|operation| match operation {
            i2c::Operation::Read(bytes) => Operation::read(bytes),
            i2c::Operation::Write(bytes) => Operation::write(bytes),
        });
        self.transact(address, &mut operations.collect::<Vec<_>>())
    }
}

/// A device on an SPI bus, behind a chip select of its own.
///
/// A transaction has at most 8 operations, of 4,096 bytes and waits of 10 ms together; a transfer counts as up to two.
#[derive(Debug)]
pub struct Spi(Handle);

impl Spi {
    /// The device of that name.
    ///
    /// # Errors
    ///
    /// [`Error::NotGranted`], also when the bus is too fast for what was granted; [`Error::InUse`] by another guest;
    /// [`Error::NoSuchResource`].
    pub fn open(name: &str) -> Result<Self, Error> {
        Handle::open(kind::SPI, name).map(Self)
    }

    fn transact(&mut self, operations: &mut [Operation<'_>]) -> Result<(), Error> {
        answer(sys::spi_transaction(self.0.0, operations)).map(drop)
    }
}

impl spi::ErrorType for Spi {
    type Error = Error;
}

impl spi::SpiDevice for Spi {
    fn transaction(&mut self, operations: &mut [spi::Operation<'_, u8>]) -> Result<(), Error> {
        let mut list = Vec::with_capacity(operations.len());
        for operation in operations {
            match operation {
                spi::Operation::Read(bytes) => list.push(Operation::read(bytes)),
                spi::Operation::Write(bytes) => list.push(Operation::write(bytes)),
                spi::Operation::TransferInPlace(bytes) => list.push(Operation::transfer(bytes)),
                spi::Operation::DelayNs(nanos) => list.push(Operation::wait(*nanos)),
                spi::Operation::Transfer(read, write) => {
                    // In place as far as both go, then the rest of the longer one.
                    let both = read.len().min(write.len());
                    let (shared, rest) = read.split_at_mut(both);
                    shared.copy_from_slice(&write[..both]);
                    list.push(Operation::transfer(shared));
                    if !rest.is_empty() {
                        list.push(Operation::read(rest));
                    } else if write.len() > both {
                        list.push(Operation::write(&write[both..]));
                    }
                }
            }
        }
        self.transact(&mut list)
    }

    fn read(&mut self, read: &mut [u8]) -> Result<(), Error> {
        self.transact(&mut [Operation::read(read)])
    }

    fn write(&mut self, write: &[u8]) -> Result<(), Error> {
        self.transact(&mut [Operation::write(write)])
    }

    fn transfer_in_place(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.transact(&mut [Operation::transfer(bytes)])
    }
}

/// A device on an SPI bus as a bus of its own: each operation selects its chip, and deselects it.
///
/// For drivers of what has no chip select, or is alone on its bus.
#[derive(Debug)]
pub struct SpiBus(Spi);

impl SpiBus {
    /// The device of that name.
    ///
    /// # Errors
    ///
    /// As [`Spi::open`].
    pub fn open(name: &str) -> Result<Self, Error> {
        Spi::open(name).map(Self)
    }
}

impl spi::ErrorType for SpiBus {
    type Error = Error;
}

impl spi::SpiBus for SpiBus {
    fn read(&mut self, read: &mut [u8]) -> Result<(), Error> {
        self.0.read(read)
    }

    fn write(&mut self, write: &[u8]) -> Result<(), Error> {
        self.0.write(write)
    }

    fn transfer(&mut self, read: &mut [u8], write: &[u8]) -> Result<(), Error> {
        self.0.transfer(read, write)
    }

    fn transfer_in_place(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.0.transfer_in_place(bytes)
    }

    fn flush(&mut self) -> Result<(), Error> {
        // A transaction is over when the host answers.
        Ok(())
    }
}

/// A host refuses more bytes before long; so many have their length told in half a number.
const MOST: usize = 0xffff;
