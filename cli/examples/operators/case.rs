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
    /// Times that all uses run.
    pub rounds: u32,
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
            rounds: 8,
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

    /// Runs `uses` of the uses once: for what changes the guest for good.
    pub fn once(mut self, uses: usize) -> Self {
        self.with.truncate(uses);
        Self { rounds: 1, ..self }
    }

    /// How often a call of `with` runs the operator.
    pub fn executions(&self) -> u32 {
        self.with.len() as u32 * self.rounds
    }

    /// The module's text. It exports `with` and `without`.
    pub fn module(&self) -> String {
        let function = |name: &str, code: &[String]| {
            let mut locals = format!("(local $round i32) (local $result {})", self.result.name());
            let mut values = String::new();
            for ((ty, bits), set) in self.operands.iter().zip('a'..) {
                for (at, bits) in bits.iter().enumerate() {
                    locals += &format!(" (local ${set}{at} {})", ty.name());
                    values += &format!("(local.set ${set}{at} {})\n", ty.constant(*bits));
                }
            }
            format!(
                "(func (export \"{name}\") (result i32) {locals}\n{values}\
                 (local.set $round (i32.const {}))\n(loop $again\n{}\n\
                 (br_if $again (local.tee $round (i32.sub (local.get $round) (i32.const 1)))))\n\
                 (local.get $round))",
                self.rounds,
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
