//! Operators that reach memory.

use crate::{
    case::{Case, first, second},
    values::{Class, SET, Type},
};

pub fn cases() -> impl Iterator<Item = Case> {
    let loads = LOADS.split_whitespace().map(|name| (name, false));
    let stores = STORES.split_whitespace().map(|name| (name, true));
    loads.chain(stores).flat_map(|(name, store)| PLACES.iter().map(move |place| access(name, store, place)))
}

/// `memory.size`, and `memory.grow` but for what it costs per byte.
pub fn sizes() -> Vec<Case> {
    let size = |_| "(local.set $result (memory.size))".to_owned();
    vec![
        Case::new("memory.size", "", size).fields(PAGES),
        grow("by nothing", PAGES, 0),
        grow("refused", PAGES, 60_000),
    ]
}

/// `memory.grow` by whole pages.
pub fn growth() -> Case {
    grow("by 65536 bytes", PAGES, 1).once(8).bytes(65_536)
}

/// `memory.copy` and `memory.fill` of `len` bytes.
pub fn bulk(len: u32) -> impl Iterator<Item = Case> {
    BULK.iter().map(move |&(name, form, [to, from])| {
        let code = move |_| format!("({name} (local.get $a0) (local.get $b0) (local.get $c0))");
        let case = Case::new(name, format!("{len} bytes, {form}"), code).fields(PAGES).bytes(len);
        [to, from, len].into_iter().fold(case, |case, value| case.operand(Type::I32, [value.into(); SET]))
    })
}

fn grow(form: &str, memory: &str, by: u64) -> Case {
    let code = |_| format!("(local.set $result (memory.grow {}))", first(0));
    Case::new("memory.grow", form, code).fields(memory).operand(Type::I32, [by; SET])
}

/// An access at a place: what its addresses are rounded to, what is added to them, and the static offset.
fn access(name: &'static str, store: bool, (form, add, offset): &(&'static str, u64, u32)) -> Case {
    let ty = Type::parse(&name[..3]);
    let addresses = Class::Narrow.values(Type::I32, 1).map(|value| (value & 0xfff8) + add);
    let class = match ty {
        Type::I32 | Type::I64 => Class::Wide,
        Type::F32 | Type::F64 => Class::Ordinary,
    };
    let code = |at| match store {
        true => format!("({name} offset={offset} {} {})", first(at), second(at)),
        false => format!("(local.set $result ({name} offset={offset} {}))", first(at)),
    };
    let case = Case::new(name, *form, code).fields(PAGES).result(ty);
    case.operand(Type::I32, addresses).operand(ty, class.values(ty, 2))
}

const PLACES: &[(&str, u64, u32)] =
    &[("aligned", 0, 0), ("odd", 1, 0), ("offset 16", 0, 16), ("offset 65536", 0, 65536)];

const PAGES: &str = "(memory 3)";

/// Two addresses, or an address and a value.
const BULK: &[(&str, &str, [u32; 2])] = &[
    ("memory.copy", "aligned", [0, 0x8000]),
    ("memory.copy", "one address odd", [1, 0x8000]),
    ("memory.copy", "both odd", [1, 0x8003]),
    ("memory.copy", "overlapping, up", [8, 0]),
    ("memory.copy", "overlapping, up, odd", [1, 0]),
    ("memory.copy", "overlapping, down, odd", [0, 1]),
    ("memory.fill", "aligned", [0, 0x5a]),
    ("memory.fill", "odd", [1, 0x5a]),
];

const LOADS: &str = "i32.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u
    i64.load i64.load8_s i64.load8_u i64.load16_s i64.load16_u i64.load32_s i64.load32_u f32.load f64.load";

const STORES: &str = "i32.store i32.store8 i32.store16 i64.store i64.store8 i64.store16 i64.store32
    f32.store f64.store";
