//! Guests as large as one likes, no two the same.

use std::fmt::Write;

/// A guest of so many functions, of about 130 bytes each, whose `answer` depends on `number`.
pub fn guest(number: u32, functions: u32) -> Vec<u8> {
    let mut text = String::from("(module (memory 1)");
    for index in 0..functions {
        let _ = write!(
            text,
            r#"(func $work{index} (param $x i32) (param $turns i32) (result i32) (local $sum i32) (local $at i32)
                (loop $next
                    (local.set $at (i32.and (i32.mul (local.get $x) (i32.const {factor})) (i32.const 0xfffc)))
                    (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $at))))
                    (if (i32.gt_u (local.get $sum) (local.get $x))
                        (then (local.set $sum (i32.rotl (local.get $sum) (i32.const {index}))))
                        (else (i32.store offset=4 (local.get $at) (i32.xor (local.get $sum) (local.get $x)))))
                    (local.set $x (i32.div_u (local.get $x) (i32.or (local.get $turns) (i32.const 1))))
                    (br_if $next (local.tee $turns (i32.sub (local.get $turns) (i32.const 1)))))
                (i32.add (local.get $sum) (call $work{callee} (local.get $x) (i32.const 1))))"#,
            factor = index * 2 + 12_345,
            callee = index + 1,
        );
    }
    let _ = write!(
        text,
        r#"(func $work{functions} (param i32 i32) (result i32) (i32.const {number}))
            (func (export "answer") (result i32) (call $work{functions} (i32.const 0) (i32.const 0)))
            (func (export "hang") (result i32) (loop (br 0)) (i32.const 0)))"#
    );
    wat::parse_str(text).expect("it is well formed")
}
