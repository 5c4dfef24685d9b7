//! What a client makes of refusals, of noise, and of answers that were meant for another.

use super::*;

#[test]
fn the_refusal_of_another_frame_is_not_this_ones() {
    for keys in [&[][..], KEYS] {
        let mut client = open::<200, 200>(keys);
        client.load(b"module", |_| ()).unwrap();
        client.wire().arrive(&refusal(LinkError::Replayed, 0xbeef));
        client.wire().arrive(&refusal(LinkError::Version, 0xbeef));
        assert_eq!(call(&mut client, "echo", b"hello"), Ok((false, b"hello".to_vec())));
        assert_eq!(client.wire().runs.get(), 1);
    }
}

#[test]
fn a_wire_that_damages_every_frame_is_given_up() {
    let mut client = open::<200, 200>(&[]);
    client.wire().sent.take();
    client.wire().fate.set(vec![Fate::Damaged; 99]);
    let checksum = error::Error::Codec(codec::Error::Envelope(crate::envelope::Error::Checksum));
    assert_eq!(client.unload(), failed(checksum));
    assert_eq!(client.wire().sent.take().len(), 9, "once, and eight times again");
}

#[test]
fn an_encrypted_answer_of_an_earlier_session_is_no_answer() {
    // What a board answered once, to the same requests under the same numbers.
    let session = |counter, word: &[u8], arriving: &[u8]| {
        let mut client: Lab<200, 200> = Client::new(Rig::new(1 << 16, KEYS, 1), 40);
        client.encrypt(KEYS[0].clone(), counter);
        client.wire().arrive(arriving);
        client.open(1, |_| ()).unwrap();
        client.load(b"module", |_| ()).unwrap();
        let called = call(&mut client, "echo", word);
        (called, client.wire().sent.take())
    };
    let (_, sent) = session(1, b"old", &[]);
    let mut board = Rig::<200>::new(1 << 16, KEYS, 100);
    let old: Vec<u8> = sent.iter().flat_map(|frame| board.tell(frame)).collect();
    assert_eq!(session(1, b"new", &old).0, Ok((false, b"old".to_vec())), "the test can fail");
    assert_eq!(session(1000, b"new", &old).0, Ok((false, b"new".to_vec())));
}

fn refusal(error: LinkError, mark: u16) -> Vec<u8> {
    let head = Head { kind: Kind::Answer, guest: 0, sequence: 0 };
    let answer: Answer<'_> =
        Answer::Failed { code: error.code(), detail: mark, run: crate::link::Run::default() };
    let mut room = [0; 64];
    let body = postcard::to_slice(&answer, &mut room).unwrap();
    wire(&envelope(&[&head.to_bytes()[..], body].concat()))
}
