//! Guests of an emulated chip that are told of events: ticks come in time, are bounded, and cost what they may.

use std::{io::Write, net::TcpListener, thread, time::Duration};

use aingle_wasm::{
    On, Options, Target,
    hardware::Wants,
    outcome,
    wire::{self, qemu::Qemu},
};
use aingle_wasm_core::{
    events::{Happening, MAX_HAPPENING, What},
    guest::{Delivery, Job},
    link::{
        Client, Failure, LinkError, client,
        supervisor::{Counts, State},
    },
};
use libtest_mimic::{Failed, Trial};

use crate::{
    Done, ensure,
    local::FRAME,
    trial,
    wired::{BOARD, firmware},
};

pub fn list(trials: &mut Vec<Trial>) {
    trials.push(trial("told::ticks_come_when_they_are_due", ticks));
    trials.push(trial("told::what_has_no_room_is_dropped_and_counted", overflow));
    trials.push(trial("told::an_event_costs_its_fuel_and_no_more", fuel));
    trials.push(trial("told::a_reply_is_not_touched_until_it_was_fetched", replies));
    trials.push(trial("told::lines_of_a_uart_come_whole", lines));
    trials.push(trial("told::what_is_not_granted_is_not_told", ungranted));
}

/// Each is told with the time at which it was due, and costs what it costs on both engines.
fn ticks() -> Done {
    let mut board = open()?;
    board.load(&guest(TICKS)?, |_| ()).map_err(words)?;
    let told = wait_for(&mut board, 20)?;
    // Some may be dropped when this machine is so busy that a reply waits for long.
    let ticks = u64::from(told.count + told.dropped - 1);
    ensure!(told.last - told.first == ticks * PERIOD, "{told:?}");
    let Counts { events, event_fuel, dropped, .. } = board.health().map_err(words)?.counts;
    ensure!(events >= told.count && dropped >= told.dropped, "{events} events, {dropped} dropped");
    for on in [On::Wasmi, On::Wasmer] {
        let mut target = Target::open(&on, &Options::default())?;
        target.load(&guest("clock = [\"clock\"]")?, |_| ())?;
        let (mut fuel, mut room) = (0, [0; MAX_HAPPENING]);
        for count in 0..events {
            let micros = told.first + u64::from(count) * PERIOD;
            let happening = Happening { event: 0, dropped: 0, micros, what: What::Tick }.write(&mut room);
            fuel += target.call("told", happening, PLENTY, Delivery::Event)?.run.fuel_used;
        }
        ensure!(fuel == event_fuel, "{events} events take {fuel} on {on}, {event_fuel} on the chip");
    }
    Ok(())
}

/// While the guest works for somebody, two ticks may wait.
fn overflow() -> Done {
    let mut board = open()?;
    board.load(&guest(&format!("{TICKS}\n[events]\nqueue = 2"))?, |_| ()).map_err(words)?;
    wait_for(&mut board, 1)?;
    call(&mut board, "work", &2_000_000_u32.to_le_bytes())?;
    // Those that waited come first, and say how many did not.
    let soon = read(&mut board)?.count + 5;
    let told = wait_for(&mut board, soon)?;
    let ticks = u64::from(told.count + told.dropped - 1);
    ensure!(told.dropped > 0 && told.last - told.first == ticks * PERIOD, "{told:?}");
    let counts = board.health().map_err(words)?.counts;
    // Time goes on.
    ensure!(counts.dropped >= told.dropped, "{counts:?}, and the guest was told {told:?}");
    Ok(())
}

/// One that never ends is stopped by its fuel; meanwhile the guest, and another one, answer.
fn fuel() -> Done {
    let mut board = open()?;
    let endless = TICKS.replace("\"told\"", "\"hang\"").replace("fuel = 1_000", "fuel = 200_000");
    for (number, wants) in [(0, endless.as_str()), (1, TICKS)] {
        board.select(number);
        board.load(&guest(wants)?, |_| ()).map_err(words)?;
    }
    wait_for(&mut board, 10)?;
    board.select(0);
    for _ in 0..10 {
        read(&mut board)?;
    }
    let health = board.health().map_err(words)?;
    let Counts { events, event_fuel, traps, done, .. } = health.counts;
    ensure!(health.state == State::Well && traps > 3 && traps == events && done == 10, "{health:?}");
    let mut target = Target::open(&On::Wasmi, &Options::default())?;
    target.load(&guest("clock = [\"clock\"]")?, |_| ())?;
    let Err(error) = target.call("hang", b"", 200_000, Delivery::Event) else { return Err("it ends".into()) };
    let each = outcome::run(&error).map_or(0, |run| run.fuel_used);
    ensure!(event_fuel == each * u64::from(events), "{events} events took {event_fuel}, one takes {each}");
    Ok(())
}

fn replies() -> Done {
    let mut board = open()?;
    board.load(&guest(TICKS)?, |_| ()).map_err(words)?;
    for _ in 0..20 {
        // A reply of several frames is read whole only when nothing in it changes: it has a checksum.
        let reply = call(&mut board, "large", b"")?;
        ensure!(reply.len() == 7168, "{} bytes", reply.len());
    }
    // One that nobody fetches is given up.
    let job = Job::Call { entry: "large", request: b"", delivery: Delivery::Call };
    board.begin(&job, PLENTY).map_err(words)?;
    let before = board.health().map_err(words)?.counts.events;
    for _ in 0..1000 {
        thread::sleep(Duration::from_millis(10));
        if board.health().map_err(words)?.counts.events > before + 1 {
            return Ok(());
        }
    }
    Err("a reply that nobody fetches keeps events off for ever".into())
}

fn lines() -> Done {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let socket = format!("socket,id=gps,host=127.0.0.1,port={}", listener.local_addr()?.port());
    let mut board = open_with(&["-chardev", &socket, "-serial", "chardev:gps"])?;
    let (mut gps, _) = listener.accept()?;
    let wants = "uart = [\"serial\"]\n[[line]]\nuart = \"serial\"\nentry = \"told\"\nfuel = 5_000";
    board.load(&guest(wants)?, |_| ()).map_err(words)?;
    let long = "x".repeat(200);
    let sent =
        [("$GPGGA,1\r\n", "$GPGGA,1"), ("\n", ""), (&format!("{long}\r\n"), &long[..84]), ("end\n", "end")];
    for (count, (line, told)) in (1..).zip(sent) {
        gps.write_all(line.as_bytes())?;
        wait_for(&mut board, count)?;
        let last = call(&mut board, "last", b"")?;
        ensure!(last == told.as_bytes(), "{told:?} came as {:?}", String::from_utf8_lossy(&last));
    }
    gps.write_all("flood\n".repeat(500).as_bytes())?;
    gps.write_all(b"done\n")?;
    for tries in 0.. {
        let told = read(&mut board)?;
        if told.count + told.dropped == 505 {
            let dropped = board.health().map_err(words)?.counts.dropped;
            ensure!(dropped == told.dropped, "{dropped} dropped, and the guest was told of {}", told.dropped);
            break;
        }
        ensure!(tries < 1000, "{told:?} of 505 lines");
        thread::sleep(Duration::from_millis(10));
    }
    // Half of a line is no other guest's; it comes while the board looks.
    gps.write_all(b"half of ")?;
    thread::sleep(Duration::from_millis(300));
    read(&mut board)?;
    board.load(&guest(wants)?, |_| ()).map_err(words)?;
    gps.write_all(b"a line\n")?;
    wait_for(&mut board, 1)?;
    let last = call(&mut board, "last", b"")?;
    ensure!(last == b"a line", "it came as {:?}", String::from_utf8_lossy(&last));
    Ok(())
}

fn ungranted() -> Done {
    let mut board = open()?;
    let wants = "clock = [\"clock\", \"other\"]\ninput = [\"key\"]\n\
                 [[tick]]\nclock = \"clock\"\nevery_ms = 9\nentry = \"told\"\nfuel = 1\n\
                 [[tick]]\nclock = \"other\"\nevery_ms = 10\nentry = \"told\"\nfuel = 1\n\
                 [[edge]]\ninput = \"key\"\nedge = \"both\"\nentry = \"told\"\nfuel = 1";
    // It asks for a clock alone, and is told of that too often.
    let (Wants { events, .. }, Wants { grants, .. }) =
        (Wants::read(wants)?, Wants::read("clock = [\"clock\"]")?);
    let mut wasm = wat::parse_str(include_str!("../../guests/told.wat"))?;
    Wants { grants, events }.put_into(&mut wasm);
    board.load(&wasm, |_| ()).map_err(words)?;
    thread::sleep(Duration::from_millis(100));
    let told = read(&mut board)?;
    let counts = board.health().map_err(words)?.counts;
    ensure!(told.count == 0 && counts.ungranted == 3 && counts.events == 0, "{counts:?}");
    Ok(())
}

type Board = Client<Qemu, FRAME>;

fn open() -> Result<Board, Failed> {
    open_with(&[])
}

fn open_with(emulator: &[&str]) -> Result<Board, Failed> {
    let emulator: Vec<_> = emulator.iter().map(|word| (*word).to_owned()).collect();
    // Its time is its instructions: no tick is late because this machine is busy.
    let qemu = Qemu::start(BOARD, firmware()?, true, &emulator, Duration::from_secs(30))?;
    let mut board = Client::new(qemu, 600);
    board.open(1, |_| ()).map_err(words)?;
    Ok(board)
}

/// The guest that counts what it is told, and wants this.
fn guest(wants: &str) -> Result<Vec<u8>, Failed> {
    let mut wasm = wat::parse_str(include_str!("../../guests/told.wat"))?;
    Wants::read(wants)?.put_into(&mut wasm);
    Ok(wasm)
}

/// What the guest was told.
#[derive(Debug)]
struct Told {
    count: u32,
    dropped: u32,
    /// Microseconds.
    first: u64,
    last: u64,
}

fn read(board: &mut Board) -> Result<Told, Failed> {
    let reply = call(board, "read", b"")?;
    let [count, dropped] = [0, 4].map(|at| u32::from_le_bytes([0, 1, 2, 3].map(|byte| reply[at + byte])));
    let [first, last] =
        [8, 16].map(|at| u64::from_le_bytes([0, 1, 2, 3, 4, 5, 6, 7].map(|byte| reply[at + byte])));
    Ok(Told { count, dropped, first, last })
}

/// Waits until the guest was told of so many.
fn wait_for(board: &mut Board, count: u32) -> Result<Told, Failed> {
    for _ in 0..1000 {
        let told = read(board)?;
        if told.count >= count {
            return Ok(told);
        }
        thread::sleep(Duration::from_millis(10));
    }
    Err(format!("{:?} after 10 s", read(board)?).into())
}

fn call(board: &mut Board, entry: &str, request: &[u8]) -> Result<Vec<u8>, Failed> {
    for _ in 0..10 {
        let mut reply = Vec::new();
        let keep = |part: &[u8]| reply.extend_from_slice(part);
        match board.call(entry, request, PLENTY, Delivery::Call, keep) {
            // An event came, since this machine was too busy to fetch the reply in time.
            Err(client::Error::Failed(Failure::Link(LinkError::NoJob), _)) => {}
            Err(error) => return Err(words(error).into()),
            Ok(_) => return Ok(reply),
        }
    }
    Err("no reply is fetched in time".into())
}

fn words(error: client::Error<wire::Error>) -> String {
    error.to_string()
}

const TICKS: &str =
    "clock = [\"clock\"]\n[[tick]]\nclock = \"clock\"\nevery_ms = 10\nentry = \"told\"\nfuel = 1_000";

/// Of the ticks, in microseconds.
const PERIOD: u64 = 10_000;

/// Units of fuel that suffice for all calls.
const PLENTY: u64 = 1_000_000_000;
