//! An I2C bus on two wires that the processor drives by itself, for chips without a peripheral for it.

use embedded_hal::i2c::{ErrorType, I2c, Operation};

use super::Code;

/// Two open-drain wires, pulled up.
pub trait Wires {
    /// Lets the clock wire go (`true`), or pulls it low.
    fn set_clock(&mut self, high: bool);

    /// Lets the data wire go (`true`), or pulls it low.
    fn set_data(&mut self, high: bool);

    /// Whether nobody pulls the clock wire low.
    fn clock(&mut self) -> bool;

    /// Whether nobody pulls the data wire low.
    fn data(&mut self) -> bool;

    /// Waits for half of a clock's turn.
    fn pause(&mut self);
}

/// The bus. What devices hold its clock for in one transaction, all in all, is at most [`LONGEST_STRETCH`] half turns of
/// the clock, and then a [`Code::TimedOut`]: so a transaction takes twenty half turns for each of its bytes and
/// addresses, and that. Both wires are let go afterwards, and a device that was cut short is ended before the next
/// transaction.
#[derive(Debug)]
pub struct WireI2c<W> {
    wires: W,
    /// Half turns that devices may still hold the clock for.
    patience: u32,
}

impl<W> WireI2c<W> {
    /// The bus on `wires`.
    pub const fn new(wires: W) -> Self {
        Self { wires, patience: 0 }
    }
}

impl<W: Wires> ErrorType for WireI2c<W> {
    type Error = Code;
}

impl<W: Wires> I2c for WireI2c<W> {
    fn transaction(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), Code> {
        self.patience = LONGEST_STRETCH;
        let done = self.free().and_then(|()| self.transact(address, operations));
        // Also after an error, so that others find the bus free.
        let stopped = self.stop();
        self.wires.set_data(true);
        self.wires.set_clock(true);
        done.and(stopped)
    }
}

impl<W: Wires> WireI2c<W> {
    fn transact(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), Code> {
        let mut direction = None;
        let mut rest = operations;
        while let Some((operation, behind)) = rest.split_first_mut() {
            let reads = matches!(operation, Operation::Read(_));
            if direction != Some(reads) {
                self.start()?;
                self.write(address << 1 | u8::from(reads), Code::I2cNoAddress)?;
                direction = Some(reads);
            }
            match operation {
                Operation::Write(bytes) => {
                    bytes.iter().try_for_each(|byte| self.write(*byte, Code::I2cNoData))?
                }
                Operation::Read(room) => {
                    // A device goes on for as long as its bytes are acknowledged.
                    let reads = behind.iter().map_while(length_of_read);
                    let goes_on = reads.sum::<usize>() > 0;
                    let last = room.len().wrapping_sub(1);
                    for (at, place) in room.iter_mut().enumerate() {
                        *place = self.read(at != last || goes_on)?;
                    }
                }
            }
            rest = behind;
        }
        Ok(())
    }

    /// Has whoever still sends finish its byte.
    fn free(&mut self) -> Result<(), Code> {
        self.wires.set_data(true);
        for _ in 0..CLOCKS_OF_A_BYTE {
            self.rise()?;
            if self.wires.data() {
                return Ok(());
            }
            self.fall();
        }
        Err(Code::TimedOut)
    }

    fn start(&mut self) -> Result<(), Code> {
        self.wires.set_data(true);
        self.rise()?;
        self.wires.set_data(false);
        self.wires.pause();
        self.fall();
        Ok(())
    }

    fn stop(&mut self) -> Result<(), Code> {
        self.fall();
        self.wires.set_data(false);
        self.rise()?;
        self.wires.set_data(true);
        self.wires.pause();
        Ok(())
    }

    fn write(&mut self, byte: u8, refused: Code) -> Result<(), Code> {
        for bit in (0..8).rev() {
            self.wires.set_data(byte >> bit & 1 == 1);
            self.rise()?;
            self.fall();
        }
        self.wires.set_data(true);
        self.rise()?;
        let acknowledged = !self.wires.data();
        self.fall();
        if acknowledged { Ok(()) } else { Err(refused) }
    }

    fn read(&mut self, acknowledge: bool) -> Result<u8, Code> {
        self.wires.set_data(true);
        let mut byte = 0;
        for _ in 0..8 {
            self.rise()?;
            byte = byte << 1 | u8::from(self.wires.data());
            self.fall();
        }
        self.wires.set_data(!acknowledge);
        self.rise()?;
        self.fall();
        self.wires.set_data(true);
        Ok(byte)
    }

    /// Lets the clock go, and waits until whoever stretches it does too.
    fn rise(&mut self) -> Result<(), Code> {
        self.wires.set_clock(true);
        self.wires.pause();
        while !self.wires.clock() {
            self.patience = self.patience.checked_sub(1).ok_or(Code::TimedOut)?;
            self.wires.pause();
        }
        Ok(())
    }

    fn fall(&mut self) {
        self.wires.set_clock(false);
        self.wires.pause();
    }
}

fn length_of_read(operation: &Operation<'_>) -> Option<usize> {
    match operation {
        Operation::Read(room) => Some(room.len()),
        Operation::Write(_) => None,
    }
}

/// Clocks after which a device has sent its byte, and was not answered.
const CLOCKS_OF_A_BYTE: usize = 9;

/// Half turns of the clock that devices may hold it for in a transaction: 10 ms at 50 kHz.
pub const LONGEST_STRETCH: u32 = 1000;

#[cfg(test)]
mod tests;
