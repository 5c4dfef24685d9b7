//! Operators that make numbers of numbers.

use crate::{
    case::{Case, first, second},
    values::{Class, Type},
};

/// A case for every operator and every class of its operands.
pub fn cases() -> impl Iterator<Item = Case> {
    FAMILIES.iter().flat_map(|(operands, result, names)| {
        let operands: Vec<_> = operands.split(' ').map(Type::parse).collect();
        let result = Type::parse(result);
        names.split_whitespace().flat_map(move |name| {
            let operands = operands.clone();
            let classes = classes(name, operands[0]).iter();
            classes.map(move |class| case(name, *class, &operands, result)).collect::<Vec<_>>()
        })
    })
}

/// Constants, copied to a local: as an operand they cost nothing.
pub fn constants() -> impl Iterator<Item = Case> {
    ["i32.const", "i64.const", "f32.const", "f64.const"].into_iter().map(|name| {
        let code = move |at| format!("(local.set $result ({name} {}))", 1_234_567 * at + 1);
        Case::new(name, "", code).result(Type::parse(&name[..3]))
    })
}

fn case(name: &'static str, class: Class, operands: &[Type], result: Type) -> Case {
    let code = |at| match operands.len() {
        1 => format!("(local.set $result ({name} {}))", first(at)),
        _ => format!("(local.set $result ({name} {} {}))", first(at), second(at)),
    };
    let case = Case::new(name, class.name(), code).result(result);
    operands.iter().zip(1..).fold(case, |case, (ty, operand)| case.operand(*ty, class.values(*ty, operand)))
}

/// The classes that `name` is measured on.
fn classes(name: &str, operand: Type) -> &'static [Class] {
    match operand {
        Type::I32 | Type::I64 => Class::INTEGERS,
        // The others trap.
        Type::F32 | Type::F64 if name.contains(".trunc_f") => &[Class::Positive],
        Type::F32 | Type::F64 => Class::FLOATS,
    }
}

/// Operators by the types of their operands and result.
const FAMILIES: &[(&str, &str, &str)] = &[
    (
        "i32 i32",
        "i32",
        "i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u
        i32.add i32.sub i32.mul i32.div_s i32.div_u i32.rem_s i32.rem_u i32.and i32.or i32.xor
        i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr",
    ),
    ("i32", "i32", "i32.eqz i32.clz i32.ctz i32.popcnt i32.extend8_s i32.extend16_s"),
    (
        "i64 i64",
        "i32",
        "i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s i64.ge_u",
    ),
    (
        "i64 i64",
        "i64",
        "i64.add i64.sub i64.mul i64.div_s i64.div_u i64.rem_s i64.rem_u i64.and i64.or i64.xor
        i64.shl i64.shr_s i64.shr_u i64.rotl i64.rotr",
    ),
    ("i64", "i64", "i64.clz i64.ctz i64.popcnt i64.extend8_s i64.extend16_s i64.extend32_s"),
    ("i64", "i32", "i64.eqz i32.wrap_i64"),
    ("f32 f32", "i32", "f32.eq f32.ne f32.lt f32.gt f32.le f32.ge"),
    ("f32 f32", "f32", "f32.add f32.sub f32.mul f32.div f32.min f32.max f32.copysign"),
    ("f32", "f32", "f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest f32.sqrt"),
    ("f64 f64", "i32", "f64.eq f64.ne f64.lt f64.gt f64.le f64.ge"),
    ("f64 f64", "f64", "f64.add f64.sub f64.mul f64.div f64.min f64.max f64.copysign"),
    ("f64", "f64", "f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest f64.sqrt"),
    ("f32", "i32", "i32.trunc_f32_s i32.trunc_f32_u i32.trunc_sat_f32_s i32.trunc_sat_f32_u"),
    ("f64", "i32", "i32.trunc_f64_s i32.trunc_f64_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u"),
    ("f32", "i64", "i64.trunc_f32_s i64.trunc_f32_u i64.trunc_sat_f32_s i64.trunc_sat_f32_u"),
    ("f64", "i64", "i64.trunc_f64_s i64.trunc_f64_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u"),
    ("i32", "i64", "i64.extend_i32_s i64.extend_i32_u"),
    ("i32", "f32", "f32.convert_i32_s f32.convert_i32_u f32.reinterpret_i32"),
    ("i64", "f32", "f32.convert_i64_s f32.convert_i64_u"),
    ("i32", "f64", "f64.convert_i32_s f64.convert_i32_u"),
    ("i64", "f64", "f64.convert_i64_s f64.convert_i64_u f64.reinterpret_i64"),
    ("f64", "f32", "f32.demote_f64"),
    ("f32", "f64", "f64.promote_f32"),
    ("f32", "i32", "i32.reinterpret_f32"),
    ("f64", "i64", "i64.reinterpret_f64"),
];
