//! Operators that move values and control.

use crate::{
    case::{Case, first, second},
    values::{Class, SET, Type},
};

pub fn cases() -> Vec<Case> {
    [variables(), branches(), calls(), indirect()].into_iter().flatten().collect()
}

/// Operators that are free, to show what that leaves out. A `loop` is its charge point.
pub fn free() -> Vec<Case> {
    let plain = |name, form, code: &str| Case::new(name, form, |_| code.to_owned());
    vec![
        plain("nop", "", "(nop)"),
        plain("block", "", "(block)"),
        plain("drop", "", "(drop (local.get $round))"),
        plain("loop", "a charge point", "(loop)").beside(1),
        plain("else", "after the then-arm", "(if (local.get $a0) (then) (else))")
            .without(|_| "(if (local.get $a0) (then))".to_owned())
            .operand(Type::I32, [1; SET]),
        plain("return", "", "(call $return)")
            .without(|_| "(call $end)".to_owned())
            .fields("(func $return (return)) (func $end)"),
    ]
}

fn variables() -> Vec<Case> {
    let wide = |case: Case, ty: Type| {
        let set = |operand| Class::Wide.values(ty, operand);
        case.operand(ty, set(1)).operand(ty, set(2)).result(ty)
    };
    let globals = "(global $g (mut i32) (i32.const 1)) (global $h (mut i64) (i64.const 1))";
    let get = |global: &str| format!("(local.set $result (global.get ${global}))");
    let set = |global: &str, at| format!("(global.set ${global} {})", first(at));
    let copy = |at| format!("(local.set $result {})", first(at));
    let tee = |at| format!("(local.set $result (i32.and (local.tee $result {}) {}))", first(at), second(at));
    let kept =
        |at| format!("(local.get $a{0}) (local.set $a{0} {1}) (local.set $result)", at % SET, second(at));
    let select = |at| format!("(local.set $result (select {} {} {}))", first(at), second(at), picked(at));
    let decided = |case: Case| case.operand(Type::I32, ALTERNATING);
    vec![
        wide(Case::new("local.set", "i32", copy), Type::I32),
        wide(Case::new("local.set", "i64", copy), Type::I64),
        wide(Case::new("local.get", "kept over a set", kept), Type::I32)
            .without(|at| format!("(local.set $a{} {})", at % SET, second(at)))
            .beside(1),
        wide(Case::new("local.tee", "", tee), Type::I32)
            .without(|at| format!("(local.set $result (i32.and {} {}))", first(at), second(at))),
        wide(Case::new("global.get", "i32", |_| get("g")), Type::I32).fields(globals),
        wide(Case::new("global.get", "i64", |_| get("h")), Type::I64).fields(globals),
        wide(Case::new("global.set", "i32", |at| set("g", at)), Type::I32).fields(globals),
        wide(Case::new("global.set", "i64", |at| set("h", at)), Type::I64).fields(globals),
        decided(wide(Case::new("select", "i32", select), Type::I32)),
        decided(wide(Case::new("select", "i64", select), Type::I64)),
        decided(wide(Case::new("select", "f64", select), Type::F64)),
    ]
}

fn branches() -> Vec<Case> {
    let decided = |name, form, taken: bool, code: fn(usize) -> String| {
        Case::new(name, form, code).operand(Type::I32, [taken.into(); SET])
    };
    let compared = |form, taken: bool| {
        let code = |at| format!("(block (br_if 0 (i32.lt_u {} {})))", first(at), second(at));
        let case = Case::new("br_if", form, code).beside(1);
        case.operand(Type::I32, [5; SET]).operand(Type::I32, [4 + 2 * u64::from(taken); SET])
    };
    let values = |at| {
        let four: String = (at..at + 4).map(first).collect();
        format!("(block (result i32 i32 i32 i32) (br 0 {four})) (drop) (drop) (drop) (drop)")
    };
    let table = |targets: usize, form| {
        let (open, close) = ("(block ".repeat(targets), ")".repeat(targets));
        let depths: String = (0..targets).map(|depth| format!("{depth} ")).collect();
        let code = |at| format!("{open}(br_table {depths}{}){close}", first(at));
        let indices = Class::Narrow.values(Type::I32, 1).map(|value| value & 0xffff);
        Case::new("br_table", form, code).operand(Type::I32, indices.map(|index| index % targets as u64))
    };
    vec![
        Case::new("br", "", |_| "(block (br 0))".into()),
        Case::new("br", "4 values", values).operand(Type::I32, Class::Wide.values(Type::I32, 1)).beside(4),
        decided("br_if", "taken", true, |at| format!("(block (br_if 0 {}))", first(at))),
        decided("br_if", "not taken", false, |at| format!("(block (br_if 0 {}))", first(at))),
        compared("taken, compared", true),
        compared("not taken, compared", false),
        decided("if", "taken", true, |at| format!("(if {} (then))", first(at))).beside(1),
        decided("if", "not taken", false, |at| format!("(if {} (then))", first(at))),
        decided("if", "else", false, |at| format!("(if {} (then) (else))", first(at))).beside(1),
        table(2, "2 targets"),
        table(8, "8 targets"),
        table(64, "64 targets"),
    ]
}

fn calls() -> Vec<Case> {
    let locals = |count: usize, form| {
        Case::new("call", form, |_| "(call $f)".into())
            .fields(format!("(func $f (local{}))", " i64".repeat(count)))
            .beside(1)
    };
    let parameters = |count: usize, form| {
        let code = |at| format!("(call $f {})", (0..count).map(|n| first(at + n)).collect::<String>());
        Case::new("call", form, code)
            .fields(format!("(func $f (param{}))", " i32".repeat(count)))
            .operand(Type::I32, Class::Wide.values(Type::I32, 1))
            .beside(1 + count as u32)
    };
    let result = |at| format!("(local.set $result (call $f {}))", first(at));
    vec![
        locals(0, "no locals"),
        locals(10, "10 locals"),
        locals(50, "50 locals"),
        locals(200, "200 locals"),
        // The most that a guest for devices may have.
        locals(512, "512 locals"),
        parameters(1, "1 parameter"),
        parameters(4, "4 parameters"),
        parameters(10, "10 parameters"),
        Case::new("call", "1 parameter, 1 result", result)
            .fields("(func $f (param i32) (result i32) (local.get 0))")
            .operand(Type::I32, Class::Wide.values(Type::I32, 1))
            .beside(3),
    ]
}

fn indirect() -> Vec<Case> {
    let call = |locals: usize, form| {
        let function = format!("(func (type $t) (local{}))", " i64".repeat(locals));
        let fields = format!("(type $t (func)) (table funcref (elem 0 1 2 3)) {}", function.repeat(4));
        Case::new("call_indirect", form, |at| format!("(call_indirect (type $t) {})", first(at)))
            .fields(fields)
            .operand(Type::I32, core::array::from_fn(|at| at as u64 % 4))
            .beside(1)
    };
    let parameters = |at| format!("(call_indirect (type $t) {0}{0}{0}{0} (local.get $b0))", first(at));
    vec![
        call(0, "no locals"),
        call(50, "50 locals"),
        call(200, "200 locals"),
        call(512, "512 locals"),
        Case::new("call_indirect", "4 parameters", parameters)
            .fields(
                "(type $t (func (param i32 i32 i32 i32))) (table funcref (elem 0))
                (func (type $t))",
            )
            .operand(Type::I32, Class::Wide.values(Type::I32, 1))
            .operand(Type::I32, [0; SET])
            .beside(5),
    ]
}

/// A local that is 0 and 1 by turns.
fn picked(at: usize) -> String {
    format!("(local.get $c{})", at % SET)
}

const ALTERNATING: [u64; SET] = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1];
