//! The example guests: the same answers from every target.

use aingle_wasm::Target;
use aingle_wasm_core::{error::Fault, link::Delivery};
use libtest_mimic::Trial;

use crate::{
    Done,
    all::{All, End, PLENTY, Seen},
    ensure, guests, trial,
};

pub fn list(trials: &mut Vec<Trial>) {
    for len in [0, 1, 1 << 10, 16 << 10, 100 << 10] {
        trials.push(trial(&format!("same::echo_of_{len}_bytes"), move || echo(len)));
    }
    trials.push(trial("same::sensor", sensor));
    trials.push(trial("same::validate", validate));
    trials.push(trial("same::host_call", host_call));
    trials.push(trial("same::guest_in_c", guest_in_c));
    trials.push(trial("same::quick_start", quick_start));
    trials.push(trial("same::events", events));
    trials.push(trial("same::no_such_entry", no_such_entry));
}

/// Up to what the guest has room for; what is longer ends with the same words everywhere.
fn echo(len: usize) -> Done {
    let request: Vec<u8> = (0..len).map(|n| (n * 7) as u8).collect();
    let expected = match len {
        ..=ECHO_ROOM => End::Reply(request.clone()),
        _ => End::Failed(Fault::NoRoom.code(), 0),
    };
    let mut all = All::with(&guests::example("echo")?)?;
    // The second call finds what the first one left.
    for _ in 0..2 {
        let seen = all.call("echo", &request)?;
        ensure!(seen.end == expected, "the echo is {seen:.80?}");
    }
    ensure!(all.call("echo", b"x")?.end == End::Reply(b"x".to_vec()), "it is lost");
    Ok(())
}

/// What the example takes for certain, in bytes; its arena is somewhat larger.
const ECHO_ROOM: usize = 16 << 10;

fn sensor() -> Done {
    let csv = include_str!("../../../guest/examples/sensor/data/seattle-temps.csv");
    let month = |name: &str| -> String {
        csv.lines().filter(|row| row.starts_with(name)).flat_map(|row| [row, "\n"]).collect()
    };
    let mut all = All::with(&guests::example("sensor")?)?;
    for name in ["2010/01", "2010/08"] {
        let Seen { end: End::Reply(verdict), .. } = all.call("sensor", month(name).as_bytes())? else {
            return Err(format!("{name}: no verdict").into());
        };
        ensure!(verdict.windows(13).any(|part| part == b" readings=744"), "{name}: not all readings");
    }
    let malformed = [
        "no reading",
        "date,temp\n",
        "2010/01/01 00:00,39.4\n2010/01/01 01:00,",
        "2010/01/01 00:00,39.4\n2010-01-01 01:00,39.4",
        "2010/01/01 00:00,39",
        "2010/01/01 00:00,99999.9",
        "2010/01/01 00:00,--3.9",
        "\u{fffd}\0\u{7f}",
    ];
    for request in malformed {
        let seen = all.call("sensor", request.as_bytes())?;
        ensure!(matches!(seen.end, End::Error(_)), "{request:?}: {seen:?}");
    }
    ensure!(all.call("sensor", b"2010/01/01 00:00,-0.4\r\n")?.host_calls == 0, "it called the host");
    Ok(())
}

fn validate() -> Done {
    const ACCEPT: &[u8] = &[0];
    let author = [7u8; 32];
    let content = [1u8; 1025];
    let entries: [Entry; 9] = [
        ("note", &author, 10, &content[..1024], ""),
        ("reading", &author, 11, &content[..64], ""),
        ("song", &author, 10, &content[..1], "unknown kind of entry"),
        ("note", &author[..31], 10, &content[..1], "the author is not a key of 32 bytes"),
        ("note", &[], 10, &content[..1], "the author is not a key of 32 bytes"),
        ("note", &author, 12, &content[..1], "the entry is from the future"),
        ("note", &author, 10, &[], "the content is empty or too long"),
        ("note", &author, 10, &content, "the content is empty or too long"),
        ("reading", &author, 10, &content[..65], "the content is empty or too long"),
    ];
    let mut all = All::with(&guests::example("validate")?)?;
    for (kind, author, timestamp, content, reason) in entries {
        let request = postcard::to_allocvec(&(kind, author, timestamp, content, 11u64))?;
        let verdict = match reason {
            "" => ACCEPT.to_vec(),
            reason => postcard::to_allocvec(&(1u8, reason))?,
        };
        let seen = all.call("validate", &request)?;
        ensure!(seen.end == End::Reply(verdict), "{kind}, {reason:?}: {seen:?}");
    }
    let sound = postcard::to_allocvec(&("note", &author[..], 1u64, &content[..1], 11u64))?;
    let cut = &sound[..sound.len() - 1];
    let long = [&sound[..], &[0]].concat();
    let garbage: [&[u8]; 5] = [&[], &[0xff; 40], cut, &long, b"\x04\xff\xfe\xfd\xfc"];
    for request in garbage {
        let seen = all.call("validate", request)?;
        ensure!(matches!(seen.end, End::Error(_)), "{request:?}: {seen:?}");
    }
    Ok(())
}

/// Kind, author, timestamp and content of what the guest decides on, and why it rejects it.
type Entry<'a> = (&'a str, &'a [u8], u64, &'a [u8], &'a str);

/// Each target has a clock of its own: the seconds are taken out of the reply before it is compared.
fn host_call() -> Done {
    let mut all = All::with(&guests::example("hostcall")?)?;
    for request in [&b""[..], b"a request"] {
        let (masked, calls, digest) = all.each("stamp", |target| {
            let reply =
                target.call("stamp", request, PLENTY, Delivery::Call).map_err(|error| error.to_string())?;
            let mut text = String::from_utf8(reply.bytes).map_err(|error| error.to_string())?;
            text.retain(|letter| !letter.is_ascii_digit());
            Ok(((text, reply.error), reply.run.host_calls, reply.run.host_digest))
        })?;
        let stamped = format!("{} at  s", String::from_utf8_lossy(request));
        ensure!(masked == (stamped, false), "{masked:?}");
        ensure!(calls == 2 && digest != 0, "{calls} host calls, digest {digest}");
    }
    let log = all.each("log", |target| {
        let (lines, dropped) = target.log().map_err(|error| error.to_string())?;
        Ok((lines.into_iter().map(|(level, text)| (level as u8, text)).collect::<Vec<_>>(), dropped))
    })?;
    ensure!(log.0.len() == 2 && log.1 == 0, "{log:?}");
    Ok(())
}

fn guest_in_c() -> Done {
    let mut all = All::with(guests::GREET)?;
    let seen = all.call("greet", b"you")?;
    ensure!(seen.end == End::Reply(b"Hello, you".to_vec()) && seen.host_calls == 1, "{seen:?}");
    let seen = all.call("greet", b"")?;
    ensure!(seen.end == End::Error(b"no name".to_vec()) && seen.host_calls == 0, "{seen:?}");
    let longest = all.call("greet", &[b'x'; 256])?;
    ensure!(longest.end == End::Reply([&b"Hello, "[..], &[b'x'; 256]].concat()), "{longest:?}");
    // Its inbox is full, and it has no allocator.
    let seen = all.call("greet", &[b'x'; 257])?;
    ensure!(matches!(seen.end, End::Failed(..)), "{seen:?}");
    ensure!(all.call("greet", b"you")?.end == End::Reply(b"Hello, you".to_vec()), "it is lost");
    Ok(())
}

fn quick_start() -> Done {
    let mut all = All::with(&guests::example("quickstart")?)?;
    for request in [&b""[..], b"what time is it?", &[b'x'; 3000]] {
        let seen = all.call("my_function", request)?;
        ensure!(
            seen.host_calls == 1 && matches!(seen.end, End::Reply(_)),
            "{} bytes: {seen:?}",
            request.len()
        );
    }
    ensure!(
        all.call("my_function", b"x")?.end == End::Reply(b"host:x".to_vec()),
        "the host's answer differs"
    );
    Ok(())
}

fn events() -> Done {
    let guests: [(Vec<u8>, &str, &[u8]); 5] = [
        (guests::example("echo")?, "echo", b"news"),
        (guests::example("sensor")?, "sensor", b"2010/01/01 00:00,39.4"),
        (guests::example("hostcall")?, "stamp", b"news"),
        (guests::GREET.to_vec(), "greet", b"you"),
        (guests::PREDECESSOR.to_vec(), "my_function", b"news"),
    ];
    let mut all = All::open()?;
    for (wasm, entry, request) in guests {
        all.load(&wasm)?;
        for request in [request, b""] {
            // The seconds in what nobody reads may take more or fewer digits, and so more or less fuel.
            let how = |target: &mut Target| {
                let seen = Seen::called(target.call(entry, request, PLENTY, Delivery::Event))?;
                Ok((seen.end, seen.host_calls, seen.host_digest))
            };
            let (end, ..) = all.each(entry, how)?;
            ensure!(end == End::Reply(vec![]), "{entry}: {end:?}");
        }
        let after = all.each(entry, |target| {
            let seen = Seen::called(target.call(entry, request, PLENTY, Delivery::Call))?;
            Ok((matches!(seen.end, End::Reply(bytes) if !bytes.is_empty()), seen.host_calls))
        })?;
        ensure!(after.0, "{entry}: no reply after an event");
    }
    Ok(())
}

fn no_such_entry() -> Done {
    let mut all = All::with(&guests::example("echo")?)?;
    for entry in ["nobody", "", "memory", "__aingle_guest_allocate"] {
        let seen = all.call(entry, b"x")?;
        ensure!(matches!(seen.end, End::Failed(64 | 65, 0)), "{entry:?}: {seen:?}");
    }
    ensure!(all.call("echo", b"x")?.end == End::Reply(b"x".to_vec()), "it is lost");
    Ok(())
}
