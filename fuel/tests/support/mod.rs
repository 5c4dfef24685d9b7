//! Runs a guest as it was built beside its rewritten copy and holds them together.

#![allow(dead_code, reason = "each test binary uses its part")]

pub mod guest;
pub mod smith;
pub mod twin;

use aingle_wasm_fuel::small_memory;
use wasmi::{Config, Engine, Extern, Instance, Linker, Memory, Module, Store, TrapCode, Val};

/// Six kernels of a real guest.
pub const KERNELS: &[u8] = include_bytes!("../data/kernels-small.wasm");

/// One guest twice: with pages of one byte, and rewritten.
pub struct Pair {
    original: Run,
    rewritten: Run,
    shift: usize,
}

/// What a call gave: its results' bits, or why it stopped.
pub type Outcome = Result<Vec<u64>, TrapCode>;

impl Pair {
    /// Instantiates both; panics when only one of them can be.
    pub fn new(wasm: &[u8]) -> Result<Self, TrapCode> {
        let rewritten = small_memory::rewrite(wasm).unwrap();
        wasmparser::Validator::new().validate_all(&rewritten.wasm).unwrap();
        let again = small_memory::rewrite(&rewritten.wasm).unwrap();
        assert_eq!((&again.wasm, again.shift), (&rewritten.wasm, 0));

        let original = Run::new(wasm, true);
        let copy = Run::new(&rewritten.wasm, false);
        match (original, copy) {
            (Ok(original), Ok(copy)) => {
                Ok(Self { original, rewritten: copy, shift: rewritten.shift as usize })
            }
            (Err(left), Err(right)) => {
                assert_eq!(left, right);
                Err(left)
            }
            (left, right) => panic!("started: {}, {}", left.is_ok(), right.is_ok()),
        }
    }

    /// Parses and instantiates.
    pub fn parse(text: &str) -> Result<Self, TrapCode> {
        Self::new(&wat::parse_str(text).unwrap())
    }

    /// Calls both; panics when they differ in outcome.
    pub fn call(&mut self, name: &str, arguments: &[Val]) -> Outcome {
        let original = self.original.call(name, arguments);
        let rewritten = self.rewritten.call(name, arguments);
        assert_eq!(original, rewritten, "{name} {arguments:?}");
        original
    }

    /// The guest's memory; panics when they differ, or when the copy wrote below the guest.
    pub fn memory(&self) -> &[u8] {
        let original = self.original.memory();
        let (below, guest) = self.rewritten.memory().split_at(self.shift);
        assert!(original == guest, "memories differ");
        assert!(below.iter().all(|&byte| byte == 0), "written below");
        original
    }
}

struct Run {
    store: Store<()>,
    instance: Instance,
    memory: Memory,
}

impl Run {
    fn new(wasm: &[u8], page_sizes: bool) -> Result<Self, TrapCode> {
        let mut config = Config::default();
        config.wasm_custom_page_sizes(page_sizes);
        let engine = Engine::new(&config);
        let module = Module::new(&engine, wasm).unwrap();
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        linker.func_wrap("env", "double", |value: i32| value.wrapping_mul(2)).unwrap();
        let instance = linker.instantiate_and_start(&mut store, &module).map_err(|error| trap(&error))?;
        let Some(Extern::Memory(memory)) = instance.get_export(&store, "memory") else {
            panic!("the memory is not exported");
        };
        Ok(Self { store, instance, memory })
    }

    fn call(&mut self, name: &str, arguments: &[Val]) -> Outcome {
        let function = self.instance.get_func(&self.store, name).unwrap();
        let count = function.ty(&self.store).results().len();
        let mut results = vec![Val::I32(0); count];
        function.call(&mut self.store, arguments, &mut results).map_err(|error| trap(&error))?;
        Ok(results.iter().map(bits).collect())
    }

    fn memory(&self) -> &[u8] {
        self.memory.data(&self.store)
    }
}

fn trap(error: &wasmi::Error) -> TrapCode {
    error.as_trap_code().unwrap_or_else(|| {
        // A data segment beyond the memory is reported by a kind of its own.
        let sentence = error.to_string();
        assert!(sentence.contains("out of bounds"), "{sentence}");
        TrapCode::MemoryOutOfBounds
    })
}

/// A number's bits.
pub fn bits(value: &Val) -> u64 {
    match value {
        Val::I32(value) => u64::from(*value as u32),
        Val::I64(value) => *value as u64,
        Val::F32(value) => u64::from(value.to_bits()),
        Val::F64(value) => value.to_bits(),
        _ => panic!("not a number"),
    }
}
