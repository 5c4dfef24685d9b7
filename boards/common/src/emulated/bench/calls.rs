//! What a call takes, from the request's envelope to the reply's, and what it takes to enter a compartment.

use core::hint::black_box;

use aingle_wasm_backend_wasmi::Engine;
use aingle_wasm_core::{
    codec::{self, Opening, Sealing},
    engine::Limits,
    envelope::{self, Flags, HEADER_LEN, Version},
    error::Error,
    guest::{Entry, FunctionOf, Guest},
    host::{Cost, HostError, Import},
};

use super::{
    Counter, FUEL, Failure,
    loads::{ASK, ECHO},
    say,
};
use crate::{Compartment, compartment::Region};

/// Measures all in `region`.
pub fn all(counter: &Counter, region: Region) -> Result<(), Failure> {
    let mut caller = Caller { counter, compartment: Compartment::new(region) };
    caller.load(ECHO, "echo")?;
    for len in [64, 1024] {
        caller.echo(len)?;
    }
    say(format_args!("compartment enter and leave"), caller.enter_and_leave())?;
    caller.load(ASK, "ask")?;
    let mut len = Ok(0);
    let asked = counter.mean(|| len = caller.call(&[ASKED; 64], <[u8]>::len));
    if len? != 64 {
        return Err(Failure::Wrong("a host function's reply"));
    }
    say(format_args!("ask 64 call"), asked)
}

struct Caller<'c> {
    counter: &'c Counter,
    compartment: Compartment<Called>,
}

/// A guest, and the entry that is called.
struct Called {
    guest: Guest<Engine, ()>,
    entry: Entry<'static, FunctionOf<Engine, ()>>,
}

impl Caller<'_> {
    fn load(&mut self, wasm: &'static [u8], entry: &'static str) -> Result<(), Error> {
        self.compartment.load(|| {
            let mut guest = Guest::load(Engine::default(), wasm, LIMITS, IMPORTS, ())?;
            let entry = guest.entry(entry)?;
            Ok(Called { guest, entry })
        })
    }

    fn call<R: Copy + 'static>(
        &mut self,
        request: &[u8],
        reply: impl FnOnce(&[u8]) -> R,
    ) -> Result<R, Error> {
        self.compartment.with(|Called { guest, entry }| {
            guest.call(entry, request, FUEL, |bytes| reply(bytes.unwrap_or_default()))
        })?
    }

    /// An echo of `len` bytes and its parts.
    fn echo(&mut self, len: usize) -> Result<(), Failure> {
        let counter = self.counter;
        let mut frame = [0; ROOM];
        let frame_len =
            envelope::encode(Version::V2, Flags::EXPECTS_RESPONSE, &[ASKED; ROOM][..len], &mut frame)
                .map_err(codec::Error::from)?;
        let frame = &mut frame[..frame_len];
        let mut answer = [0; ROOM];

        let mut opened = 0;
        let open = counter.mean(|| opened = open(black_box(frame)).map_or(0, <[u8]>::len));
        let payload = &[ASKED; ROOM][..len];
        let mut called = Ok(0);
        let call = counter.mean(|| called = self.call(black_box(payload), <[u8]>::len));
        let mut sealed = Ok(0);
        let seal_alone = counter.mean(|| sealed = seal(black_box(payload), &mut answer));
        let mut done = Ok(0);
        let all = counter.mean(|| done = self.serve(frame, &mut answer));
        if opened != len || called? != len || sealed? != frame_len || done? != frame_len {
            return Err(Failure::Wrong("an echo"));
        }
        if answer[HEADER_LEN..frame_len] != *payload {
            return Err(Failure::Wrong("an echo's reply"));
        }
        say(format_args!("echo {len} open"), open)?;
        say(format_args!("echo {len} call"), call)?;
        say(format_args!("echo {len} seal"), seal_alone)?;
        say(format_args!("echo {len} all"), all)
    }

    /// From envelope in to envelope out.
    fn serve(&mut self, frame: &mut [u8], answer: &mut [u8]) -> Result<usize, Failure> {
        let payload = open(frame)?;
        Ok(self.call(payload, |reply| seal(reply, answer))??)
    }

    fn enter_and_leave(&mut self) -> u64 {
        let mut all_there = true;
        let counted = self.counter.mean(|| all_there &= self.compartment.with(|_| ()).is_ok());
        if all_there { counted } else { u64::MAX }
    }
}

#[inline(never)]
fn open(frame: &mut [u8]) -> Result<&[u8], codec::Error> {
    codec::open(frame, &Opening::PLAIN, &mut []).map(|opened| opened.payload)
}

#[inline(never)]
fn seal(reply: &[u8], answer: &mut [u8]) -> Result<usize, codec::Error> {
    codec::seal(reply, Sealing::plain(Version::V2, Flags::NONE), answer)
}

/// What the guest `ask` asks: its request comes back.
const IMPORTS: &[Import<()>] = &[Import::new("__my_host_fn", 256, Cost::STANDARD, |(), request, room| {
    let reply = room.get_mut(..request.len()).ok_or(HostError::TooSmall(request.len() as u32))?;
    reply.copy_from_slice(request);
    Ok(request.len())
})];

/// What requests consist of.
const ASKED: u8 = b'a';

/// Bytes for the longest frame.
const ROOM: usize = 1024 + HEADER_LEN;

const LIMITS: Limits = Limits { module: 16 << 10, memory: 32 << 10 };
