//! Encrypted links.

use std::fmt::Display;

use aingle_wasm_core::{
    codec::{self, Key},
    link::{Client, Failure, Wire, client},
};
use libtest_mimic::Trial;

use crate::{
    Done,
    all::{All, End},
    ensure, guests,
    local::{self, Act, DEVELOPMENT_KEY, FRAME, session},
    trial,
};

pub fn list(trials: &mut Vec<Trial>) {
    trials.push(trial("keys::right", right));
    trials.push(trial("keys::wrong", || {
        local::each(Wrong(Key::new(0, [7; 32]), codec::Error::Authentication))
    }));
    trials
        .push(trial("keys::unknown", || local::each(Wrong(Key::new(1, [7; 32]), codec::Error::UnknownKey))));
}

fn right() -> Done {
    let mut all = All::open_under(Some(DEVELOPMENT_KEY))?;
    all.load(&guests::example("echo")?)?;
    for len in [0, 1, 1 << 10, 16 << 10] {
        let request = vec![b'k'; len];
        ensure!(all.call("echo", &request)?.end == End::Reply(request), "{len} bytes: the echo differs");
    }
    Ok(())
}

/// A key that the target does not take, and what it says.
struct Wrong(Key, codec::Error);

impl Act for Wrong {
    fn on<W: Wire<Error: Display>>(&self, wire: W) -> Done {
        let Self(key, expected) = self;
        let mut client = Client::<W, FRAME>::new(wire, 600);
        for turn in 1..4 {
            let (counter, sequence) = (u64::from(turn) << 20, turn * 1000);
            client.encrypt(DEVELOPMENT_KEY, counter);
            session(&mut client, sequence)?;
            // A counter from far ahead must not keep the sound ones out.
            client.encrypt(key.clone(), counter << 20);
            match client.open(sequence + 500, |_| ()) {
                Err(client::Error::Failed(Failure::Guest(error), _)) if error == (*expected).into() => (),
                Err(error) => return Err(format!("{error}, not: {expected}").into()),
                Ok(()) => return Err("it was taken".into()),
            }
        }
        client.encrypt(DEVELOPMENT_KEY, 5 << 20);
        session(&mut client, 5000)
    }
}
