//! One way to use one operator, as a module that does it many times.

use crate::values::{SET, Type};

/// One way to use one operator.
pub struct Case {
    /// The operator's name in the text format.
    pub operator: &'static str,
    /// How it is used: the class of its operands, or its shape.
    pub form: String,
    /// What the module has beside the functions.
    pub fields: String,
    /// The operands, each in a local of its own: `$a0`, `$a1`, … for the first set, `$b0`, … for the second.
    pub operands: Vec<(Type, [u64; SET])>,
    /// The type of `$result`.
    pub result: Type,
    /// Uses of the operator, that run one after the other.
    pub with: Vec<String>,
    /// The same without the operator: the base line.
    pub without: Vec<String>,
    /// Units of fuel that a use takes beside the operator's and that its base line does not: charge points, and
    /// operators that copy its operands.
    pub beside: u32,
    /// Bytes that a use copies, fills or grows by.
    pub bytes: u32,
    /// All uses run once, since they change the guest for good.
    pub once: bool,
}

impl Case {
    /// A case of [`USES`] uses, the base line of which is empty.
    pub fn new(operator: &'static str, form: impl Into<String>, code: impl Fn(usize) -> String) -> Self {
        Self {
            operator,
            form: form.into(),
            fields: String::new(),
            operands: Vec::new(),
            result: Type::I32,
            with: (0..USES).map(code).collect(),
            without: Vec::new(),
            beside: 0,
            bytes: 0,
            once: false,
        }
    }

    pub fn fields(self, fields: impl Into<String>) -> Self {
        Self { fields: fields.into(), ..self }
    }

    pub fn operand(mut self, ty: Type, values: [u64; SET]) -> Self {
        self.operands.push((ty, values));
        self
    }

    pub fn result(self, result: Type) -> Self {
        Self { result, ..self }
    }

    pub fn without(self, code: impl Fn(usize) -> String) -> Self {
        Self { without: (0..self.with.len()).map(code).collect(), ..self }
    }

    pub fn beside(self, beside: u32) -> Self {
        Self { beside, ..self }
    }

    pub fn bytes(self, bytes: u32) -> Self {
        Self { bytes, ..self }
    }

    /// Keeps `uses` of the uses, and runs them once.
    pub fn once(mut self, uses: usize) -> Self {
        self.with.truncate(uses);
        Self { once: true, ..self }
    }

    /// The module's text. It exports `with` and `without`; their argument says how often all uses run.
    pub fn module(&self) -> String {
        let function = |name: &str, code: &[String]| {
            let mut locals = format!("(local $result {})", self.result.name());
            let mut values = String::new();
            for ((ty, bits), set) in self.operands.iter().zip('a'..) {
                for (at, bits) in bits.iter().enumerate() {
                    locals += &format!(" (local ${set}{at} {})", ty.name());
                    values += &format!("(local.set ${set}{at} {})\n", ty.constant(*bits));
                }
            }
            format!(
                "(func (export \"{name}\") (param $round i32) (result i32) {locals}\n{values}\
                 (loop $again\n{}\n\
                 (br_if $again (local.tee $round (i32.sub (local.get $round) (i32.const 1)))))\n\
                 (local.get $round))",
                code.join("\n")
            )
        };
        let (with, without) = (function("with", &self.with), function("without", &self.without));
        format!("(module\n{}\n{with}\n{without})", self.fields)
    }
}

/// Uses of an operator in a straight line: each operand of a set twice, with another partner.
pub const USES: usize = 2 * SET;

/// The local with the first operand of a use.
pub fn first(at: usize) -> String {
    format!("(local.get $a{})", at % SET)
}

/// The local with the second operand of a use.
pub fn second(at: usize) -> String {
    format!("(local.get $b{})", (5 * at + at / SET) % SET)
}
