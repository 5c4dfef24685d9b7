//! A client and a service at the two ends of one wire.

mod lab;
mod refusals;
mod several;

use std::{vec, vec::Vec};

use proptest::{collection::vec as bytes, prelude::*};

use self::lab::{BAD, Cut, Fate, Lab, Rig};
use super::{
    Answer, Delivery, Failure, Head, LinkError, Request,
    client::{Client, Error, Replied},
    frame::{self, Decoder},
    guests::Body,
    message::{HEAD_LEN, Kind},
};
use crate::{
    codec::{self, Key, Sealing},
    crc::crc32,
    engine::{Value, Values},
    envelope::{Flags, Version},
    error::{self, CallError, ModuleError, Trap},
    log::Level,
};

#[test]
fn a_session_from_first_to_last() {
    let mut client = open::<2048, 2048>(&[]);
    assert_eq!(client.load(&[7; 5000], |_| ()), Ok(1 << 16));
    assert_eq!(call(&mut client, "echo", b"hello"), Ok((false, b"hello".to_vec())));
    assert_eq!(call(&mut client, "echo", b""), Ok((false, Vec::new())));
    assert_eq!(call(&mut client, "fail", b"words"), Ok((true, b"words".to_vec())));
    assert_eq!(call(&mut client, "trap", b"x"), failed(Trap::Unreachable));
    assert_eq!(call(&mut client, "none", b"x"), failed(CallError::NoEntry));
    let arguments = Values::from_slice(&[Value::I32(3), Value::F64(9)]).unwrap();
    assert_eq!(client.invoke("any", &arguments, 100).map(|(results, _)| results), Ok(arguments));
    let mut lines = 0;
    let told = client.log(|level, text| {
        assert_eq!((level, text), (Level::Info, "ran"));
        lines += 1;
    });
    assert_eq!((told, lines), (Ok(0), 4));
    assert_eq!(client.load(BAD, |_| ()).map(|_| ()), failed(ModuleError::Invalid));
    assert_eq!(call(&mut client, "echo", b"x"), failed(LinkError::NoGuest));
    assert_eq!(client.unload(), Ok(()));
}

#[test]
fn a_trap_says_what_the_run_took() {
    let mut client = loaded::<2048, 2048>();
    let trapped = client.call("trap", b"x", 100, Delivery::Call, |_| ());
    assert!(matches!(trapped, Err(Error::Failed(_, run)) if run.fuel_used == 5));
}

#[test]
fn frames_are_as_long_as_the_shorter_side_takes() {
    sixteen_kilobytes_there_and_back::<200, 200>();
    sixteen_kilobytes_there_and_back::<200, 2048>();
    sixteen_kilobytes_there_and_back::<2048, 200>();
    sixteen_kilobytes_there_and_back::<2048, 2048>();
}

fn sixteen_kilobytes_there_and_back<const C: usize, const S: usize>() {
    let mut client = loaded::<C, S>();
    let request: Vec<u8> = (0..16 << 10).map(|n: u32| ((n * n) >> 7) as u8).collect();
    assert_eq!(call(&mut client, "echo", &request), Ok((false, request)));
    let longest = client.wire().sent.take().iter().map(Vec::len).max();
    assert!(longest <= Some(C.min(S)), "{longest:?}");
}

#[test]
fn a_broken_upload_goes_on_where_it_stood() {
    let (mut client, module) = (open::<200, 200>(&[]), [7; 4000]);
    // The first frames arrive, then the wire is cut.
    client.wire().fate.set([vec![Fate::Well; 20], vec![Fate::Cut]].concat());
    assert_eq!(client.load(&module, |_| ()), Err(Error::Wire(Cut)));
    let mut steps = Vec::new();
    assert_eq!(client.load(&module, |sent| steps.push(sent)), Ok(1 << 16));
    assert!(steps[0] > 1000, "began again at {}", steps[0]);
    // Another body does not go on there.
    client.wire().fate.set([vec![Fate::Well; 20], vec![Fate::Cut]].concat());
    assert_eq!(client.load(&module, |_| ()), Err(Error::Wire(Cut)));
    assert_eq!(client.load(&[8; 4000], |_| ()), Ok(1 << 16));
}

#[test]
fn fault_10_a_request_that_comes_again_is_answered_and_not_run_again() {
    for keys in [&[][..], KEYS] {
        let mut client = open::<200, 200>(keys);
        assert_eq!(client.load(b"module", |_| ()), Ok(1 << 16));
        // Its body arrives, its own answer is lost twice.
        client.wire().fate.set(vec![Fate::Well, Fate::AnswerLost, Fate::AnswerLost]);
        assert_eq!(call(&mut client, "echo", b"once"), Ok((false, b"once".to_vec())));
        assert_eq!(client.wire().runs.get(), 1);
        assert_eq!(call(&mut client, "echo", b"once"), Ok((false, b"once".to_vec())));
        assert_eq!(client.wire().runs.get(), 2);
    }
}

#[test]
fn fault_10_lost_and_damaged_frames_are_sent_again() {
    let mut client = loaded::<200, 200>();
    client.wire().fate.set(vec![Fate::Lost, Fate::Damaged, Fate::Well, Fate::Damaged, Fate::Lost]);
    assert_eq!(call(&mut client, "echo", b"hello"), Ok((false, b"hello".to_vec())));
    assert_eq!(client.wire().runs.get(), 1);
}

#[test]
fn fault_10_a_damaged_frame_is_refused_and_the_next_one_answered() {
    let mut rig = Rig::<200>::new(4096, &[], 200);
    let mut damaged = envelope(&message(1, &Request::Info));
    *damaged.last_mut().unwrap() ^= 1;
    let checksum = codec::Error::Envelope(crate::envelope::Error::Checksum).code();
    assert_eq!(answers(&rig.tell(&wire(&damaged))), [(0, Some(checksum))]);
    assert_eq!(answers(&rig.tell(&wire(&[9; 190]))).len(), 1);
    assert_eq!(answers(&rig.tell(&wire(&[9; 900]))), [(0, Some(LinkError::TooLong.code()))]);
    assert_eq!(answers(&rig.tell(&request(2, &Request::Info))), [(2, None)]);
}

#[test]
fn fault_11_glued_requests_are_answered_one_by_one() {
    let mut rig = Rig::<200>::new(4096, &[], 200);
    let glued: Vec<u8> = (1..=3).flat_map(|sequence| request(sequence, &Request::Info)).collect();
    assert_eq!(answers(&rig.tell(&glued)), [(1, None), (2, None), (3, None)]);
}

#[test]
fn fault_11_bytes_may_come_one_at_a_time() {
    let mut client: Lab<200, 200> = Client::new(Rig::new(1 << 16, &[], 1), 40);
    client.open(1, |info| assert_eq!((info.board, info.frame), ("lab", 200))).unwrap();
    client.load(&[1; 999], |_| ()).unwrap();
    assert_eq!(call(&mut client, "echo", &[0; 999]), Ok((false, vec![0; 999])));
}

#[test]
fn bodies_are_refused_that_are_too_long_or_damaged_or_not_whole() {
    let mut client = open::<200, 200>(&[]);
    assert_eq!(client.load(&vec![0; (1 << 16) + 1], |_| ()).map(|_| ()), failed(LinkError::BodyTooLong));
    let mut rig = Rig::<200>::new(64, &[], 200);
    let mut tell = |sequence, message| answers(&rig.tell(&request(sequence, &message)));
    let part = |offset, crc| Request::Store { body: Body::Module, offset, total: 4, crc, bytes: b"ab" };
    assert_eq!(tell(1, Request::Load), [(1, Some(LinkError::BodyIncomplete.code()))]);
    tell(2, part(0, 7));
    assert_eq!(tell(3, Request::Load), [(3, Some(LinkError::BodyIncomplete.code()))]);
    tell(4, part(2, 7));
    assert_eq!(tell(5, Request::Load), [(5, Some(LinkError::BodyChecksum.code()))]);
    tell(6, part(0, crc32(b"abab")));
    tell(7, part(2, crc32(b"abab")));
    assert_eq!(tell(8, Request::Load), [(8, None)]);
}

#[test]
fn fault_12_hostile_lengths_are_refused() {
    let mut rig = Rig::<2048>::new(4096, &[], 2048);
    let malformed = [(5, Some(LinkError::Malformed.code()))];
    // Store with a chunk of 4 GiB, Call with a name of 2^63 bytes, Invoke with 2^28 arguments, no request.
    for body in [
        &[1, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 1][..],
        &[3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
        &[4, 1, b'x', 1, 0xff, 0xff, 0xff, 0x7f],
        &[99],
        &[],
    ] {
        let message = [&head(5)[..], body].concat();
        assert_eq!(answers(&rig.tell(&wire(&envelope(&message)))), malformed);
    }
    let far = Request::Store { body: Body::Module, offset: u32::MAX, total: u32::MAX, crc: 0, bytes: b"x" };
    assert_eq!(answers(&rig.tell(&request(6, &far))), [(6, Some(LinkError::BodyTooLong.code()))]);
    let far = Request::Store { body: Body::Module, offset: u32::MAX, total: 9, crc: 0, bytes: b"x" };
    assert_eq!(answers(&rig.tell(&request(7, &far))), [(7, None)]);
    let far = Request::Fetch { offset: u32::MAX, most: u32::MAX };
    assert_eq!(answers(&rig.tell(&request(8, &far))), [(8, Some(LinkError::NoJob.code()))]);
}

proptest! {
    #[test]
    fn fault_12_no_bytes_end_the_service(body in bytes(any::<u8>(), 0..300), noise: Vec<u8>, variant in 0..14_u8) {
        let mut rig = Rig::<200>::new(256, &[], 200);
        rig.tell(&noise);
        rig.tell(&wire(&body));
        rig.tell(&wire(&envelope(&body)));
        rig.tell(&wire(&envelope(&[&head(9)[..], &[variant], &body].concat())));
        prop_assert_eq!(answers(&rig.tell(&request(10, &Request::Info))), [(10, None)]);
    }
}

#[test]
fn an_encrypted_session_carries_nothing_in_the_clear() {
    let mut client = open::<200, 200>(KEYS);
    client.load(b"module", |_| ()).unwrap();
    let secret = [b's'; 600];
    assert_eq!(call(&mut client, "echo", &secret), Ok((false, secret.to_vec())));
    let sent = client.wire().sent.take().concat();
    assert!(!sent.windows(8).any(|window| window == &secret[..8]));
}

#[test]
fn a_wrong_key_is_told_from_an_unknown_one() {
    let wrong = |key| {
        let mut client: Lab<200, 200> = Client::new(Rig::new(64, KEYS, 200), 40);
        client.encrypt(key, 1);
        client.open(1, |_| ())
    };
    assert_eq!(wrong(Key::new(1, [8; 32])), failed(error::Error::Codec(codec::Error::Authentication)));
    assert_eq!(wrong(Key::new(2, [7; 32])), failed(error::Error::Codec(codec::Error::UnknownKey)));
}

#[test]
fn an_encrypted_frame_that_comes_later_again_is_refused() {
    let mut client = open::<200, 200>(KEYS);
    client.load(b"module", |_| ()).unwrap();
    call(&mut client, "echo", b"once").unwrap();
    let runs = client.wire().runs.get();
    for frame in client.wire().sent.take().iter().rev().skip(1) {
        assert_eq!(answers(&client.wire().tell(frame)), [(0, Some(LinkError::Replayed.code()))]);
    }
    assert_eq!(client.wire().runs.get(), runs);
    assert_eq!(client.unload(), Ok(()));
}

#[test]
fn another_version_of_the_link_is_refused() {
    let mut message = message(1, &Request::Info);
    message[0] += 1;
    let mut rig = Rig::<200>::new(64, &[], 200);
    assert_eq!(answers(&rig.tell(&wire(&envelope(&message)))), [(0, Some(LinkError::Version.code()))]);
}

#[test]
fn fault_17_what_a_line_echoes_is_not_answered() {
    let mut rig = Rig::<200>::new(4096, &[], 200);
    let answer = rig.tell(&request(1, &Request::Info));
    let refusal = rig.tell(&wire(&[9; 190]));
    assert!(!answer.is_empty() && !refusal.is_empty());
    assert_eq!(rig.tell(&answer), []);
    assert_eq!(rig.tell(&refusal), []);
    assert_eq!(answers(&rig.tell(&request(2, &Request::Info))), [(2, None)]);
}

#[test]
fn a_silent_wire_ends_the_wait() {
    let mut client: Lab<200, 200> = Client::new(Rig::new(64, &[], 200), 40);
    client.wire().fate.set(vec![Fate::Lost; 99]);
    assert_eq!(client.open(1, |_| ()), Err(Error::TimedOut));
    assert_eq!(client.wire().sent.take().len(), 3, "asked again while it waited");
}

impl<const C: usize, const S: usize> Lab<C, S> {
    fn wire(&mut self) -> &mut Rig<S> {
        &mut self.wire
    }
}

fn open<const C: usize, const S: usize>(keys: &'static [Key]) -> Lab<C, S> {
    let mut client = Client::new(Rig::new(1 << 16, keys, 100), 40);
    if let [key, ..] = keys {
        client.encrypt(key.clone(), 1);
    }
    client.open(1, |info| assert_eq!(info.board, "lab")).unwrap();
    client
}

fn loaded<const C: usize, const S: usize>() -> Lab<C, S> {
    let mut client = open(&[]);
    assert_eq!(client.load(b"module", |_| ()), Ok(1 << 16));
    client
}

type Called<R> = Result<R, Error<Cut>>;

fn call<const C: usize, const S: usize>(
    client: &mut Lab<C, S>,
    entry: &str,
    request: &[u8],
) -> Called<(bool, Vec<u8>)> {
    let mut reply = Vec::new();
    let called = client.call(entry, request, 100, Delivery::Call, |part| reply.extend_from_slice(part));
    match called {
        Ok(Replied { error, .. }) => Ok((error, reply)),
        Err(Error::Failed(failure, _)) => failed(failure),
        Err(error) => Err(error),
    }
}

fn failed<R>(failure: impl Into<Reason>) -> Called<R> {
    Err(Error::Failed(failure.into().0, super::Run::default()))
}

/// Whatever a board may say has failed.
struct Reason(Failure);

macro_rules! reasons {
    ($($from:ty => $with:expr),*) => {$(
        impl From<$from> for Reason {
            fn from(from: $from) -> Self { Reason($with(from)) }
        }
    )*};
}
reasons!(Failure => |failure| failure, LinkError => Failure::from, error::Error => Failure::from,
    Trap => |trap| Failure::Guest(error::Error::Trap(trap)), CallError => |error| Failure::Guest(error::Error::Call(error)),
    ModuleError => |error| Failure::Guest(error::Error::Module(error)));

fn head(sequence: u16) -> [u8; HEAD_LEN] {
    Head { kind: Kind::Request, guest: 0, sequence }.to_bytes()
}

fn message(sequence: u16, request: &Request<'_>) -> Vec<u8> {
    let mut room = [0; 300];
    [&head(sequence)[..], postcard::to_slice(request, &mut room).unwrap()].concat()
}

fn envelope(message: &[u8]) -> Vec<u8> {
    let mut envelope = vec![0; message.len() + 12];
    codec::seal(message, Sealing::plain(Version::V2, Flags::NONE), &mut envelope).unwrap();
    envelope
}

fn wire(frame: &[u8]) -> Vec<u8> {
    let mut wire = vec![0; frame::encoded_len(frame.len())];
    let len = frame::encode(frame, &mut wire).unwrap();
    wire.truncate(len);
    wire
}

fn request(sequence: u16, request: &Request<'_>) -> Vec<u8> {
    wire(&envelope(&message(sequence, request)))
}

/// Sequence number of each answer, and the code of those that failed.
fn answers(wire: &[u8]) -> Vec<(u16, Option<u8>)> {
    let mut answers = Vec::new();
    Decoder::<2048>::new().push(wire, |frame| {
        let opened = codec::open(frame.unwrap(), &codec::Opening::PLAIN, &mut []).unwrap();
        let (head, body) = Head::split(opened.payload).unwrap();
        let code = match postcard::from_bytes(body).unwrap() {
            Answer::Failed { code, .. } => Some(code),
            _ => None,
        };
        answers.push((head.sequence, code));
    });
    answers
}

static KEYS: &[Key] = &[Key::new(1, [7; 32])];
