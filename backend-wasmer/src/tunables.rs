//! How wasmer lays out what a guest gets: its memory, and the stack that it runs on.

#![allow(unsafe_code, reason = "wasmer's trait has unsafe methods, which are handed on as they are")]

use std::ptr::NonNull;

use wasmer::{
    MemoryType, TableType,
    sys::{
        BaseTunables,
        vm::{
            MemoryError, MemoryStyle, TableStyle, VMConfig, VMMemory, VMMemoryDefinition, VMTable,
            VMTableDefinition,
        },
    },
};

use crate::{Compiler, EngineConfig};

/// wasmer's own, but for the two that a configuration or the depth of calls decides.
pub(crate) struct Tunables {
    base: BaseTunables,
    /// Most pages that a static memory may have; `None` where no memory may be static.
    static_bound: Option<u32>,
}

impl Tunables {
    pub(crate) fn of(config: &EngineConfig) -> Self {
        let static_bound = match config.compiler {
            Compiler::Cranelift => Some(config.static_memory_bound),
            // LLVM may move the store of a charge past an access that the processor stops: even a volatile one, it
            // takes for granted, comes to its end. What a check of its own stops it moves nothing past.
            Compiler::Llvm => None,
        };
        Self { base: BaseTunables::new(), static_bound }
    }
}

impl wasmer::sys::Tunables for Tunables {
    fn memory_style(&self, memory: &MemoryType) -> MemoryStyle {
        match (memory.maximum, self.static_bound) {
            (Some(most), Some(bound)) if most.0 <= bound => self.base.memory_style(memory),
            _ => MemoryStyle::Dynamic { offset_guard_size: GUARD },
        }
    }

    fn table_style(&self, table: &TableType) -> TableStyle {
        self.base.table_style(table)
    }

    fn create_host_memory(&self, ty: &MemoryType, style: &MemoryStyle) -> Result<VMMemory, MemoryError> {
        self.base.create_host_memory(ty, style)
    }

    unsafe fn create_vm_memory(
        &self,
        ty: &MemoryType,
        style: &MemoryStyle,
        definition: NonNull<VMMemoryDefinition>,
    ) -> Result<VMMemory, MemoryError> {
        // SAFETY: the caller vouches for `definition`, under the same contract.
        unsafe { self.base.create_vm_memory(ty, style, definition) }
    }

    fn create_host_table(&self, ty: &TableType, style: &TableStyle) -> Result<VMTable, String> {
        self.base.create_host_table(ty, style)
    }

    unsafe fn create_vm_table(
        &self,
        ty: &TableType,
        style: &TableStyle,
        definition: NonNull<VMTableDefinition>,
    ) -> Result<VMTable, String> {
        // SAFETY: the caller vouches for `definition`, under the same contract.
        unsafe { self.base.create_vm_table(ty, style, definition) }
    }

    fn vmconfig(&self) -> &VMConfig {
        &VMConfig { wasm_stack_size: Some(STACK) }
    }
}

/// Bytes after a dynamic memory that are never there, so that offsets up to so many need no sum in the check.
const GUARD: u64 = 64 << 10;

/// Bytes of native stack for a run, taken as they are needed: four times what the deepest nesting of the largest
/// frames takes, so that the depth limit always comes first.
const STACK: usize = 8 << 20;
