//! Several guests whose jobs take their time, and a client that waits, or does not.

use core::cell::Cell;
use std::{collections::VecDeque, rc::Rc};

use super::*;
use crate::{
    engine::{Footprint, Limits},
    error::Abstain,
    guest::{Job, Outcome},
    link::{
        FaultPolicy, Guests, Heap, Run, Service, Supervisor, Terms, Wire,
        guests::{Part, Standing},
        supervisor::{Counts, State},
    },
    log::MAX_LINE,
};

/// Three guests. A job returns its guest's number after as many turns as it has fuel.
#[derive(Default)]
struct Slow {
    jobs: [Option<Working>; 3],
    supervisors: [Supervisor; 3],
    next: usize,
}

struct Working {
    left: u64,
    outcome: Outcome,
}

impl Guests for Slow {
    fn count(&self) -> u8 {
        3
    }

    fn fuel_spec(&self) -> u32 {
        0
    }

    fn limits(&self, _: u8) -> Limits {
        Limits::CHIP
    }

    fn longest(&self, guest: u8) -> u32 {
        u32::from(guest) * 1000
    }

    fn heap(&mut self, _: u8) -> Heap {
        Heap::default()
    }

    fn room(&mut self, guest: u8) -> Footprint {
        Footprint { heap: u32::from(guest) * 1000, stack: 500 }
    }

    fn nanos(&self) -> Option<u64> {
        Some(0)
    }

    fn store(&mut self, _: u8, _: Part<'_>) -> Result<(), Failure> {
        Ok(())
    }

    fn load(&mut self, guest: u8) -> Result<u32, Failure> {
        self.supervisor(guest).loaded();
        Ok(0)
    }

    fn unload(&mut self, guest: u8) {
        self.supervisor(guest).unloaded();
    }

    fn begin(&mut self, guest: u8, _: Job<'_>, _: bool, fuel: u64) -> Result<(), Failure> {
        self.supervisor(guest).admit(Some(0))?;
        if let Standing::Underway(_) = self.standing(guest) {
            return Err(CallError::Busy.into());
        }
        let results = Values::from_slice(&[Value::I32(guest.into())]).unwrap();
        self.jobs[usize::from(guest)] = Some(Working { left: fuel, outcome: Outcome::Returned(results) });
        Ok(())
    }

    fn turn(&mut self) -> bool {
        self.next = (self.next + 1) % self.jobs.len();
        if let Some(job) = &mut self.jobs[self.next] {
            job.left = job.left.saturating_sub(1);
        }
        self.jobs.iter().flatten().any(|job| job.left > 0)
    }

    fn standing(&self, guest: u8) -> Standing<'_> {
        match &self.jobs[usize::from(guest)] {
            None => Standing::Idle,
            Some(Working { left: 0, outcome }) => Standing::Done(Ok(outcome), Run::default()),
            Some(Working { left, .. }) => Standing::Underway(*left),
        }
    }

    fn lend(&mut self, _: u8, _: u32, _: &mut dyn FnMut(&[u8])) -> Result<(), Failure> {
        Err(LinkError::NoJob.into())
    }

    fn cancel(&mut self, guest: u8) {
        if self.jobs[usize::from(guest)].take_if(|job| job.left > 0).is_some() {
            self.supervisor(guest).cancelled();
        }
    }

    fn log(&mut self, _: u8, _: &mut [u8; MAX_LINE]) -> (Option<(Level, usize)>, u32) {
        (None, 0)
    }

    fn supervisor(&mut self, guest: u8) -> &mut Supervisor {
        &mut self.supervisors[usize::from(guest)]
    }
}

/// A board that works while its client waits.
struct Board {
    service: Service<'static, Slow, 200>,
    arriving: VecDeque<u8>,
    /// Frames that it was sent.
    heard: Rc<Cell<u32>>,
}

impl Wire for Board {
    type Error = Cut;

    fn send(&mut self, bytes: &[u8]) -> Result<(), Cut> {
        self.heard.set(self.heard.get() + 1);
        self.service.receive(bytes, |frame| self.arriving.extend(frame));
        Ok(())
    }

    fn receive(&mut self, room: &mut [u8]) -> Result<usize, Cut> {
        self.service.work(|frame| self.arriving.extend(frame));
        let len = self.arriving.len().min(room.len());
        for (slot, byte) in room.iter_mut().zip(self.arriving.drain(..len)) {
            *slot = byte;
        }
        Ok(len)
    }
}

fn open() -> (Client<Board, 200>, Rc<Cell<u32>>) {
    let heard = Rc::new(Cell::new(0));
    let service = Service::new("slow", KEYS, Slow::default());
    let mut client = Client::new(Board { service, arriving: VecDeque::new(), heard: heard.clone() }, 400);
    client.encrypt(KEYS[0].clone(), 1);
    client.open(1, |info| assert_eq!((info.guests, info.body), (3, 0))).unwrap();
    (client, heard)
}

fn run(client: &mut Client<Board, 200>, turns: u64) -> Called<Values> {
    match client.invoke("any", &Values::new(), turns) {
        Ok((results, _)) => Ok(results),
        Err(Error::Failed(failure, _)) => failed(failure),
        Err(error) => Err(error),
    }
}

fn number(guest: u32) -> Values {
    Values::from_slice(&[Value::I32(guest)]).unwrap()
}

#[test]
fn a_long_job_is_waited_for_and_a_short_one_takes_one_request() {
    let (mut client, heard) = open();
    heard.set(0);
    assert_eq!(run(&mut client, 1), Ok(number(0)));
    assert_eq!(heard.get(), 1);
    assert_eq!(run(&mut client, 500), Ok(number(0)));
    assert!(heard.get() > 10, "{} requests", heard.get());
}

#[test]
fn guests_work_side_by_side() {
    let (mut client, _) = open();
    let job = Job::Invoke { export: "any", arguments: &[] };
    let begun = [0, 1, 2].map(|guest| {
        client.select(guest);
        client.begin(&job, 100).unwrap()
    });
    for (guest, begun) in (0..).zip(begun) {
        client.select(guest);
        assert_eq!(client.returned(begun, |_| true).unwrap().0, number(guest.into()));
        // Told again to whoever asks.
        assert_eq!(client.returned(Default::default(), |_| true).unwrap().0, number(guest.into()));
    }
    client.select(3);
    assert_eq!(run(&mut client, 1), failed(LinkError::NoGuest));
}

#[test]
fn a_job_is_cancelled_when_patience_ends() {
    let (mut client, _) = open();
    let begun = client.begin(&Job::Invoke { export: "any", arguments: &[] }, u64::MAX).unwrap();
    assert_eq!(run(&mut client, 1), failed(CallError::Busy));
    let mut patience = 3;
    let wait = |left| {
        assert!(left > 0);
        patience -= 1;
        patience > 0
    };
    assert_eq!(client.returned(begun, wait).map(|_| ()), Err(Error::TimedOut));
    let counts = client.health().unwrap().counts;
    assert_eq!(counts, Counts { cancelled: 1, ..Counts::default() });
    assert_eq!(client.returned(Default::default(), |_| true).map(|_| ()), failed(LinkError::NoJob));
    assert_eq!(run(&mut client, 1), Ok(number(0)));
}

#[test]
fn terms_are_kept_for_each_guest() {
    let (mut client, _) = open();
    let terms = Terms { policy: FaultPolicy::Ask, weight: 3, ..Terms::default() };
    client.select(2);
    client.load(b"module", |_| ()).unwrap();
    assert_eq!(client.keep(terms).map(|health| (health.terms, health.state)), Ok((terms, State::Well)));
    client.wire.service.guests().supervisor(2).ended(Some(Trap::Unreachable.into()), None);
    assert_eq!(client.health().map(|health| health.state), Ok(State::Asking));
    assert_eq!(run(&mut client, 1), failed(CallError::Resting));
    assert_eq!(client.revive().map(|health| health.state), Ok(State::Well));
    assert_eq!(run(&mut client, 1), Ok(number(2)));
    client.select(1);
    assert_eq!(client.health().map(|health| health.terms), Ok(Terms::default()));
}

#[test]
fn a_guest_without_room_is_refused_ahead_of_its_module() {
    let (mut client, _) = open();
    client.select(2);
    client.open(9, |info| assert_eq!(info.room, Footprint { heap: 2000, stack: 500 })).unwrap();
    let fits = Footprint { heap: 2000, stack: 500 };
    assert_eq!(client.reserve(fits), Ok(()));
    for needs in [Footprint { heap: 2001, ..fits }, Footprint { stack: 501, ..fits }] {
        assert_eq!(client.reserve(needs), failed(error::Error::from(Abstain::Room)));
    }
    // What it is asked of goes on as it was.
    client.load(b"module", |_| ()).unwrap();
    assert_eq!(client.reserve(Footprint { heap: 2001, ..fits }), failed(error::Error::from(Abstain::Room)));
    assert_eq!(run(&mut client, 1), Ok(number(2)));
    // Room of 0 bytes is room without a bound.
    client.select(0);
    assert_eq!(client.reserve(Footprint { heap: u32::MAX, stack: 1 }), Ok(()));
}
