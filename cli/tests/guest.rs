//! How a board's guest is, and how it is treated, by the command: on the engines of this machine, and on a board behind
//! a socket, where a guest is still there when the next command comes.

#![forbid(unsafe_code)]

mod support;

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use aingle_wasm_core::{
    engine::Limits,
    host,
    link::{Board, Heap, Service, Single},
    log::Log,
};
use serde_json::Value;
use support::{Module, Ran, run};

#[test]
fn a_target_without_a_guest_says_so() {
    for on in ["wasmi", "wasmer"] {
        let page = run(&["guest", "health", "--on", on, "--json"]).expect(0).json();
        assert_eq!(
            (&page["on"], &page["state"], &page["outcome"]),
            (&on.into(), &"empty".into(), &"reply".into())
        );
        assert_eq!((&page["fault"], &page["message"]), (&Value::Null, &Value::Null));
        assert!(run(&["guest", "revive", "--on", on]).expect(0).text().contains("there is none"));
    }
}

#[test]
fn a_guest_is_somewhere() {
    assert!(run(&["guest", "health"]).expect(2).stderr.contains("--on"));
}

#[test]
fn terms_that_are_not_given_stay() {
    let words = ["guest", "keep", "--on", "wasmi", "--json", "--weight", "7", "--after-fault", "ask"];
    let page = run(&words).expect(0).json();
    assert_eq!(
        (&page["after_fault"], &page["weight"], &page["abstentions"]),
        (&"ask".into(), &7.into(), &3.into())
    );
    let page = run(&["guest", "keep", "--on", "wasmi", "--json", "--back-off", "250"]).expect(0).json();
    assert_eq!(
        (&page["after_fault"], &page["back_off_ms"], &page["weight"]),
        (&"restart".into(), &250.into(), &1.into())
    );
    let contrary = ["guest", "keep", "--on", "wasmi", "--back-off", "250", "--after-fault", "stop"];
    assert!(run(&contrary).expect(2).stderr.contains("restart"));
}

#[test]
fn a_guest_is_asked_about_revived_and_ended() {
    let board = board();
    let on = |words: &[&str]| -> Ran { run(&[words, &["--on", &board]].concat()) };
    let guest = Module::guest();
    on(&["guest", "keep", "--after-fault", "ask"]).expect(0);
    assert!(on(&["guest", "keep", "--back-off", "5"]).expect(2).stderr.contains("restart"));
    on(&["run", &guest.path(), "panic"]).expect(3);
    let ill = on(&["guest", "health", "--json"]).expect(0).json();
    assert_eq!((&ill["state"], &ill["counts"]["traps"]), (&"asking".into(), &1.into()));
    assert_eq!(ill["fault"], Value::from("the guest ran unreachable, as after a panic"));
    assert!(on(&["guest", "health"]).expect(0).text().contains("guest revive"));
    assert_eq!(on(&["guest", "revive", "--json"]).expect(0).json()["state"], "well");
    assert_eq!(on(&["guest", "cancel", "--json"]).expect(0).json()["state"], "well");
    assert_eq!(on(&["guest", "unload", "--json"]).expect(0).json()["state"], "empty");
}

#[test]
fn a_guest_that_there_is_no_room_for_is_an_error_with_its_number() {
    let ran = run(&["guest", "health", "--on", "wasmi", "--guest", "4"]).expect(5);
    assert!(ran.stderr.contains("wasmi has no guest 4; the last one is guest 0"), "{}", ran.stderr);
    let page = run(&["guest", "unload", "--on", "wasmi", "--guest", "4", "--json"]).expect(5).json();
    assert_eq!(
        (&page["outcome"], &page["state"], &page["guest"]),
        (&"failed".into(), &Value::Null, &4.into())
    );
}

/// A board that takes one connection after the other, and keeps its guest.
fn board() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let on = format!("tcp:{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let board = Board {
            limits: Limits::SERVER,
            imports: host::standard().into(),
            state: |_| Log::new(),
            heap: Heap::default,
            nanos: || None,
        };
        let guests = Single::new(board, aingle_wasm_backend_wasmi::Engine::default(), vec![0; 1 << 16]);
        let mut service: Service<'_, _, 256> = Service::new("test", &[], guests);
        for stream in listener.incoming() {
            let (mut stream, mut room) = (stream.unwrap(), [0; 256]);
            while let Ok(len @ 1..) = stream.read(&mut room) {
                let mut answers = Vec::new();
                service.receive(&room[..len], |frame| answers.extend_from_slice(frame));
                if stream.write_all(&answers).is_err() {
                    break;
                }
            }
        }
    });
    on
}
