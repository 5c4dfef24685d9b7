//! What a guest was at some moment, to put it back to.

use aingle_wasm_fuel::globals;
use wasmer::{Exports, Global, Store, Value};

/// Memory and mutable globals; nothing else of a guest can change, since the check takes no module that changes a
/// table or drops a segment.
pub(crate) struct Snapshot {
    /// Up to its last byte that is not zero.
    image: Box<[u8]>,
    /// Bytes of the memory.
    len: usize,
    globals: Vec<(Global, Value)>,
}

impl Snapshot {
    /// `None` when the memory is large.
    pub fn of_memory(memory: &[u8]) -> Option<Self> {
        if memory.len() > MOST {
            return None;
        }
        let used = memory.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        Some(Self { image: memory[..used].into(), len: memory.len(), globals: Vec::new() })
    }

    /// With all globals: a lowered guest exports them.
    pub fn with_globals(self, exports: &Exports, store: &mut Store) -> Self {
        let named = exports.iter().globals().filter(|(name, _)| name.starts_with(globals::PREFIX));
        let globals = named.map(|(_, global)| (global.clone(), global.get(store))).collect();
        Self { globals, ..self }
    }

    /// Whether the memory is again what it was.
    pub fn put_back_memory(&self, memory: &mut [u8]) -> bool {
        if memory.len() != self.len {
            return false;
        }
        let (image, zero) = memory.split_at_mut(self.image.len());
        image.copy_from_slice(&self.image);
        zero.fill(0);
        true
    }

    /// Whether the globals are again what they were.
    pub fn put_back_globals(&self, store: &mut Store) -> bool {
        self.globals.iter().all(|(global, value)| global.set(store, value.clone()).is_ok())
    }
}

/// Bytes of memory from which a new instance, whose memory is zero until it is touched, is cheaper than a copy.
const MOST: usize = 512 << 10;
