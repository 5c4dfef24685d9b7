//! The operators that guests may use, as a list for macros.

/// Hands every operator that guests may use to the macro `$mac`, in the order of the opcodes, as
/// `opcode Variant snake_name`: the opcode as [`Spec`](crate::spec::Spec) counts it, the variant of
/// `wasmparser::Operator`, the field of `wasmi::OperatorCost`.
///
/// ```
/// macro_rules! count {
///     ($($opcode:literal $variant:ident $name:ident)*) => { [$($opcode as u16),*].len() };
/// }
/// assert_eq!(aingle_wasm_fuel::for_each_operator!(count), 187);
/// ```
#[macro_export]
macro_rules! for_each_operator {
    ($mac:ident) => {
        $mac! {
            0x00 Unreachable unreachable
            0x01 Nop nop
            0x02 Block block
            0x03 Loop loop_
            0x04 If if_
            0x05 Else else_
            0x0b End end
            0x0c Br br
            0x0d BrIf br_if
            0x0e BrTable br_table
            0x0f Return return_
            0x10 Call call
            0x11 CallIndirect call_indirect
            0x1a Drop drop
            0x1b Select select
            0x20 LocalGet local_get
            0x21 LocalSet local_set
            0x22 LocalTee local_tee
            0x23 GlobalGet global_get
            0x24 GlobalSet global_set
            0x28 I32Load i32_load
            0x29 I64Load i64_load
            0x2a F32Load f32_load
            0x2b F64Load f64_load
            0x2c I32Load8S i32_load8_s
            0x2d I32Load8U i32_load8_u
            0x2e I32Load16S i32_load16_s
            0x2f I32Load16U i32_load16_u
            0x30 I64Load8S i64_load8_s
            0x31 I64Load8U i64_load8_u
            0x32 I64Load16S i64_load16_s
            0x33 I64Load16U i64_load16_u
            0x34 I64Load32S i64_load32_s
            0x35 I64Load32U i64_load32_u
            0x36 I32Store i32_store
            0x37 I64Store i64_store
            0x38 F32Store f32_store
            0x39 F64Store f64_store
            0x3a I32Store8 i32_store8
            0x3b I32Store16 i32_store16
            0x3c I64Store8 i64_store8
            0x3d I64Store16 i64_store16
            0x3e I64Store32 i64_store32
            0x3f MemorySize memory_size
            0x40 MemoryGrow memory_grow
            0x41 I32Const i32_const
            0x42 I64Const i64_const
            0x43 F32Const f32_const
            0x44 F64Const f64_const
            0x45 I32Eqz i32_eqz
            0x46 I32Eq i32_eq
            0x47 I32Ne i32_ne
            0x48 I32LtS i32_lt_s
            0x49 I32LtU i32_lt_u
            0x4a I32GtS i32_gt_s
            0x4b I32GtU i32_gt_u
            0x4c I32LeS i32_le_s
            0x4d I32LeU i32_le_u
            0x4e I32GeS i32_ge_s
            0x4f I32GeU i32_ge_u
            0x50 I64Eqz i64_eqz
            0x51 I64Eq i64_eq
            0x52 I64Ne i64_ne
            0x53 I64LtS i64_lt_s
            0x54 I64LtU i64_lt_u
            0x55 I64GtS i64_gt_s
            0x56 I64GtU i64_gt_u
            0x57 I64LeS i64_le_s
            0x58 I64LeU i64_le_u
            0x59 I64GeS i64_ge_s
            0x5a I64GeU i64_ge_u
            0x5b F32Eq f32_eq
            0x5c F32Ne f32_ne
            0x5d F32Lt f32_lt
            0x5e F32Gt f32_gt
            0x5f F32Le f32_le
            0x60 F32Ge f32_ge
            0x61 F64Eq f64_eq
            0x62 F64Ne f64_ne
            0x63 F64Lt f64_lt
            0x64 F64Gt f64_gt
            0x65 F64Le f64_le
            0x66 F64Ge f64_ge
            0x67 I32Clz i32_clz
            0x68 I32Ctz i32_ctz
            0x69 I32Popcnt i32_popcnt
            0x6a I32Add i32_add
            0x6b I32Sub i32_sub
            0x6c I32Mul i32_mul
            0x6d I32DivS i32_div_s
            0x6e I32DivU i32_div_u
            0x6f I32RemS i32_rem_s
            0x70 I32RemU i32_rem_u
            0x71 I32And i32_and
            0x72 I32Or i32_or
            0x73 I32Xor i32_xor
            0x74 I32Shl i32_shl
            0x75 I32ShrS i32_shr_s
            0x76 I32ShrU i32_shr_u
            0x77 I32Rotl i32_rotl
            0x78 I32Rotr i32_rotr
            0x79 I64Clz i64_clz
            0x7a I64Ctz i64_ctz
            0x7b I64Popcnt i64_popcnt
            0x7c I64Add i64_add
            0x7d I64Sub i64_sub
            0x7e I64Mul i64_mul
            0x7f I64DivS i64_div_s
            0x80 I64DivU i64_div_u
            0x81 I64RemS i64_rem_s
            0x82 I64RemU i64_rem_u
            0x83 I64And i64_and
            0x84 I64Or i64_or
            0x85 I64Xor i64_xor
            0x86 I64Shl i64_shl
            0x87 I64ShrS i64_shr_s
            0x88 I64ShrU i64_shr_u
            0x89 I64Rotl i64_rotl
            0x8a I64Rotr i64_rotr
            0x8b F32Abs f32_abs
            0x8c F32Neg f32_neg
            0x8d F32Ceil f32_ceil
            0x8e F32Floor f32_floor
            0x8f F32Trunc f32_trunc
            0x90 F32Nearest f32_nearest
            0x91 F32Sqrt f32_sqrt
            0x92 F32Add f32_add
            0x93 F32Sub f32_sub
            0x94 F32Mul f32_mul
            0x95 F32Div f32_div
            0x96 F32Min f32_min
            0x97 F32Max f32_max
            0x98 F32Copysign f32_copysign
            0x99 F64Abs f64_abs
            0x9a F64Neg f64_neg
            0x9b F64Ceil f64_ceil
            0x9c F64Floor f64_floor
            0x9d F64Trunc f64_trunc
            0x9e F64Nearest f64_nearest
            0x9f F64Sqrt f64_sqrt
            0xa0 F64Add f64_add
            0xa1 F64Sub f64_sub
            0xa2 F64Mul f64_mul
            0xa3 F64Div f64_div
            0xa4 F64Min f64_min
            0xa5 F64Max f64_max
            0xa6 F64Copysign f64_copysign
            0xa7 I32WrapI64 i32_wrap_i64
            0xa8 I32TruncF32S i32_trunc_f32_s
            0xa9 I32TruncF32U i32_trunc_f32_u
            0xaa I32TruncF64S i32_trunc_f64_s
            0xab I32TruncF64U i32_trunc_f64_u
            0xac I64ExtendI32S i64_extend_i32_s
            0xad I64ExtendI32U i64_extend_i32_u
            0xae I64TruncF32S i64_trunc_f32_s
            0xaf I64TruncF32U i64_trunc_f32_u
            0xb0 I64TruncF64S i64_trunc_f64_s
            0xb1 I64TruncF64U i64_trunc_f64_u
            0xb2 F32ConvertI32S f32_convert_i32_s
            0xb3 F32ConvertI32U f32_convert_i32_u
            0xb4 F32ConvertI64S f32_convert_i64_s
            0xb5 F32ConvertI64U f32_convert_i64_u
            0xb6 F32DemoteF64 f32_demote_f64
            0xb7 F64ConvertI32S f64_convert_i32_s
            0xb8 F64ConvertI32U f64_convert_i32_u
            0xb9 F64ConvertI64S f64_convert_i64_s
            0xba F64ConvertI64U f64_convert_i64_u
            0xbb F64PromoteF32 f64_promote_f32
            0xbc I32ReinterpretF32 i32_reinterpret_f32
            0xbd I64ReinterpretF64 i64_reinterpret_f64
            0xbe F32ReinterpretI32 f32_reinterpret_i32
            0xbf F64ReinterpretI64 f64_reinterpret_i64
            0xc0 I32Extend8S i32_extend8_s
            0xc1 I32Extend16S i32_extend16_s
            0xc2 I64Extend8S i64_extend8_s
            0xc3 I64Extend16S i64_extend16_s
            0xc4 I64Extend32S i64_extend32_s
            0xfc00 I32TruncSatF32S i32_trunc_sat_f32_s
            0xfc01 I32TruncSatF32U i32_trunc_sat_f32_u
            0xfc02 I32TruncSatF64S i32_trunc_sat_f64_s
            0xfc03 I32TruncSatF64U i32_trunc_sat_f64_u
            0xfc04 I64TruncSatF32S i64_trunc_sat_f32_s
            0xfc05 I64TruncSatF32U i64_trunc_sat_f32_u
            0xfc06 I64TruncSatF64S i64_trunc_sat_f64_s
            0xfc07 I64TruncSatF64U i64_trunc_sat_f64_u
            0xfc0a MemoryCopy memory_copy
            0xfc0b MemoryFill memory_fill
        }
    };
}

#[cfg(test)]
mod tests {
    use wasmi::OperatorCost;
    use wasmparser::{BinaryReader, OperatorsReader};

    use crate::spec::{Spec, text};

    macro_rules! table {
        ($($opcode:literal $variant:ident $name:ident)*) => {
            &[$(($opcode, stringify!($variant), stringify!($name)),)*]
        };
    }
    const OPERATORS: &[(u16, &str, &str)] = for_each_operator!(table);

    #[test]
    fn every_operator_has_one_line_in_the_table() {
        let listed = text::operators(include_str!("../../spec/v1.txt"));
        let names = listed.map(|(opcode, name)| (opcode, name.replace('.', "_")));
        let known = OPERATORS.iter().map(|&(opcode, _, name)| (opcode, name.trim_end_matches('_').into()));
        assert!(names.eq(known));
    }

    #[test]
    fn only_what_generates_no_code_is_free() {
        let free = ["unreachable", "nop", "block", "loop_", "else_", "end", "return_", "drop"];
        for &(opcode, _, name) in OPERATORS {
            assert_eq!(Spec::V1.cost(opcode) == 0, free.contains(&name), "{name}");
        }
    }

    #[test]
    fn the_names_are_those_of_both_engines() {
        macro_rules! fill {
            ($($opcode:literal $variant:ident $name:ident)*) => {
                OperatorCost { $($name: ($opcode as u16 & 0xff) as u8,)* ..OperatorCost::default() }
            };
        }
        macro_rules! name {
            ($($opcode:literal $variant:ident $name:ident)*) => {
                |operator: &wasmparser::Operator| match operator {
                    $(wasmparser::Operator::$variant { .. } => Some($opcode),)*
                    _ => None,
                }
            };
        }
        let costs = for_each_operator!(fill);
        assert_eq!((costs.i32_add, costs.memory_fill, costs.i64_extend32_s), (0x6a, 0x0b, 0xc4));
        let opcode: fn(&wasmparser::Operator) -> Option<u16> = for_each_operator!(name);
        for &(expected, _, name) in OPERATORS {
            let bytes = expected.to_be_bytes();
            let bytes = if expected < 0x100 { &bytes[1..] } else { &bytes };
            let inside_if = [&[0x04, 0x40], bytes, &[0; 16]].concat();
            let mut reader = OperatorsReader::new(BinaryReader::new(&inside_if, 0));
            reader.read().unwrap();
            let operator = reader.read().unwrap();
            assert_eq!(opcode(&operator), Some(expected), "{name}");
        }
    }
}
