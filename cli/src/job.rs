//! What a guest is asked to do on a target, until it is done or has taken too long.

use std::time::{Duration, Instant};

use aingle_wasm_core::{
    engine::{MAX_VALUES, Value, Values},
    guest::{Delivery, Job},
    link::{Run, client},
};

use crate::{Error, Reply, Target, wire};

impl Target {
    /// Calls `entry` with `request` under `fuel` units.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn call(
        &mut self,
        entry: &str,
        request: &[u8],
        fuel: u64,
        delivery: Delivery,
    ) -> Result<Reply, Error> {
        let mut bytes = Vec::new();
        let begun = self.client.begin(&Job::Call { entry, request, delivery }, fuel)?;
        let mut patience = Patience::of(self.timeout);
        let keep = |part: &[u8]| bytes.extend_from_slice(part);
        let replied = self.client.replied(begun, |used| patience.lasts(used), keep);
        let replied = replied.map_err(|error| self.unfinished(error, &patience))?;
        Ok(Reply { bytes, error: replied.error, run: replied.run })
    }

    /// Runs the numeric export `export` under `fuel` units, without an envelope.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn invoke(&mut self, export: &str, arguments: &[Value], fuel: u64) -> Result<(Values, Run), Error> {
        if arguments.len() > MAX_VALUES {
            return Err(Error::TooManyArguments);
        }
        let begun = self.client.begin(&Job::Invoke { export, arguments }, fuel)?;
        let mut patience = Patience::of(self.timeout);
        let returned = self.client.returned(begun, |used| patience.lasts(used));
        returned.map_err(|error| self.unfinished(error, &patience))
    }

    /// Why a job that was begun has no answer.
    fn unfinished(&mut self, error: client::Error<wire::Error>, patience: &Patience) -> Error {
        match error {
            // The client does not tell whether its word arrived, so it is said once more: it ends nothing else.
            client::Error::TimedOut if patience.is_over && self.client.cancel().is_ok() => {
                Error::Unfinished(patience.used)
            }
            error => error.into(),
        }
    }
}

/// Waits for a job that goes on as long as the target may take for an answer.
struct Patience {
    begun: Instant,
    timeout: Duration,
    /// The fuel that the job has used, as the target told last.
    used: u64,
    is_over: bool,
}

impl Patience {
    fn of(timeout: Duration) -> Self {
        Self { begun: Instant::now(), timeout, used: 0, is_over: false }
    }

    fn lasts(&mut self, used: u64) -> bool {
        self.used = used;
        self.is_over = self.begun.elapsed() >= self.timeout;
        !self.is_over
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::VecDeque, io::Read};

    use aingle_wasm_core::{
        codec::{self, Opening, Sealing},
        engine::{Footprint, Limits},
        envelope::{Flags, Version},
        link::{
            Answer, Client, Head, Heap, Request,
            frame::{self, Decoder},
            message::{HEAD_LEN, Kind},
            supervisor::{Counts, Health, State},
        },
    };

    use super::*;
    use crate::{
        target::{FRAME, Info},
        wire::Wire,
    };

    /// A board whose guest goes on for ever, as far as it `hears` of what is asked.
    struct Board {
        hears: fn(&Request<'_>) -> bool,
        says: VecDeque<u8>,
    }

    impl aingle_wasm_core::link::Wire for Board {
        type Error = wire::Error;

        fn send(&mut self, bytes: &[u8]) -> Result<(), wire::Error> {
            Decoder::<FRAME>::new().push(bytes, |frame| {
                let opened = codec::open(frame.unwrap(), &Opening::PLAIN, &mut []).unwrap();
                let (head, body) = Head::split(opened.payload).unwrap();
                let request = postcard::from_bytes(body).unwrap();
                if !(self.hears)(&request) {
                    return;
                }
                let health = Health {
                    state: State::Well,
                    fault: 0,
                    counts: Counts::default(),
                    terms: Default::default(),
                };
                let answer = match request {
                    Request::Cancel => Answer::Health(health),
                    _ => Answer::Underway { fuel_used: 7 },
                };
                let (mut message, mut envelope, mut wire) = ([0; FRAME], [0; FRAME], [0; FRAME]);
                message[..HEAD_LEN].copy_from_slice(&Head { kind: Kind::Answer, ..head }.to_bytes());
                let len = HEAD_LEN + postcard::to_slice(&answer, &mut message[HEAD_LEN..]).unwrap().len();
                let plain = Sealing::plain(Version::V2, Flags::NONE);
                let len = codec::seal(&message[..len], plain, &mut envelope).unwrap();
                let len = frame::encode(&envelope[..len], &mut wire).unwrap();
                self.says.extend(&wire[..len]);
            });
            Ok(())
        }

        fn receive(&mut self, room: &mut [u8]) -> Result<usize, wire::Error> {
            Ok(self.says.read(room)?)
        }
    }

    fn invoked(hears: fn(&Request<'_>) -> bool) -> Error {
        let timeout = Duration::from_millis(50);
        let wire = Wire::new(Board { hears, says: VecDeque::new() }, timeout);
        let info = Info {
            board: String::new(),
            fuel_spec: 0,
            guests: 1,
            heap: Heap::default(),
            room: Footprint::default(),
            limits: Limits::SERVER,
            body: 0,
            frame: 0,
        };
        let client = Client::new(wire, Wire::patience(timeout));
        Target { client, info, timeout, counts_instructions: false }
            .invoke("hang", &[], u64::MAX)
            .unwrap_err()
    }

    #[test]
    fn a_job_is_cancelled_only_when_the_target_says_so() {
        assert!(matches!(invoked(|_| true), Error::Unfinished(7)));
        let silent: [fn(&Request<'_>) -> bool; 3] = [
            |_| false,
            |request| matches!(request, Request::Invoke { .. }),
            |request| !matches!(request, Request::Cancel),
        ];
        for hears in silent {
            let error = invoked(hears);
            assert!(matches!(error, Error::Link(client::Error::TimedOut)), "{error:?}");
        }
    }
}
