//! How much there is of what a module consists of: what an engine's memory for it follows from.

use crate::check::reader::Reader;

/// Counts over a module, for whoever predicts what an engine needs for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Function types.
    pub types: u32,
    /// Most parameters and results of one.
    pub widest: u32,
    /// Imports.
    pub imports: u32,
    /// Functions with a body.
    pub functions: u32,
    /// Elements of tables at the start.
    pub table: u32,
    /// Bytes of memory at the start.
    pub memory: u64,
    /// Globals.
    pub globals: u32,
    /// Exports.
    pub exports: u32,
    /// Bytes of their names.
    pub names: u32,
    /// Segments of data and of elements.
    pub segments: u32,
    /// Bytes of the sections with segments.
    pub segment_bytes: u32,
    /// Bytes of bodies.
    pub code: u32,
    /// Bytes of the longest body.
    pub longest: u32,
    /// Locals of the body that has most, without its parameters.
    pub locals: u32,
}

impl Counts {
    /// Counts; `None` when the bytes are no module. It neither allocates nor looks at operators, so of a module that
    /// no engine takes it says something too.
    pub fn of(wasm: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(wasm);
        (reader.take(8).ok()? == b"\0asm\x01\0\0\0").then_some(())?;
        let mut counts = Self::default();
        while !reader.is_done() {
            let id = reader.byte().ok()?;
            let bytes = reader.counted().ok()?;
            counts.section(id, Reader::new(bytes), bytes.len() as u32)?;
        }
        Some(counts)
    }

    fn section(&mut self, id: u8, mut reader: Reader<'_>, len: u32) -> Option<()> {
        if !(1..=11).contains(&id) || id == START {
            return Some(());
        }
        let count = reader.u32().ok()?;
        match id {
            1 => {
                self.types = count;
                for _ in 0..count {
                    reader.byte().ok()?;
                    let values = reader.counted().ok()?.len() + reader.counted().ok()?.len();
                    self.widest = self.widest.max(values as u32);
                }
            }
            2 => self.imports = count,
            3 => self.functions = count,
            4 => {
                for _ in 0..count {
                    reader.byte().ok()?;
                    let (minimum, _) = limits(&mut reader)?;
                    self.table = self.table.saturating_add(minimum);
                }
            }
            5 => {
                for _ in 0..count {
                    let (pages, log2) = limits(&mut reader)?;
                    self.memory = self.memory.saturating_add(u64::from(pages) << log2.min(16));
                }
            }
            6 => self.globals = count,
            7 => {
                self.exports = count;
                for _ in 0..count {
                    self.names = self.names.saturating_add(reader.counted().ok()?.len() as u32);
                    reader.byte().ok()?;
                    reader.u32().ok()?;
                }
            }
            10 => {
                for _ in 0..count {
                    let body = reader.counted().ok()?;
                    self.code = self.code.saturating_add(body.len() as u32);
                    self.longest = self.longest.max(body.len() as u32);
                    self.locals = self.locals.max(locals(Reader::new(body))?);
                }
            }
            _ => {
                self.segments = self.segments.saturating_add(count);
                self.segment_bytes = self.segment_bytes.saturating_add(len);
            }
        }
        Some(())
    }
}

/// The locals that a body declares.
fn locals(mut body: Reader<'_>) -> Option<u32> {
    let mut locals = 0_u32;
    for _ in 0..body.u32().ok()? {
        locals = locals.saturating_add(body.u32().ok()?);
        body.byte().ok()?;
    }
    Some(locals)
}

/// The minimum, and the logarithm of a page's size.
fn limits(reader: &mut Reader<'_>) -> Option<(u32, u32)> {
    let flags = reader.byte().ok()?;
    let minimum = reader.u32().ok()?;
    if flags & 1 != 0 {
        reader.u32().ok()?;
    }
    let log2 = if flags & 8 != 0 { reader.u32().ok()? } else { 16 };
    Some((minimum, log2))
}

const START: u8 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_is_counted() {
        let wasm = wat::parse_str(
            r#"(module (type (func (param i32))) (import "env" "f" (func (type 0))) (memory 5000 5000 (pagesize 1))
            (table 7 funcref) (global i32 (i32.const 1)) (func) (func (local i32 i32 i32) (nop) (nop) (nop)) (export "a" (func 1))
            (data (i32.const 0) "abc") (elem (i32.const 0) 1))"#,
        )
        .unwrap();
        let counts = Counts::of(&wasm).unwrap();
        assert_eq!((counts.types, counts.imports, counts.functions, counts.table), (2, 1, 2, 7));
        assert_eq!((counts.memory, counts.globals, counts.exports, counts.segments), (5000, 1, 1, 2));
        assert_eq!((counts.code, counts.longest, counts.locals), (2 + 7, 7, 3));
        assert_eq!((counts.widest, counts.names), (1, 1));
        assert_eq!(Counts::of(&wat::parse_str("(module (memory 2))").unwrap()).unwrap().memory, 2 << 16);
    }

    #[test]
    fn what_is_no_module_has_none_and_lies_do_no_harm() {
        assert_eq!(Counts::of(b""), None);
        assert_eq!(Counts::of(b"\0asm\x01\0\0\0\x05\xff\xff\xff\xff\x0f"), None);
        assert_eq!(Counts::of(b"\0asm\x01\0\0\0\x0a\x05\xff\xff\xff\xff\x0f"), None);
    }
}
