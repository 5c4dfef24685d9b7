//! The locals through which operands take their way.

use wasm_encoder::{InstructionSink, ValType};

use crate::check::Place;

/// The locals that one function gains: at most one for an address and one for each type of a value.
pub(super) struct Scratch {
    /// Index of the first.
    first: u32,
    slots: Vec<Slot>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Slot {
    Address,
    Value(ValType),
}

impl Scratch {
    /// Takes the places of one function.
    pub fn new(places: &[Place]) -> Self {
        let first = places.first().map_or(0, |place| place.locals);
        let mut slots = Vec::new();
        for slot in places.iter().flat_map(slots_of) {
            if !slots.contains(&slot) {
                slots.push(slot);
            }
        }
        Self { first, slots }
    }

    pub fn locals(&self) -> impl Iterator<Item = (u32, ValType)> {
        self.slots.iter().map(|slot| match slot {
            Slot::Address => (1, ValType::I32),
            Slot::Value(ty) => (1, *ty),
        })
    }

    /// Writes the way that the operands of `place` take, just before its operator.
    pub fn pass(&self, place: &Place, code: &mut InstructionSink<'_>) {
        for slot in slots_of(place) {
            code.local_set(self.index(slot));
        }
        for slot in slots_of(place).rev() {
            code.local_get(self.index(slot));
        }
    }

    fn index(&self, slot: Slot) -> u32 {
        let place = self.slots.iter().position(|&known| known == slot);
        self.first + place.expect("a slot for each operand") as u32
    }
}

/// The operands that take a way, from the top of the stack.
fn slots_of(place: &Place) -> impl DoubleEndedIterator<Item = Slot> + use<> {
    let ty = match place.opcode {
        0x37 | 0x3c..=0x3e | 0x7f..=0x82 => ValType::I64,
        0x38 | 0xa8 | 0xa9 | 0xae | 0xaf => ValType::F32,
        0x39 | 0xaa | 0xab | 0xb0 | 0xb1 => ValType::F64,
        _ => ValType::I32,
    };
    let is_store = matches!(place.opcode, 0x36..=0x3e);
    [Slot::Value(ty)].into_iter().chain(is_store.then_some(Slot::Address))
}
