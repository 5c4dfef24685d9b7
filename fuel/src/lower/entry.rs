//! Exported functions that a host calls with fuel and that give back what is left.

use wasm_encoder::{ExportKind, ExportSection, Function, ValType};

use super::{call, helper::Globals};

/// A function of type `(i32, i32) -> i64` that is exported.
pub(super) struct Entry {
    /// Its place among all exports.
    pub place: usize,
    pub function: u32,
}

impl Entry {
    /// Type of such a function.
    pub const TYPE: (&[wasmparser::ValType], &[wasmparser::ValType]) =
        (&[wasmparser::ValType::I32; 2], &[wasmparser::ValType::I64]);

    /// Type of the function that calls it.
    pub const METERED: ([ValType; 3], [ValType; 2]) =
        ([ValType::I32, ValType::I32, ValType::I64], [ValType::I64; 2]);

    /// Exports the function with index `caller`, which calls it.
    pub fn export(&self, exports: &mut ExportSection, caller: u32) {
        exports.export(&call(self.place), ExportKind::Func, caller);
    }

    /// The function that calls it.
    pub fn caller(&self, globals: Globals) -> Function {
        let mut function = Function::new([]);
        let mut code = function.instructions();
        code.local_get(FUEL).global_set(globals.fuel);
        code.local_get(0).local_get(1).call(self.function);
        code.global_get(globals.fuel).end();
        function
    }
}

/// Behind the function's own two arguments.
const FUEL: u32 = 2;
