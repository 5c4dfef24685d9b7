//! A guest that tries everything, and what must come of each try.

use aingle_wasm_core::{
    engine::Value,
    hal::{Code, Kind},
};

/// One page, whose first bytes are names and lists that make sense, and each function exported under its name. `read` gives
/// the two bytes that the bus's device answers, or -1.
pub const GUEST: &str = r#"(module
    (import "aingle_hal" "open" (func $open (param i32 i32 i32) (result i32)))
    (import "aingle_hal" "pin_set" (func $pin_set (param i32 i32) (result i32)))
    (import "aingle_hal" "pin_read" (func $pin_read (param i32) (result i32)))
    (import "aingle_hal" "i2c_transaction" (func $i2c (param i32 i32 i32 i32) (result i32)))
    (import "aingle_hal" "i2c_write_read" (func $exchange (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1 1)
    (data (i32.const 0) "led\00sensors")
    ;; At 16: a write of a byte at 8 with a read of two at 60. At 40: a read that ends past memory.
    (data (i32.const 16) "\00\00\00\00\08\00\00\00\01\00\00\00\01\00\00\00\3c\00\00\00\02\00\00\00")
    (data (i32.const 40) "\01\00\00\00\ff\ff\00\00\02\00\00\00")
    (func (export "open") (param i32 i32 i32) (result i32)
        (call $open (local.get 0) (local.get 1) (local.get 2)))
    (func (export "pin_set") (param i32 i32) (result i32) (call $pin_set (local.get 0) (local.get 1)))
    (func (export "pin_read") (param i32) (result i32) (call $pin_read (local.get 0)))
    (func (export "i2c") (param i32 i32 i32 i32) (result i32)
        (call $i2c (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
    (func (export "exchange") (param i32 i32 i32 i32) (result i32)
        (call $exchange (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
    (func (export "read") (result i32)
        (if (result i32) (call $i2c (i32.const 0) (i32.const 0x48) (i32.const 28) (i32.const 1))
            (then (i32.const -1))
            (else (i32.load16_u (i32.const 60))))))"#;

/// Where the guest has the names of bus and pin.
pub const BUS: (u32, u32) = (4, 7);
pub const PIN: (u32, u32) = (0, 3);

/// One pin, and one bus with one address.
pub const GRANTS: &str = "output = [\"led\"]\n[i2c.sensors]\naddresses = [0x48]";

/// What must come of a call once the bus, and then the pin, were `opened`: a refusal, or `None` for one that would be
/// good.
pub fn refusal(function: &str, arguments: &[u32], opened: u32) -> Option<Code> {
    match (function, arguments) {
        ("open", &[kind, name, len]) => {
            if Kind::from_number(kind).is_none() {
                return Some(Code::Argument);
            }
            if len > 0 && u64::from(name) + u64::from(len) > MEMORY {
                return Some(Code::Range);
            }
            let good = (kind == Kind::Output as u32 && (name, len) == PIN)
                || (kind == Kind::I2c as u32 && (name, len) == BUS);
            (!good).then_some(Code::NotGranted)
        }
        ("pin_set", &[1, level]) if opened > 1 && level > 2 => Some(Code::Argument),
        ("pin_set", &[1, _]) | ("pin_read", &[1]) if opened > 1 => None,
        // The bus is no pin.
        ("pin_set" | "pin_read", _) => Some(Code::NoSuchResource),
        ("i2c", &[handle, address, list, count]) => {
            if handle != 0 || opened == 0 {
                return Some(Code::NoSuchResource);
            }
            if address != 0x48 {
                return Some(Code::NotGranted);
            }
            if count > 8 {
                return Some(Code::Argument);
            }
            match (list, count) {
                (_, 0) | (16, 1 | 2) => None,
                (list, count) if u64::from(list) + 12 * u64::from(count) > MEMORY => Some(Code::Range),
                (40, 1) => Some(Code::Range),
                // Whatever bytes lie there.
                _ => None,
            }
        }
        ("exchange", &[device, write, read, lens]) => {
            if device & 0xff != 0 || opened == 0 {
                return Some(Code::NoSuchResource);
            }
            if device >> 8 != 0x48 {
                return Some(Code::NotGranted);
            }
            let (written, came) = (u64::from(lens & 0xffff), u64::from(lens >> 16));
            if written + came > 4096 {
                return Some(Code::Argument);
            }
            let (write, read) = (u64::from(write), u64::from(read));
            let is_within = |start, len| len == 0 || start + len <= MEMORY;
            let is_apart = write + written <= read || read + came <= write;
            let good =
                is_within(write, written) && is_within(read, came) && (written == 0 || came == 0 || is_apart);
            (!good).then_some(Code::Range)
        }
        _ => None,
    }
}

pub fn draw(numbers: &mut fastrand::Rng) -> (&'static str, Vec<u32>) {
    let drawn = numbers.choice([("open", 3), ("pin_set", 2), ("pin_read", 1), ("i2c", 4), ("exchange", 4)]);
    let (function, count) = drawn.unwrap_or(("open", 3));
    let mut number = || match numbers.u32(0..6) {
        0 => numbers.u32(..),
        1 => numbers.u32(0..10),
        2 => numbers.choice([0, 4, 8, 16, 40, 0x48, 65_530, 65_535, 65_536]).unwrap_or(0),
        3 => numbers.u32(0..128),
        4 => u32::MAX - numbers.u32(0..20),
        _ => 1,
    };
    let mut arguments: Vec<_> = (0..count).map(|_| number()).collect();
    // Else hardly a call would come as far as its ranges.
    if function == "i2c" && arguments[3] % 2 == 0 {
        arguments[..2].copy_from_slice(&[0, 0x48]);
    }
    if function == "exchange" && arguments[3] % 2 == 0 {
        arguments[0] = 0x4800;
        arguments[3] = numbers.u32(0..200) | numbers.u32(0..200) << 16;
    }
    (function, arguments)
}

pub fn registers(numbers: &[u32]) -> Vec<Value> {
    numbers.iter().map(|number| Value::I32(*number)).collect()
}

/// Bytes of the guest's memory.
const MEMORY: u64 = 1 << 16;
