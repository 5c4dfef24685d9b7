//! A guest that offers every operation on memory as an export of the operation's name.

use std::fmt::Write;

use wasmi::Val;

/// A load or store: its name, its value's type, its width in bytes.
pub struct Access {
    pub name: &'static str,
    pub value: &'static str,
    pub width: u32,
    pub store: bool,
}

const fn load(name: &'static str, value: &'static str, width: u32) -> Access {
    Access { name, value, width, store: false }
}

const fn store(name: &'static str, value: &'static str, width: u32) -> Access {
    Access { name, value, width, store: true }
}

pub const ACCESSES: [Access; 23] = [
    load("i32.load", "i32", 4),
    load("i64.load", "i64", 8),
    load("f32.load", "f32", 4),
    load("f64.load", "f64", 8),
    load("i32.load8_s", "i32", 1),
    load("i32.load8_u", "i32", 1),
    load("i32.load16_s", "i32", 2),
    load("i32.load16_u", "i32", 2),
    load("i64.load8_s", "i64", 1),
    load("i64.load8_u", "i64", 1),
    load("i64.load16_s", "i64", 2),
    load("i64.load16_u", "i64", 2),
    load("i64.load32_s", "i64", 4),
    load("i64.load32_u", "i64", 4),
    store("i32.store", "i32", 4),
    store("i64.store", "i64", 8),
    store("f32.store", "f32", 4),
    store("f64.store", "f64", 8),
    store("i32.store8", "i32", 1),
    store("i32.store16", "i32", 2),
    store("i64.store8", "i64", 1),
    store("i64.store16", "i64", 2),
    store("i64.store32", "i64", 4),
];

/// Bytes in the passive segment.
pub const SEGMENT: u32 = 16;

/// A guest of `size` bytes whose accesses state `offset`; holds a pattern at `data`, if any.
pub fn text(size: u32, offset: u32, data: Option<u32>) -> String {
    let mut text = format!(
        r#"(module
        (import "env" "double" (func $double (param i32) (result i32)))
        (memory (export "memory") {size} {size} (pagesize 1))
        (data $passive "0123456789abcdef")
        (func (export "memory.fill") (param i32 i32 i32)
            (memory.fill (local.get 0) (local.get 1) (local.get 2)))
        (func (export "memory.copy") (param i32 i32 i32)
            (memory.copy (local.get 0) (local.get 1) (local.get 2)))
        (func (export "memory.init") (param i32 i32 i32)
            (memory.init $passive (local.get 0) (local.get 1) (local.get 2)))
        (func (export "data.drop") (data.drop $passive))
        (func (export "memory.size") (result i32) (memory.size))
        (func (export "memory.grow") (param i32) (result i32) (memory.grow (local.get 0)))
        "#
    );
    for Access { name, value, store, .. } in ACCESSES {
        let _ = if store {
            writeln!(
                text,
                r#"(func (export "{name}") (param i32 {value})
                    ({name} offset={offset} (local.get 0) (local.get 1)))"#
            )
        } else {
            writeln!(
                text,
                r#"(func (export "{name}") (param i32) (result {value})
                    ({name} offset={offset} (local.get 0)))"#
            )
        };
    }
    if let Some(data) = data {
        let _ = writeln!(text, r#"(data (i32.const {}) "pattern")"#, data as i32);
    }
    text.push(')');
    text
}

/// Arguments of an access.
pub fn arguments(access: &Access, address: u32, bits: u64) -> Vec<Val> {
    let mut arguments = vec![Val::I32(address as i32)];
    if access.store {
        arguments.push(match access.value {
            "i32" => Val::I32(bits as i32),
            "i64" => Val::I64(bits as i64),
            "f32" => Val::F32(wasmi::F32::from_bits(bits as u32)),
            _ => Val::F64(wasmi::F64::from_bits(bits)),
        });
    }
    arguments
}

/// Arguments of a bulk operation.
pub fn words(words: [u32; 3]) -> [Val; 3] {
    words.map(|word| Val::I32(word as i32))
}
