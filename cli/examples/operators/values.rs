//! The operands that operators are measured on: fixed pseudo-random sets, in classes.
//!
//! Software that stands in for missing hardware (64-bit division, all of `f64` on a Cortex-M4F) takes as long as
//! its operands want. So each operator meets every class that it takes, and its dearest class is bounded too.

/// A number type of WebAssembly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    I32,
    I64,
    F32,
    F64,
}

impl Type {
    pub fn parse(name: &str) -> Self {
        match name {
            "i32" => Type::I32,
            "i64" => Type::I64,
            "f32" => Type::F32,
            "f64" => Type::F64,
            _ => panic!("{name} is no number type"),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Type::I32 => "i32",
            Type::I64 => "i64",
            Type::F32 => "f32",
            Type::F64 => "f64",
        }
    }

    /// An expression that has these bits.
    pub fn constant(self, bits: u64) -> String {
        match self {
            Type::I32 => format!("(i32.const {})", bits as u32),
            Type::I64 => format!("(i64.const {bits})"),
            Type::F32 => format!("(f32.reinterpret_i32 (i32.const {}))", bits as u32),
            Type::F64 => format!("(f64.reinterpret_i64 (i64.const {bits}))"),
        }
    }

    fn bits(self) -> u32 {
        match self {
            Type::I32 | Type::F32 => 32,
            Type::I64 | Type::F64 => 64,
        }
    }
}

/// What kind of numbers a set has. Integers are never 0, so that they divide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Integers of up to 16 bits, either sign.
    Narrow,
    /// Integers with the highest bits of their type, either sign.
    Wide,
    /// Wide integers for the first operand, narrow ones for the second.
    Mixed,
    /// Floats from 2^-8 to 2^8, either sign.
    Ordinary,
    /// Floats from 2^-8 to 2^28: what every conversion to an integer takes.
    Positive,
    /// Floats of any exponent, either sign.
    Far,
    /// Floats below the least normal one.
    Subnormal,
    /// Zeros, infinities, not a number, the least and the largest.
    Special,
}

impl Class {
    pub const INTEGERS: &[Self] = &[Class::Narrow, Class::Wide, Class::Mixed];
    pub const FLOATS: &[Self] =
        &[Class::Ordinary, Class::Positive, Class::Far, Class::Subnormal, Class::Special];

    pub fn name(self) -> &'static str {
        match self {
            Class::Narrow => "narrow",
            Class::Wide => "wide",
            Class::Mixed => "wide, narrow",
            Class::Ordinary => "ordinary",
            Class::Positive => "positive",
            Class::Far => "far",
            Class::Subnormal => "subnormal",
            Class::Special => "special",
        }
    }

    /// The bits of the set for an operand of type `ty`: 1 for the first, 2 for the second.
    pub fn values(self, ty: Type, operand: u64) -> [u64; SET] {
        let mut random = Random(operand);
        core::array::from_fn(|at| match ty {
            Type::I32 | Type::I64 => self.integer(ty, operand, &mut random),
            Type::F32 => self.float(8, 23, at, &mut random),
            Type::F64 => self.float(11, 52, at, &mut random),
        })
    }

    fn integer(self, ty: Type, operand: u64, random: &mut Random) -> u64 {
        let magnitude = match (self, operand) {
            (Class::Narrow, _) | (Class::Mixed, 2) => random.below(0xffff) + 1,
            _ => random.next() >> (64 - ty.bits()) | 1 << (ty.bits() - 2),
        };
        if random.below(2) == 0 { magnitude } else { magnitude.wrapping_neg() }
    }

    fn float(self, exponent_bits: u32, mantissa_bits: u32, at: usize, random: &mut Random) -> u64 {
        let (top, bias) = ((1 << exponent_bits) - 1, (1 << (exponent_bits - 1)) - 1);
        let mantissa = random.next() >> (64 - mantissa_bits);
        let sign = random.below(2);
        let (sign, exponent, mantissa) = match self {
            Class::Positive => (0, bias - 8 + random.below(37), mantissa),
            Class::Far => (sign, 1 + random.below(top - 1), mantissa),
            Class::Subnormal => (sign, 0, (mantissa >> random.below(mantissa_bits.into())) | 1),
            Class::Special => {
                let all = (1 << mantissa_bits) - 1;
                [(sign, 0, 0), (sign, top, 0), (0, top, 1 << (mantissa_bits - 1)), (sign, top - 1, all)]
                    [at % 4]
            }
            _ => (sign, bias - 8 + random.below(17), mantissa),
        };
        sign << (exponent_bits + mantissa_bits) | exponent << mantissa_bits | mantissa
    }
}

/// Numbers in a set.
pub const SET: usize = 16;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}
