//! Transactions that are expected, in order, and what they are answered.

use std::{collections::VecDeque, fmt};

use aingle_wasm_core::hal::Code;
use serde::{Deserialize, Deserializer, de::Error as _};

/// Transactions that are expected, in order, and the first one that came otherwise.
#[derive(Default)]
pub struct Script {
    expected: VecDeque<Step>,
    done: usize,
    mismatch: Option<String>,
}

/// A transaction.
pub struct Step {
    pub address: Option<u8>,
    pub acts: Vec<Act>,
    /// It is not done, but fails so.
    fault: Option<Code>,
}

/// A transaction as people write it, with the faults of its bus: one write and one read are said in short, others by
/// their operations.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Described<F> {
    address: Option<u8>,
    write: Option<Bytes>,
    read: Option<Bytes>,
    operations: Option<Vec<Act>>,
    fault: Option<F>,
}

/// An operation, and what it gives.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    Write(Bytes),
    Read(Bytes),
    /// Sends the first and gets the second.
    Transfer(Bytes, Bytes),
    WaitNs(u32),
}

/// Bytes, as hex.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Bytes(pub Vec<u8>);

impl TryFrom<String> for Bytes {
    type Error = String;

    fn try_from(digits: String) -> Result<Self, String> {
        let digits: String = digits.split_whitespace().collect();
        hex::decode(&digits).map(Self).map_err(|error| format!("`{digits}` is not hex: {error}"))
    }
}

impl<F: Into<Code>> TryFrom<Described<F>> for Step {
    type Error = &'static str;

    fn try_from(described: Described<F>) -> Result<Self, Self::Error> {
        let Described { address, write, read, operations, fault } = described;
        let short: Vec<_> = [write.map(Act::Write), read.map(Act::Read)].into_iter().flatten().collect();
        let acts = match operations {
            Some(_) if !short.is_empty() => return Err("its operations are said twice"),
            Some(operations) => operations,
            None => short,
        };
        Ok(Self { address, acts, fault: fault.map(F::into) })
    }
}

impl Script {
    /// Reads transactions as people write them, and has `check` look at each.
    pub fn read<'d, D, F>(
        described: D,
        check: fn(&Step) -> Result<(), &'static str>,
    ) -> Result<Self, D::Error>
    where
        D: Deserializer<'d>,
        F: Deserialize<'d> + Into<Code>,
    {
        let mut script = Self::default();
        for (described, number) in Vec::<Described<F>>::deserialize(described)?.into_iter().zip(1..) {
            let step = Step::try_from(described).and_then(|step| check(&step).map(|()| step));
            let step = step.map_err(|why| D::Error::custom(format!("transaction {number}: {why}")))?;
            script.expected.push_back(step);
        }
        Ok(script)
    }

    /// Takes the transaction that came as `came`, whose reads have no bytes yet: gives what is read, in order.
    pub fn take(&mut self, address: Option<u8>, came: &[Act], other: Code) -> Result<Vec<Bytes>, Code> {
        if self.mismatch.is_some() {
            return Err(other);
        }
        self.done += 1;
        let expected = self.expected.pop_front();
        let is_it = expected.as_ref().is_some_and(|step| {
            step.address == address
                && step.acts.len() == came.len()
                && step.acts.iter().zip(came).all(|(expected, came)| expected.is_like(came))
        });
        let expected = match expected {
            Some(expected) if is_it => expected,
            expected => {
                let expected = expected
                    .map_or("nothing more".to_owned(), |step| Shown(step.address, &step.acts).to_string());
                let came = Shown(address, came);
                let text = format!("transaction {}\n  expected  {expected}\n  came      {came}", self.done);
                self.mismatch = Some(text);
                return Err(other);
            }
        };
        match expected.fault {
            Some(fault) => Err(fault),
            None => Ok(expected.acts.into_iter().filter_map(Act::reply).collect()),
        }
    }

    pub fn unmet(&self) -> Option<String> {
        self.mismatch.clone().or_else(|| {
            let next = self.expected.front()?;
            let next = Shown(next.address, &next.acts).to_string();
            Some(format!("{} transactions did not come, first\n  expected  {next}", self.expected.len()))
        })
    }
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
