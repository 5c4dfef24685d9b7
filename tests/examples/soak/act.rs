//! What a thread does, again and again, and what must come of it.

use std::{
    panic,
    sync::{OnceLock, RwLock},
};

use aingle_wasm_backend_wasmer::Engine;
use aingle_wasm_core::{
    engine::Limits,
    error::{Abstain, Error, Trap},
    host::{Cost, HostError, Import},
    pool::Pool,
};
use fastrand::Rng;

/// 64 guests, each behind a pool that is replaced now and then.
pub struct Server {
    pub engine: Engine,
    guests: Vec<Guest>,
}

struct Guest {
    wasm: Vec<u8>,
    pool: RwLock<Pool<Engine, Wish>>,
    /// Fuel of `sum` and of `ask`, by bytes of the payload.
    fuel: [Vec<OnceLock<u64>>; 2],
}

/// What the host function shall do.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Wish {
    #[default]
    Answer,
    Fail,
    Panic,
}

impl Server {
    /// # Errors
    /// Why a guest does not load.
    pub fn new(engine: Engine) -> Result<Self, String> {
        let guests = (0..GUESTS).map(|number| {
            let text = include_str!("guest.wat").replace("NUMBER", &number.to_string());
            let wasm = wat::parse_str(text).map_err(|error| error.to_string())?;
            let pool = RwLock::new(pool(&engine, &wasm).map_err(|error| error.to_string())?);
            let fuel = [(), ()].map(|()| vec![OnceLock::new(); LONGEST as usize]);
            Ok(Guest { wasm, pool, fuel })
        });
        let guests = guests.collect::<Result<_, String>>()?;
        Ok(Self { engine, guests })
    }
}

fn pool(engine: &Engine, wasm: &[u8]) -> Result<Pool<Engine, Wish>, Error> {
    let module = <Engine as aingle_wasm_core::engine::Engine<Wish>>::load(engine, wasm, Limits::SERVER)?;
    Ok(Pool::new(engine.clone(), module, IMPORTS, Wish::default))
}

const IMPORTS: &[Import<Wish>] =
    &[Import::new("twice", 5, Cost::STANDARD, |wish, request, room| match wish {
        Wish::Answer => {
            let mut bytes = [0; 4];
            bytes.copy_from_slice(request);
            room[..4].copy_from_slice(&(2 * u32::from_le_bytes(bytes)).to_le_bytes());
            Ok(4)
        }
        Wish::Fail => Err(HostError::failed("no", room)),
        Wish::Panic => panic::panic_any(ON_PURPOSE),
    })];

/// A thread at work.
pub struct Act<'s> {
    server: &'s Server,
    random: Rng,
}

/// What [`Act::once`] counts.
pub const TALLIES: [&str; 6] = ["sums", "answers of the host", "host errors", "traps", "panics", "new pools"];

impl<'s> Act<'s> {
    pub fn new(server: &'s Server, seed: u64) -> Self {
        Self { server, random: Rng::with_seed(seed) }
    }

    /// Does one thing; which of the [`TALLIES`] it was.
    ///
    /// # Errors
    /// What came of it instead.
    pub fn once(&mut self) -> Result<usize, String> {
        let number = self.random.u32(..GUESTS);
        let guest = &self.server.guests[number as usize];
        let what = self.random.u32(..1000);
        if what == 0 {
            let fresh = pool(&self.server.engine, &guest.wasm).map_err(|error| error.to_string())?;
            *guest.pool.write().map_err(|_| "a thread panicked with a pool")? = fresh;
            return Ok(5);
        }
        let (tally, entry, wish) = match what {
            1..500 => (0, "sum", Wish::Answer),
            500..700 => (1, "ask", Wish::Answer),
            700..800 => (2, "ask", Wish::Fail),
            800..900 => (3, "crash", Wish::Answer),
            900..950 => (3, "hang", Wish::Answer),
            _ => (4, "ask", Wish::Panic),
        };
        let payload: Vec<u8> = (0..self.random.u32(..LONGEST)).map(|_| self.random.u8(..)).collect();
        let pool = guest.pool.read().map_err(|_| "a thread panicked with a pool")?.clone();
        let called = pool.with(|guest| {
            let left = guest.with_state(|state| std::mem::replace(state, wish));
            let mut entry = guest.entry(entry)?;
            let answer = guest
                .call(&mut entry, &payload, FUEL, |reply| reply.map(<[u8]>::to_vec).map_err(<[u8]>::to_vec));
            Ok::<_, Error>((left, answer, guest.fuel_used()))
        });
        let (left, answer, used) = called.and_then(|called| called).map_err(|error| error.to_string())?;
        let sum = payload.iter().map(|&byte| u32::from(byte)).sum::<u32>() + number;
        let expected = match (entry, wish) {
            ("sum", _) => Ok(Ok(sum.to_le_bytes().to_vec())),
            ("ask", Wish::Answer) => Ok(Ok((2 * sum).to_le_bytes().to_vec())),
            ("ask", Wish::Fail) => Ok(Err(b"no".to_vec())),
            ("ask", Wish::Panic) => Err(Abstain::Panic.into()),
            ("crash", _) => Err(Trap::Unreachable.into()),
            _ => Err(Trap::OutOfFuel.into()),
        };
        if (left, &answer) != (Some(Wish::Answer), &expected) {
            return Err(format!(
                "guest {number}, {entry}, {wish:?} after {left:?}: {answer:?}, not {expected:?}"
            ));
        }
        if let (0 | 1, Some(known)) = (tally, guest.fuel.get(tally)) {
            let known = *known[payload.len()].get_or_init(|| used);
            if known != used {
                return Err(format!("guest {number}, {entry}: {used} units, and {known} before"));
            }
        }
        Ok(tally)
    }
}

/// What a panic says that is part of the game.
pub const ON_PURPOSE: &str = "on purpose";

const GUESTS: u32 = 64;

/// Bytes of the longest payload, and one.
const LONGEST: u32 = 200;

/// Far more than a call takes that ends.
const FUEL: u64 = 100_000;
