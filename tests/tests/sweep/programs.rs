//! Programs of which each does something else that is charged.

use aingle_wasm_core::{engine::Value, error::Trap};

/// A guest and the call of it that is swept.
#[derive(Clone, Copy)]
pub struct Program {
    pub name: &'static str,
    pub guest: Guest,
    pub call: Call,
    /// Where the sweep ends at the latest.
    pub most: u64,
    /// How the call ends when its fuel lasts.
    pub end: Option<Trap>,
}

#[derive(Clone, Copy)]
pub enum Guest {
    Text(&'static str),
    Built(&'static [u8]),
}

#[derive(Clone, Copy)]
pub enum Call {
    /// A numeric export, its argument an `i32`.
    Export(&'static str, Value),
    /// An entry and its request.
    Entry(&'static str, &'static [u8]),
}

pub const ALL: &[Program] = &[
    done("a_loop_with_calls", Guest::Text(LOOP), run(12)),
    done("recursion_to_the_last_frame", Guest::Text(RECURSION), run(DEPTH - 1)),
    Program {
        end: Some(Trap::StackOverflow),
        ..done("recursion_beyond_the_last_frame", Guest::Text(RECURSION), run(DEPTH))
    },
    done("bulk_operations_and_growth", Guest::Text(BULK), run(1000)),
    done("floats_and_br_table", Guest::Text(FLOATS), run(20)),
    done("a_host_call", OURS, Call::Entry("ask", &[7; 40])),
    done("a_request_that_is_allocated", OURS, Call::Entry("ask", &[7; 300])),
    endless("host_calls_without_end", OURS, Call::Entry("ask_for_ever", b"")),
    done("a_host_call_that_allocates", PREDECESSOR, Call::Entry("ask", &[7; 40])),
    endless("a_host_call_whose_allocator_hangs", PREDECESSOR, Call::Entry("ask_with_lie", b"\x05")),
];

const fn done(name: &'static str, guest: Guest, call: Call) -> Program {
    Program { name, guest, call, most: 100_000, end: None }
}

const fn endless(name: &'static str, guest: Guest, call: Call) -> Program {
    Program { name, guest, call, most: 600, end: Some(Trap::OutOfFuel) }
}

const fn run(argument: u32) -> Call {
    Call::Export("run", Value::I32(argument))
}

const OURS: Guest = Guest::Built(include_bytes!(concat!(env!("OUT_DIR"), "/ours.wasm")));
const PREDECESSOR: Guest = Guest::Built(include_bytes!(concat!(env!("OUT_DIR"), "/predecessor.wasm")));

const DEPTH: u32 = aingle_wasm_fuel::spec::Spec::V1.depth();

const LOOP: &str = r#"(module
    (type $step (func (param i32) (result i32)))
    (memory (export "memory") 100 100 (pagesize 1))
    (table funcref (elem $double $odd))
    (func $double (type $step) (i32.shl (local.get 0) (i32.const 1)))
    (func $odd (type $step) (i32.rem_u (i32.add (local.get 0) (i32.const 7)) (i32.const 11)))
    (func (export "run") (param $turns i32) (result i32) (local $sum i32)
        (loop $again
            (local.set $sum (call $double (i32.add (local.get $sum) (local.get $turns))))
            (if (i32.and (local.get $sum) (i32.const 2))
                (then (local.set $sum (call_indirect (type $step) (local.get $sum)
                    (i32.and (local.get $turns) (i32.const 1))))))
            (i32.store (i32.shl (local.get $turns) (i32.const 2)) (local.get $sum))
            (br_if $again (local.tee $turns (i32.sub (local.get $turns) (i32.const 1)))))
        (local.get $sum)))"#;

const RECURSION: &str = r#"(module
    (memory (export "memory") 100 100 (pagesize 1))
    (func $down (export "run") (param $frames i32) (result i32)
        (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
        (if (result i32) (local.get $frames)
            (then (i32.add (call $down (i32.sub (local.get $frames) (i32.const 1))) (i32.const 3)))
            (else (i32.const 5)))))"#;

const BULK: &str = r#"(module
    (memory (export "memory") 1 3)
    (func (export "run") (param $len i32) (result i32) (local $grown i32)
        (memory.fill (i32.const 10) (i32.const 0xa5) (local.get $len))
        (memory.copy (i32.const 500) (i32.const 3) (local.get $len))
        (memory.copy (i32.const 3) (i32.const 500) (i32.const 15))
        (local.set $grown (memory.grow (i32.const 1)))
        (memory.fill (i32.const 65530) (i32.const 7) (i32.const 33))
        (drop (memory.grow (i32.const 0)))
        (i32.or (i32.shl (memory.grow (i32.const 2)) (i32.const 8))
            (i32.or (i32.shl (local.get $grown) (i32.const 4)) (memory.size)))))"#;

const FLOATS: &str = r#"(module
    (memory (export "memory") 1000 1000 (pagesize 1))
    (func (export "run") (param $turns i32) (result f64 f32 i64) (local $a f64) (local $b f32) (local $bits i64)
        (local.set $a (f64.const 1.5))
        (loop $again
            (block $out
                (block $three (block $two (block $one (block $none
                    (br_table $none $one $two $three $out (i32.and (local.get $turns) (i32.const 7))))
                    (local.set $a (f64.sqrt (f64.sub (local.get $a) (f64.const 2.25))))
                    (br $out))
                    (local.set $b (f32.div (f32.demote_f64 (local.get $a)) (local.get $b)))
                    (br $out))
                    (local.set $a (f64.mul (f64.promote_f32 (local.get $b)) (f64.const 1e200))))
                (local.set $bits (i64.xor (i64.reinterpret_f64 (local.get $a))
                    (i64.extend_i32_u (i32.reinterpret_f32 (f32.min (local.get $b) (f32.const 0.1)))))))
            (f64.store (i32.shl (local.get $turns) (i32.const 3)) (local.get $a))
            (local.set $a (f64.add (local.get $a) (f64.nearest (f64.convert_i32_s (local.get $turns)))))
            (br_if $again (local.tee $turns (i32.sub (local.get $turns) (i32.const 1)))))
        (f64.max (local.get $a) (f64.const -1))
        (f32.copysign (local.get $b) (f32.const -0.5))
        (i64.add (local.get $bits) (i64.trunc_sat_f64_s (local.get $a)))))"#;
