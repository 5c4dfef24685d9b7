//! Numbers of WebAssembly, as they are written and shown.

use aingle_wasm_core::engine::Value;
use aingle_wasm_fuel::summary;
use serde::Serialize;

/// Reads `word` as a value of type `ty`.
///
/// # Errors
/// What would have been right.
pub fn parse(word: &str, ty: summary::Value) -> Result<Value, String> {
    let word = &word.replace(MINUS, "-");
    let bits = bits(word);
    let short = bits.and_then(|bits| u32::try_from(bits).ok());
    let value = match ty {
        summary::Value::I32 => short.or_else(|| integer(word)).map(Value::I32),
        summary::Value::I64 => bits.or_else(|| long_integer(word)).map(Value::I64),
        summary::Value::F32 => short.or_else(|| float(word, |n: f32| n.to_bits())).map(Value::F32),
        summary::Value::F64 => bits.or_else(|| float(word, f64::to_bits)).map(Value::F64),
        _ => return Err(format!("an argument of type {ty} cannot be written here")),
    };
    value.ok_or_else(|| match ty {
        summary::Value::I32 | summary::Value::I64 => {
            format!("`{word}` is not an {ty}: write an integer, as in -7, or its bits, as in 0x1f")
        }
        _ => format!(
            "`{word}` is not an {ty}: write a number, as in -0.5, inf or nan, or its bits, as in 0x3f000000"
        ),
    })
}

/// What the parser of the command line takes for a cluster of flags: its hyphen becomes a minus sign, which
/// [`parse`] reads too. Numbers proper it knows.
pub fn shield(word: String) -> String {
    match word.to_ascii_lowercase().as_str() {
        "-inf" | "-infinity" | "-nan" => word.replacen('-', MINUS, 1),
        _ => word,
    }
}

const MINUS: &str = "\u{2212}";

fn bits(word: &str) -> Option<u64> {
    let digits = word.strip_prefix("0x").filter(|digits| !digits.starts_with('+'))?;
    u64::from_str_radix(digits, 16).ok()
}

fn integer(word: &str) -> Option<u32> {
    word.parse::<i32>().map(|n| n as u32).or_else(|_| word.parse()).ok()
}

fn long_integer(word: &str) -> Option<u64> {
    word.parse::<i64>().map(|n| n as u64).or_else(|_| word.parse()).ok()
}

fn float<F: std::str::FromStr, B>(word: &str, bits: fn(F) -> B) -> Option<B> {
    word.parse().ok().map(bits)
}

/// A value in a report.
#[derive(Serialize)]
pub struct Shown {
    r#type: &'static str,
    value: Number,
    bits: String,
}

/// A number as JSON has it, or a word for what JSON has not.
#[derive(Serialize)]
#[serde(untagged)]
enum Number {
    Integer(i64),
    F32(f32),
    F64(f64),
    Word(&'static str),
}

impl From<Value> for Shown {
    fn from(value: Value) -> Self {
        let half = |bits: u32| format!("{bits:#010x}");
        let whole = |bits: u64| format!("{bits:#018x}");
        let (r#type, value, bits) = match value {
            Value::I32(n) => ("i32", Number::Integer((n as i32).into()), half(n)),
            Value::I64(n) => ("i64", Number::Integer(n as i64), whole(n)),
            Value::F32(bits) => {
                let n = f32::from_bits(bits);
                ("f32", word(n.into()).map_or(Number::F32(n), Number::Word), half(bits))
            }
            Value::F64(bits) => {
                let n = f64::from_bits(bits);
                ("f64", word(n).map_or(Number::F64(n), Number::Word), whole(bits))
            }
        };
        Self { r#type, value, bits }
    }
}

impl Shown {
    /// The value in one word; of a NaN also its bits, which tell it from others.
    pub fn text(&self) -> String {
        match self.value {
            Number::Integer(n) => n.to_string(),
            Number::F32(n) => n.to_string(),
            Number::F64(n) => n.to_string(),
            Number::Word("nan") => format!("nan {}", self.bits),
            Number::Word(word) => word.to_owned(),
        }
    }
}

fn word(n: f64) -> Option<&'static str> {
    match n {
        n if n.is_nan() => Some("nan"),
        f64::INFINITY => Some("inf"),
        f64::NEG_INFINITY => Some("-inf"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_by_their_types() {
        use summary::Value::{F32, F64, I32, I64};
        assert_eq!(parse("-1", I32), Ok(Value::I32(u32::MAX)));
        assert_eq!(parse("4294967295", I32), Ok(Value::I32(u32::MAX)));
        assert_eq!(parse("0xff", I64), Ok(Value::I64(255)));
        assert_eq!(parse("-9223372036854775808", I64), Ok(Value::I64(1 << 63)));
        assert_eq!(parse("-0.5", F32), Ok(Value::F32(0xbf00_0000)));
        assert_eq!(parse("0x7fa00000", F32), Ok(Value::F32(0x7fa0_0000)));
        assert_eq!(parse("-inf", F64), Ok(Value::F64(0xfff0_0000_0000_0000)));
        assert_eq!(parse("nan", F64), Ok(Value::F64(0x7ff8_0000_0000_0000)));
        for word in ["", "1.5", "4294967296", "0x", "0x+1", "0x1ffffffff", "x"] {
            assert!(parse(word, I32).is_err(), "{word}");
        }
    }

    #[test]
    fn a_report_keeps_every_bit() {
        let json = |value: Value| serde_json::to_string(&Shown::from(value)).unwrap();
        assert_eq!(json(Value::F32(0x3dcc_cccd)), r#"{"type":"f32","value":0.1,"bits":"0x3dcccccd"}"#);
        assert_eq!(json(Value::I64(u64::MAX)), r#"{"type":"i64","value":-1,"bits":"0xffffffffffffffff"}"#);
        assert_eq!(json(Value::F32(0xffa0_0000)), r#"{"type":"f32","value":"nan","bits":"0xffa00000"}"#);
        assert_eq!(
            json(Value::F64(0xfff0 << 48)),
            r#"{"type":"f64","value":"-inf","bits":"0xfff0000000000000"}"#
        );
    }
}
