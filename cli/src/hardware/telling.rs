//! A guest in this process that is told what happens on a mock, as a board would tell it.

use aingle_wasm_core::events::{Diary, Events, Given, MAX_HAPPENING};

use super::{Bench, Inner, Parts};

/// What a guest is told, one after the other.
pub struct Telling {
    bench: Bench,
    diary: Diary,
}

/// A call that a board would make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The entry.
    pub entry: String,
    /// Units of fuel that it may use.
    pub fuel: u64,
    /// Bytes of a [`Happening`](aingle_wasm_core::events::Happening).
    pub event: Vec<u8>,
}

impl Telling {
    /// For the guest in `wasm` on `bench`. On a bench that is no [mock](Bench::is_mock) nothing happens by itself.
    ///
    /// # Errors
    /// A sentence that names what happens and is told to nobody.
    pub fn new(wasm: &[u8], bench: Bench) -> Result<Self, String> {
        let mut diary = Diary::NEW;
        let Inner { parts, owners, given } = &mut *bench.inner();
        if let Parts::Mock(mock) = parts {
            if let Some(unheard) = mock.course.unheard(&Events::of_module(wasm)) {
                return Err(format!(
                    "{unheard}: the guest is told nothing of that; its grants.toml says of what"
                ));
            }
            let now = mock.time.nanos();
            let given = Given { grants: given, fastest: 1, resources: mock, owners };
            if diary.note(0, wasm, given, now) > 0 {
                return Err("something that the guest is to be told of is not there, or not given".to_owned());
            }
        }
        Ok(Self { bench: bench.clone(), diary })
    }
}

impl Iterator for Telling {
    type Item = Call;

    /// Lets time pass until something happens of which the guest is told.
    fn next(&mut self) -> Option<Call> {
        let Self { bench, diary } = self;
        let Parts::Mock(mock) = &mut bench.inner().parts else { return None };
        let mut room = [0; MAX_HAPPENING];
        loop {
            if let Some((entry, fuel, len)) = diary.take(&mut room) {
                let event = room[..len].to_vec();
                return Some(Call { entry: entry.as_str().to_owned(), fuel: fuel.into(), event });
            }
            let now = mock.course.next(diary.due().map(|nanos| nanos.div_ceil(1000)))?;
            mock.time.pass_to(now);
            diary.look(now.saturating_mul(1000), &mut |number, room| mock.happened(number, now, room));
        }
    }
}
