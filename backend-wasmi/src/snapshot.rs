//! What a guest was at some moment, to put it back to.

use aingle_wasm_fuel::globals;
use alloc::{boxed::Box, vec::Vec};
use wasmi::{AsContext, AsContextMut, Global, Instance, Memory, Val};

/// Memory and mutable globals; nothing else of a guest can change, since the check takes no module that changes a
/// table or drops a segment.
pub(crate) struct Snapshot {
    memory: Box<[u8]>,
    globals: Vec<(Global, Val)>,
}

impl Snapshot {
    /// `None` when not all globals can be reached, or the memory is large.
    pub fn take(store: impl AsContext, instance: &Instance, memory: Option<Memory>) -> Option<Self> {
        let memory = memory.map_or(&[][..], |memory| memory.data(&store));
        if memory.len() > MOST {
            return None;
        }
        let mut kept = Vec::new();
        kept.try_reserve_exact(memory.len()).ok()?;
        kept.extend_from_slice(memory);
        let named = instance.exports(&store).filter(|export| export.name().starts_with(globals::PREFIX));
        let named = named.filter_map(|export| export.into_global());
        let globals: Vec<_> = named.map(|global| (global, global.get(&store))).collect();
        // The check has seen to it that all have their name or none.
        (!globals.is_empty()).then(|| Self { memory: kept.into(), globals })
    }

    /// Whether the guest is again what it was.
    pub fn put_back(&self, mut store: impl AsContextMut, memory: Option<Memory>) -> bool {
        let memory = memory.map_or(&mut [][..], |memory| memory.data_mut(&mut store));
        if memory.len() != self.memory.len() {
            return false;
        }
        memory.copy_from_slice(&self.memory);
        self.globals.iter().all(|(global, value)| global.set(&mut store, value.clone()).is_ok())
    }
}

/// Bytes of memory from which a new instance, whose memory is zero until it is touched, is cheaper than a copy.
const MOST: usize = 512 << 10;
