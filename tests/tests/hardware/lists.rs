//! Transactions of all sorts: what reaches the host's drivers is the guest's own, at the address that was granted.

use aingle_wasm_core::{
    engine::{Engine, Limits, Value},
    guest::Guest,
    hal::{
        Account, Addresses, Code, Grant, Grants, Hal, Hardware, Owners, Peripheral, Resources, Right,
        operations::MAX_BYTES,
    },
    host::Imports,
};
use embedded_hal::i2c::{ErrorType, I2c, Operation};
use libtest_mimic::Failed;

use crate::{PLENTY, same, tries::registers};

/// Writes a list of up to three operations, and has it done.
const GUEST: &str = r#"(module
    (import "aingle_hal" "open" (func $open (param i32 i32 i32) (result i32)))
    (import "aingle_hal" "i2c_transaction" (func $i2c (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1 1)
    (data (i32.const 0) "bus")
    (func (export "open") (result i32) (call $open (i32.const 2) (i32.const 0) (i32.const 3)))
    (func (export "i2c") (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
        (i32.store (i32.const 256) (local.get 2))
        (i32.store (i32.const 260) (local.get 3))
        (i32.store (i32.const 264) (local.get 4))
        (i32.store (i32.const 268) (local.get 5))
        (i32.store (i32.const 272) (local.get 6))
        (i32.store (i32.const 276) (local.get 7))
        (i32.store (i32.const 280) (local.get 8))
        (i32.store (i32.const 284) (local.get 9))
        (i32.store (i32.const 288) (local.get 10))
        (call $i2c (i32.const 0) (local.get 0) (i32.const 256) (local.get 1))))"#;

/// A host with two buses, of which one address of one is granted.
pub struct Lab {
    account: Account,
    owners: Owners,
    buses: Buses,
}

#[derive(Default)]
struct Buses([Bus; 2]);

/// A bus that notes what it was asked, and answers with one byte.
#[derive(Default)]
struct Bus {
    asked: Vec<(u8, Vec<Asked>)>,
}

#[derive(Debug, PartialEq)]
enum Asked {
    Read(usize),
    Write(Vec<u8>),
}

impl ErrorType for Bus {
    type Error = Code;
}

impl I2c for Bus {
    fn transaction(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), Code> {
        let asked = operations.iter_mut().map(|operation| match operation {
            Operation::Read(room) => {
                room.fill(ANSWER);
                Asked::Read(room.len())
            }
            Operation::Write(bytes) => Asked::Write(bytes.to_vec()),
        });
        let asked = asked.collect();
        self.asked.push((address, asked));
        Ok(())
    }
}

impl Resources for Buses {
    fn resource(&mut self, number: u8) -> Option<(&str, Peripheral<'_>)> {
        let name = *["bus", "other"].get(usize::from(number))?;
        Some((name, Peripheral::I2c(self.0.get_mut(usize::from(number))?, 100_000)))
    }
}

impl Hardware for Lab {
    fn account(&self) -> &Account {
        &self.account
    }

    fn hal<R>(&mut self, with: impl FnOnce(Hal<'_>) -> R) -> R {
        with(Hal { resources: &mut self.buses, owners: &mut self.owners, account: &mut self.account })
    }
}

pub fn ten_thousand_lists<E: Engine<Lab>>(engine: E) -> Result<(), Failed> {
    let mut grants = Grants::NONE;
    let right = Right::I2c { addresses: Addresses::default().with(ADDRESS as u8), hz: u32::MAX };
    same(grants.add(Grant { name: "bus".try_into().map_err(|_| "a name")?, right }), true)?;
    let lab = Lab { account: Account::new(0, grants), owners: Owners::new(), buses: Buses::default() };
    let imports = Imports::from(&[]).with_hardware();
    let mut guest = Guest::load(engine, &wat::parse_str(GUEST)?, Limits::SERVER, imports, lab)?;
    same(&guest.invoke("open", &[], PLENTY)?[..], &[Value::I32(0)])?;
    let mut numbers = fastrand::Rng::with_seed(31);
    let (mut done, mut refused) = (0, 0);
    for _ in 0..LISTS {
        let (address, list) = draw(&mut numbers);
        let mut arguments = vec![address, list.len() as u32];
        arguments.extend(list.as_flattened());
        arguments.resize(11, 0);
        let before = guest.with_memory(<[u8]>::to_vec);
        let answer = guest.invoke("i2c", &registers(&arguments), ANY)?;
        let asked = guest.with_state(|lab| std::mem::take(&mut lab.buses.0[0].asked)).unwrap_or_default();
        let mut after = before;
        after[256..292]
            .copy_from_slice(&arguments[2..].iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>());
        let code = match verdict(address, &list) {
            Some(code) => code.to_guest(),
            None => 0,
        };
        if answer[..] != [Value::I32(code as u32)] {
            return Err(format!("{address:#x} {list:?}: {answer:?}, not {code}").into());
        }
        if code == 0 {
            let (to, asked) = asked.first().ok_or("it was not asked")?;
            same((u32::from(*to), asked.len()), (ADDRESS, list.len()))?;
            for ([kind, at, len], asked) in list.iter().zip(asked) {
                let range = if *len == 0 { 0..0 } else { *at as usize..(at + len) as usize };
                match kind {
                    0 => same(asked, &Asked::Write(after[range].to_vec()))?,
                    _ => same(asked, &Asked::Read(*len as usize))?,
                }
            }
            for [_, at, len] in list.iter().filter(|[kind, _, len]| (*kind, *len > 0) == (1, true)) {
                after[*at as usize..(at + len) as usize].fill(ANSWER);
            }
            done += 1;
        } else {
            same(asked.is_empty(), true)?;
            refused += 1;
        }
        same(guest.with_memory(|memory| memory == after), true)?;
    }
    println!("{done} lists were done, {refused} refused");
    same(done > 500 && refused > 5000, true)?;
    same(guest.with_state(|lab| lab.buses.0[1].asked.len()), Some(0))
}

/// Why a list must be refused, or `None`.
fn verdict(address: u32, list: &[[u32; 3]]) -> Option<Code> {
    if address != ADDRESS {
        return Some(Code::NotGranted);
    }
    let bytes: u64 = list.iter().map(|[_, _, len]| u64::from(*len)).sum();
    if list.iter().any(|[kind, ..]| *kind > 1) || bytes > MAX_BYTES.into() {
        return Some(Code::Argument);
    }
    let ranges: Vec<_> = list.iter().filter(|[_, _, len]| *len > 0).collect();
    let end = |[_, at, len]: &[u32; 3]| u64::from(*at) + u64::from(*len);
    let outside = ranges.iter().any(|range| end(range) > MEMORY);
    let shared = |one: usize, other: usize| {
        let (one, other) = (ranges[one], ranges[other]);
        (one[0] == 1 || other[0] == 1) && u64::from(one[1]) < end(other) && u64::from(other[1]) < end(one)
    };
    let pairs = (0..ranges.len()).flat_map(|one| (0..one).map(move |other| (one, other)));
    (outside || pairs.into_iter().any(|(one, other)| shared(one, other))).then_some(Code::Range)
}

fn draw(numbers: &mut fastrand::Rng) -> (u32, Vec<[u32; 3]>) {
    let address = if numbers.u32(0..8) == 0 { numbers.u32(0..256) } else { ADDRESS };
    let list = (0..numbers.usize(0..=3)).map(|_| {
        let kind = if numbers.u32(0..16) == 0 { numbers.u32(..) } else { numbers.u32(0..2) };
        let at = match numbers.u32(0..4) {
            0 => numbers.u32(..),
            1 => MEMORY as u32 - numbers.u32(0..64),
            _ => 1000 + numbers.u32(0..200),
        };
        let len = match numbers.u32(0..8) {
            0 => numbers.u32(..),
            1 => numbers.u32(0..2 * MAX_BYTES),
            _ => numbers.u32(0..50),
        };
        [kind, at, len]
    });
    let list = list.collect();
    (address, list)
}

const ADDRESS: u32 = 0x48;

/// What is read.
const ANSWER: u8 = 0xa5;

const LISTS: u32 = 10_000;

/// Bytes of the guest's memory.
const MEMORY: u64 = 1 << 16;

/// Whatever a list claims to send or receive.
const ANY: u64 = u64::MAX / 2;
