//! What chance seldom writes: each operator on numbers at the edges, and each trap.

use aingle_wasm_core::engine::Value;
use aingle_wasm_fuel::for_each_operator;

use crate::program::{Call, Program};

/// An export for each operator that takes numbers, called with some at the edges of their types.
///
/// # Errors
/// The text is no module.
pub fn operators() -> Result<Program, wat::Error> {
    let mut text = "(module (memory (export \"memory\") 64 64 (pagesize 1))".to_owned();
    let (mut calls, mut turn) = (Vec::new(), 0);
    for name in NAMES.iter().map(|name| name.replacen('_', ".", 1)) {
        let Some((operands, result)) = signature(&name) else { continue };
        let result = result.map_or(String::new(), |ty| format!(" (result {ty})"));
        let gets: String = (0..operands.len()).map(|at| format!(" (local.get {at})")).collect();
        let parameters = operands.join(" ");
        text += &format!(r#"(func (export "{name}") (param {parameters}){result} ({name}{gets}))"#);
        if is_access(&name) {
            // Where there is memory.
            let inside = operands.iter().map(|ty| match *ty {
                "i32" => Value::I32(17),
                ty => edge(ty, turn),
            });
            calls.push(Call { export: name.clone(), arguments: inside.collect(), fuel: FUEL });
        }
        for _ in 0..TURNS {
            // Strides without a common divisor, so that pairs differ.
            let edges = operands.iter().zip([3, 7, 1]).map(|(ty, stride)| edge(ty, turn * stride));
            calls.push(Call { export: name.clone(), arguments: edges.collect(), fuel: FUEL });
            turn += 1;
        }
    }
    Ok(Program { wasm: wat::parse_str(text + ")")?, calls })
}

/// The suite's guest that traps, made to do so.
///
/// # Errors
/// The text is no module.
pub fn traps() -> Result<Program, wat::Error> {
    let calls: &[(&str, &[Value])] = &[
        ("unreachable", &[]),
        ("load8", &[Value::I32(99)]),
        ("load8", &[Value::I32(100)]),
        ("call", &[Value::I32(0)]),
        ("call", &[Value::I32(1)]),
        ("call", &[Value::I32(2)]),
        ("call", &[Value::I32(4)]),
        ("div", &[Value::I32(1), Value::I32(0)]),
        ("div", &[Value::I32(1 << 31), Value::I32(u32::MAX)]),
        ("trunc", &[Value::F32(f32::NAN.to_bits())]),
        ("recurse", &[Value::I32(0)]),
    ];
    program(include_str!("../../guests/traps.wat"), calls)
}

/// The suite's guest of the predecessor, whose allocator lies to the host.
///
/// # Errors
/// The text is no module.
pub fn faults() -> Result<Program, wat::Error> {
    let text = include_str!("../../guests/predecessor.wat");
    let text = text.replace(r#"(import "env" "echo""#, r#"(import "env" "__my_host_fn""#);
    let mut calls: Vec<(&str, &[Value])> = vec![
        ("ask", &[Value::I32(0), Value::I32(0)]),
        ("ask", &[Value::I32(100), Value::I32(20)]),
        ("ask", &[Value::I32(4090), Value::I32(7)]),
    ];
    for lie in [&[Value::I32(1)], &[Value::I32(2)], &[Value::I32(4)], &[Value::I32(5)]] {
        calls.extend([("lie", &lie[..]), ("ask", &[Value::I32(0), Value::I32(0)])]);
    }
    program(&text, &calls)
}

fn program(text: &str, calls: &[(&str, &[Value])]) -> Result<Program, wat::Error> {
    let call = |&(export, arguments): &(&str, &[Value])| Call {
        export: export.to_owned(),
        arguments: arguments.to_vec(),
        fuel: 10 * FUEL,
    };
    Ok(Program { wasm: wat::parse_str(text)?, calls: calls.iter().map(call).collect() })
}

/// Operands and result of an operator that takes numbers, and no index.
fn signature(name: &str) -> Option<(Vec<&str>, Option<&str>)> {
    match name {
        "drop" => return Some((vec!["i64"], None)),
        "select" => return Some((vec!["f64", "f64", "i32"], Some("f64"))),
        _ => (),
    }
    let (ty, does) = name.split_once('.')?;
    Some(match (ty, does) {
        ("memory", "copy" | "fill") => (vec!["i32"; 3], None),
        ("memory", "size") => (vec![], Some("i32")),
        ("memory", "grow") => (vec!["i32"], Some("i32")),
        ("i32" | "i64" | "f32" | "f64", _) => match does {
            "const" => return None,
            _ if does.starts_with("load") => (vec!["i32"], Some(ty)),
            _ if does.starts_with("store") => (vec!["i32", ty], None),
            "eqz" => (vec![ty], Some("i32")),
            "clz" | "ctz" | "popcnt" | "abs" | "neg" | "ceil" | "floor" | "trunc" | "nearest" | "sqrt"
            | "extend8_s" | "extend16_s" | "extend32_s" => (vec![ty], Some(ty)),
            _ => match does.split('_').find(|part| ["i32", "i64", "f32", "f64"].contains(part)) {
                Some(from) => (vec![from], Some(ty)),
                None if ["eq", "ne", "lt", "gt", "le", "ge"].contains(&does.split('_').next()?) => {
                    (vec![ty; 2], Some("i32"))
                }
                None => (vec![ty; 2], Some(ty)),
            },
        },
        _ => return None,
    })
}

fn is_access(name: &str) -> bool {
    let does = name.split_once('.').map_or("", |(_, does)| does);
    does.starts_with("load") || does.starts_with("store") || ["copy", "fill"].contains(&does)
}

fn edge(ty: &str, at: usize) -> Value {
    let float = FLOATS[at % FLOATS.len()];
    let integer = INTEGERS[at % INTEGERS.len()];
    match ty {
        "i32" => Value::I32(integer as u32),
        "i64" => Value::I64(integer as u64),
        "f32" if float.is_nan() => Value::F32(0x7fa0_0001),
        "f32" => Value::F32((float as f32).to_bits()),
        _ => Value::F64(float.to_bits()),
    }
}

const INTEGERS: [i64; 11] =
    [0, 1, -1, 31, 56, 63, 0x55aa_55aa, i32::MIN as i64, i32::MAX as i64, i64::MIN, i64::MAX];

const FLOATS: [f64; 17] = [
    0.0,
    -0.0,
    1.0,
    -1.5,
    2.5,
    0.1,
    -0.9,
    f64::from_bits(1),
    f32::MIN_POSITIVE as f64 / 3.0,
    2147483647.0,
    2147483648.0,
    -9223372036854775808.0,
    1.8446744073709552e19,
    3.4e38,
    f64::INFINITY,
    f64::NEG_INFINITY,
    // Signals, and has a payload.
    f64::from_bits(0x7ff4_0000_0000_0001),
];

macro_rules! names {
    ($($opcode:literal $variant:ident $name:ident)*) => {
        &[$(stringify!($name),)*]
    };
}

const NAMES: &[&str] = for_each_operator!(names);

/// How often each operator is used.
const TURNS: usize = 2;

/// More than an operator takes.
const FUEL: u64 = 1000;
