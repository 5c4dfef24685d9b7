//! What a module imports, exports and asks for, read from its head.

mod reader;

use std::fmt;

use wasmparser::Parser;

use self::reader::Reader;
use crate::Error;

/// A module's imports, exports and needs.
///
/// Describes and does not judge: a module that the engines refuse has a summary too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Summary {
    /// In the module's order.
    pub imports: Vec<Import>,
    /// In the module's order.
    pub exports: Vec<Export>,
    /// The first memory, its own or imported.
    pub memory: Option<Memory>,
    /// All tables, imported ones first.
    pub tables: Vec<Table>,
    /// Whether a function runs when the module is started, before any call.
    pub start: bool,
    /// Custom sections, in the module's order.
    pub custom: Vec<Custom>,
}

/// Something that the module needs from its host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Import {
    /// Name of the module that it is asked from, such as `env`.
    pub module: String,
    /// Its name there.
    pub name: String,
    /// What it is.
    pub ty: Type,
}

/// Something that the module offers to its host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// What it is.
    pub ty: Type,
}

/// What an import or export is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Type {
    /// A function.
    Function(Signature),
    /// A global variable or constant.
    Global {
        /// Type of its value.
        value: Value,
        /// Whether it can be set.
        mutable: bool,
    },
    /// A memory.
    Memory,
    /// A table of functions or references.
    Table,
    /// A tag of an exception.
    Tag,
}

/// Parameters and results of a function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Signature {
    /// Types of the parameters.
    pub parameters: Vec<Value>,
    /// Types of the results.
    pub results: Vec<Value>,
}

/// Type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Value {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// 128-bit vector.
    V128,
    /// Reference to a function or to something of the host.
    Reference,
}

/// Size of a memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Memory {
    /// Size at the start, in bytes.
    pub minimum: u64,
    /// Size it may reach, in bytes; absent when it has no bound.
    pub maximum: Option<u64>,
    /// Bytes in a page: 65,536 or 1.
    pub page: u32,
}

/// Size of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Table {
    /// Elements at the start.
    pub minimum: u64,
    /// Elements it may reach; absent when it has no bound.
    pub maximum: Option<u64>,
}

/// A custom section.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Custom {
    /// Its name; several may share one.
    pub name: String,
    /// Its content without the name, in bytes.
    pub size: usize,
}

impl Summary {
    /// Reads a module's head; skips code, data and elements.
    ///
    /// # Errors
    ///
    /// [`Reason::Invalid`](crate::Reason::Invalid) when the module is malformed as far as it is read.
    pub fn read(wasm: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::default();
        for payload in Parser::new(0).parse_all(wasm) {
            reader.section(payload?)?;
        }
        Ok(reader.finish())
    }

    /// The import of this number, as engines count: functions first.
    pub fn import(&self, index: u16) -> Option<&Import> {
        let is_function = |import: &&Import| matches!(import.ty, Type::Function(_));
        let functions = self.imports.iter().filter(is_function);
        functions.chain(self.imports.iter().filter(|import| !is_function(import))).nth(index.into())
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(f, &self.parameters)?;
        match self.results.as_slice() {
            [] => Ok(()),
            [result] => write!(f, " -> {result}"),
            results => {
                f.write_str(" -> ")?;
                list(f, results)
            }
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, values: &[Value]) -> fmt::Result {
    f.write_str("(")?;
    for (place, value) in values.iter().enumerate() {
        let comma = if place == 0 { "" } else { ", " };
        write!(f, "{comma}{value}")?;
    }
    f.write_str(")")
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::V128 => "v128",
            Self::Reference => "ref",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(text: &str) -> Summary {
        Summary::read(&wat::parse_str(text).unwrap()).unwrap()
    }

    #[test]
    fn imports_and_exports_carry_their_types() {
        let summary = summary(
            r#"(module
                (import "env" "log" (func (param i32 i32) (result i64)))
                (import "env" "base" (global i32))
                (func (export "mix") (param f32) (result i32 f64) unreachable)
                (export "again" (func 0))
                (global (export "count") (mut i64) (i64.const 0))
                (memory (export "memory") 1))"#,
        );
        let shown = |ty: &Type| match ty {
            Type::Function(signature) => signature.to_string(),
            other => format!("{other:?}"),
        };
        let imports: Vec<_> = summary
            .imports
            .iter()
            .map(|import| (import.module.as_str(), import.name.as_str(), shown(&import.ty)))
            .collect();
        assert_eq!(imports[0], ("env", "log", "(i32, i32) -> i64".to_owned()));
        assert_eq!((imports[1].0, imports[1].1), ("env", "base"));

        let exports: Vec<_> =
            summary.exports.iter().map(|export| (export.name.as_str(), shown(&export.ty))).collect();
        assert_eq!(exports[0], ("mix", "(f32) -> (i32, f64)".to_owned()));
        assert_eq!(exports[1], ("again", "(i32, i32) -> i64".to_owned()));
        let count = Type::Global { value: Value::I64, mutable: true };
        assert_eq!(summary.exports[2].ty, count);
        assert_eq!(summary.exports[3].ty, Type::Memory);
    }

    #[test]
    fn memory_is_counted_in_bytes() {
        let small = summary("(module (memory 1000 2000 (pagesize 1)))").memory;
        let ordinary = summary("(module (memory 2))").memory;
        let expected = Memory { minimum: 1000, maximum: Some(2000), page: 1 };
        assert_eq!(small, Some(expected));
        let expected = Memory { minimum: 131_072, maximum: None, page: 65_536 };
        assert_eq!(ordinary, Some(expected));
    }

    #[test]
    fn tables_start_and_custom_sections_are_listed() {
        let summary = summary(r#"(module (table 3 9 funcref) (func) (start 0) (@custom "note" "\00\01"))"#);
        assert_eq!(summary.tables, [Table { minimum: 3, maximum: Some(9) }]);
        assert!(summary.start);
        let note = Custom { name: "note".to_owned(), size: 2 };
        assert_eq!(summary.custom, [note]);
    }

    #[test]
    fn a_module_with_refused_features_has_a_summary() {
        let wasm = wat::parse_str(r#"(module (func (export "f") (result v128) (v128.const i64x2 0 0)))"#);
        let summary = Summary::read(&wasm.unwrap()).unwrap();
        let Type::Function(signature) = &summary.exports[0].ty else {
            panic!("not a function");
        };
        assert_eq!(signature.to_string(), "() -> v128");
    }

    #[test]
    fn dangling_indices_are_errors() {
        // An export of function 7, in a module without functions.
        let wasm = b"\0asm\x01\0\0\0\x07\x05\x01\x01f\x00\x07";
        assert!(Summary::read(wasm).is_err());
        assert!(Summary::read(b"").is_err());
    }
}
