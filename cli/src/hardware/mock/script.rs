//! Buses that expect certain transactions, in order, and answer them.

use std::{collections::VecDeque, fmt};

use aingle_wasm_core::hal::Code;
use embedded_hal::{
    i2c::{self, ErrorType as I2cErrors},
    spi::{self, ErrorType as SpiErrors, SpiDevice},
};
use serde::Deserialize;

use super::Fault;

/// An I2C bus.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct I2c {
    /// The speed at which it is driven.
    #[serde(default = "slow")]
    pub hz: u32,
    #[serde(default, rename = "transactions")]
    pub script: Script,
}

/// A device on an SPI bus.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spi {
    /// The speed at which its bus is driven.
    #[serde(default = "fast")]
    pub hz: u32,
    #[serde(default, rename = "transactions")]
    pub script: Script,
}

/// Transactions that are expected, in order, and the first one that came otherwise.
#[derive(Default, Deserialize)]
#[serde(from = "Vec<Step>")]
pub struct Script {
    expected: VecDeque<Step>,
    done: usize,
    mismatch: Option<String>,
}

impl From<Vec<Step>> for Script {
    fn from(steps: Vec<Step>) -> Self {
        Self { expected: steps.into(), done: 0, mismatch: None }
    }
}

/// A transaction: one write and one read are said in short, others by their operations.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    address: Option<u8>,
    write: Option<Bytes>,
    read: Option<Bytes>,
    operations: Option<Vec<Act>>,
    fault: Option<Fault>,
}

/// An operation, and what it gives.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Act {
    Write(Bytes),
    Read(Bytes),
    /// Sends the first and gets the second.
    Transfer(Bytes, Bytes),
    WaitNs(u32),
}

/// Bytes, as hex.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Bytes(Vec<u8>);

impl TryFrom<String> for Bytes {
    type Error = String;

    fn try_from(digits: String) -> Result<Self, String> {
        let digits: String = digits.split_whitespace().collect();
        hex::decode(&digits).map(Self).map_err(|error| format!("`{digits}` is not hex: {error}"))
    }
}

impl Step {
    fn acts(&self) -> Vec<Act> {
        let short = [self.write.clone().map(Act::Write), self.read.clone().map(Act::Read)];
        match &self.operations {
            Some(operations) => operations.clone(),
            None => short.into_iter().flatten().collect(),
        }
    }
}

impl Script {
    /// Takes the transaction that came as `came`, whose reads have no bytes yet: gives what is read, in order.
    fn take(&mut self, address: Option<u8>, came: &[Act], other: Code) -> Result<Vec<Bytes>, Answer> {
        if self.mismatch.is_some() {
            return Err(Answer::Code(other));
        }
        self.done += 1;
        let expected = self.expected.pop_front();
        let is_it = expected.as_ref().is_some_and(|step| {
            let acts = step.acts();
            step.address == address
                && acts.len() == came.len()
                && acts.iter().zip(came).all(|(expected, came)| expected.is_like(came))
        });
        let expected = match expected {
            Some(expected) if is_it => expected,
            expected => {
                let expected = expected
                    .map_or("nothing more".to_owned(), |step| Shown(step.address, &step.acts()).to_string());
                let came = Shown(address, came);
                let text = format!("transaction {}\n  expected  {expected}\n  came      {came}", self.done);
                self.mismatch = Some(text);
                return Err(Answer::Code(other));
            }
        };
        match expected.fault {
            Some(fault) => Err(Answer::Fault(fault)),
            None => Ok(expected.acts().into_iter().filter_map(Act::reply).collect()),
        }
    }

    pub fn unmet(&self) -> Option<String> {
        self.mismatch.clone().or_else(|| {
            let next = self.expected.front()?;
            let next = Shown(next.address, &next.acts()).to_string();
            Some(format!("{} transactions did not come, first\n  expected  {next}", self.expected.len()))
        })
    }
}

enum Answer {
    Fault(Fault),
    Code(Code),
}

impl Act {
    /// Whether an operation that came is this one, whatever is read.
    fn is_like(&self, came: &Act) -> bool {
        match (self, came) {
            (Act::Read(expected), Act::Read(came)) => expected.0.len() == came.0.len(),
            (Act::Transfer(expected, _), Act::Transfer(came, _)) => expected == came,
            (expected, came) => expected == came,
        }
    }

    fn reply(self) -> Option<Bytes> {
        match self {
            Act::Read(bytes) | Act::Transfer(_, bytes) => Some(bytes),
            Act::Write(_) | Act::WaitNs(_) => None,
        }
    }
}

/// A transaction in a line.
struct Shown<'s>(Option<u8>, &'s [Act]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        if let Some(address) = self.0 {
            write!(f, "{address:#04x} ")?;
        }
        for act in self.1 {
            f.write_str(between)?;
            match act {
                Act::Write(bytes) => write!(f, "write {}", hex::encode(&bytes.0))?,
                Act::Read(bytes) => write!(f, "read {} bytes", bytes.0.len())?,
                Act::Transfer(bytes, _) => write!(f, "transfer {}", hex::encode(&bytes.0))?,
                Act::WaitNs(nanos) => write!(f, "wait {nanos} ns")?,
            }
            between = ", ";
        }
        Ok(())
    }
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
        let replies =
            self.script.take(Some(address), &came, Code::I2cOther).map_err(|answer| match answer {
                Answer::Fault(fault) => fault.i2c(),
                Answer::Code(code) => code,
            })?;
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
        let replies = self.script.take(None, &came, Code::SpiOther).map_err(|answer| match answer {
            Answer::Fault(fault) => fault.spi(),
            Answer::Code(code) => code,
        })?;
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

fn slow() -> u32 {
    100_000
}

fn fast() -> u32 {
    1_000_000
}
