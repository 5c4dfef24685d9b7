//! Links that lose, damage and repeat what is sent.

use std::fmt::Display;

use aingle_wasm_core::link::{Client, Wire};
use libtest_mimic::Trial;

use crate::{
    Done,
    local::{self, Act, FRAME, session},
    trial,
};

pub fn list(trials: &mut Vec<Trial>) {
    trials.push(trial("noise::a_session_goes_on", || local::each(Through)));
}

/// A session through noise.
struct Through;

impl Act for Through {
    fn on<W: Wire<Error: Display>>(&self, wire: W) -> Done {
        let mut client = Client::<_, FRAME>::new(Noisy { wire, turn: 0 }, 600);
        session(&mut client, 1)
    }
}

/// A wire that does something to one frame after another.
struct Noisy<W> {
    wire: W,
    turn: usize,
}

impl<W: Wire> Wire for Noisy<W> {
    type Error = W::Error;

    fn send(&mut self, bytes: &[u8]) -> Result<(), W::Error> {
        self.turn += 1;
        match self.turn % 12 {
            // Nothing, and much that is no frame.
            1 => self.wire.send(&[0; 64])?,
            2 => self.wire.send(&[0xaa; 3 * FRAME])?,
            // Noise that runs into the frame.
            4 => self.wire.send(b"noise")?,
            5 => self.wire.send(b"\0noise\0")?,
            // Said twice.
            7 => self.wire.send(bytes)?,
            8 => {
                let mut damaged = bytes.to_vec();
                let middle = damaged.len() / 2;
                damaged[middle] ^= 0x40;
                return self.wire.send(&damaged);
            }
            // The end is lost.
            10 => return self.wire.send(&bytes[..bytes.len() / 2]),
            _ => (),
        }
        // In two parts.
        let (first, rest) = bytes.split_at(bytes.len() / 3);
        self.wire.send(first)?;
        self.wire.send(rest)
    }

    fn receive(&mut self, room: &mut [u8]) -> Result<usize, W::Error> {
        self.wire.receive(room)
    }
}
