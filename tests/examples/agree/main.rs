//! The same guests on both engines of this machine and on each board that exists in QEMU alone, side by side.
//!
//! `cargo xtask agree` builds the example guests and runs this: `agree FOLDER`. It ends with 1, and says what differs,
//! when one target does not do as the others.

#![forbid(unsafe_code)]

mod runs;
#[path = "../../tests/targets/seen.rs"]
mod seen;
mod table;

use std::{
    env,
    error::Error,
    process::ExitCode,
    sync::{Mutex, PoisonError},
    thread,
    time::Instant,
};

use aingle_wasm::{On, Options, Target, board};
use aingle_wasm_core::{error::Trap, link::Delivery};

use runs::{Act, Guest};
use seen::{End, Seen};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("usage: agree FOLDER_OF_EXAMPLE_GUESTS")?;
    let guests = runs::guests(folder.as_ref())?;
    // A chip that people flash has no room for the predecessor's guests, of a megabyte.
    let boards = board::ALL.iter().filter(|board| board.semihosting);
    let boards = boards.map(|board| format!("qemu:{}", board.name));
    let targets: Vec<String> = ["wasmer", "wasmi"].map(String::from).into_iter().chain(boards).collect();
    let columns = at_once(&targets, |on| {
        let started = Instant::now();
        let column = column(on, &guests).map_err(|words| format!("{on}: {words}"));
        eprintln!("{on}: {:.1} s, all included", started.elapsed().as_secs_f64());
        column
    })?;
    let names: Vec<String> = guests.iter().flat_map(Guest::names).collect();
    let differences = table::print(&targets, &names, &columns);
    println!("\nhostcall is left out: it stamps its reply with each machine's own clock");
    Ok(match differences {
        0 => {
            println!("all agree, {} runs on {} targets", 2 * names.len(), targets.len());
            ExitCode::SUCCESS
        }
        _ => {
            println!("{differences} differences");
            ExitCode::FAILURE
        }
    })
}

/// A run with fuel to spare, and the same under half of what that took.
type Pair = [Seen; 2];

/// What all runs come to on a target.
fn column(on: &str, guests: &[Guest]) -> Result<Vec<Pair>, String> {
    let on: On = on.parse()?;
    // An emulator that counts does not wait for the clock.
    let options = Options { count_instructions: true, ..Options::default() };
    let mut target = Target::open(&on, &options).map_err(|error| error.to_string())?;
    let mut column = Vec::new();
    for guest in guests {
        target.load(&guest.wasm, |_| ()).map_err(|error| format!("{}: {error}", guest.name))?;
        for act in &guest.acts {
            let mut under = |fuel| seen(&mut target, act, fuel).map_err(|error| format!("{act}: {error}"));
            // The first call of a guest may make what later ones find.
            under(PLENTY)?;
            let whole = under(PLENTY)?;
            let half = under(whole.fuel_used / 2)?;
            if half.end != OUT_OF_FUEL {
                return Err(format!("{act}: under half its fuel: {:?}", half.end));
            }
            column.push([whole, half]);
        }
    }
    Ok(column)
}

fn seen(target: &mut Target, act: &Act, fuel: u64) -> Result<Seen, String> {
    match act {
        Act::Invoke(export, arguments) => Seen::invoked(target.invoke(export, arguments, fuel)),
        Act::Call(entry, request) => Seen::called(target.call(entry, request, fuel, Delivery::Call)),
    }
}

/// Does `act` for each target, two at a time, since an emulator keeps a processor busy.
fn at_once<R: Send>(
    targets: &[String],
    act: impl Fn(&str) -> Result<R, String> + Sync,
) -> Result<Vec<R>, String> {
    let mut done: Vec<Option<Result<R, String>>> = targets.iter().map(|_| None).collect();
    let queue = Mutex::new(targets.iter().zip(&mut done));
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        while let Some((on, place)) = next() {
            *place = Some(act(on));
        }
    };
    thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    done.into_iter().flatten().collect()
}

const OUT_OF_FUEL: End = End::Failed(Trap::OutOfFuel.code(), 0);

/// More than any of the runs takes.
const PLENTY: u64 = 100_000_000;
