//! The main job: one guest, a year of hourly temperatures month by month, on every kind of machine.
//!
//! `cargo xtask demo` builds the guest and runs this: `demo SENSOR_WASM TEMPERATURES_CSV [--no-qemu]`.

#![forbid(unsafe_code)]

use std::{env, error::Error, fs, ops::Range, time::Instant};

use aingle_wasm::{On, Options, Target};
use aingle_wasm_core::link::{Delivery, Run};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (wasm, csv, with_qemu) = match arguments.as_slice() {
        [wasm, csv] => (wasm, csv, true),
        [wasm, csv, flag] if flag == "--no-qemu" => (wasm, csv, false),
        _ => return Err("usage: demo SENSOR_WASM TEMPERATURES_CSV [--no-qemu]".into()),
    };
    let targets = ["wasmer", "wasmi", "qemu:mps2-an386"];
    let targets = if with_qemu { &targets[..] } else { &targets[..2] };
    let wasm = fs::read(wasm)?;
    let csv = fs::read_to_string(csv)?;
    let months = months(&csv)?;
    println!("sensor.wasm, {} bytes: a cold-chain verdict over a month of hourly temperatures\n", wasm.len());

    let mut years = Vec::new();
    for target in targets {
        years.push(year(target, &wasm, &months)?);
    }
    table(&years);

    let replies = |year: &Year| year.months.iter().map(|month| month.reply.clone()).collect::<Vec<_>>();
    let first = replies(&years[0]);
    println!("\nverdicts, January to December:");
    first.iter().for_each(|reply| println!("  {reply}"));
    if years.iter().any(|year| replies(year) != first) {
        return Err("the replies differ".into());
    }
    let fuel = |year: &Year| year.months.iter().map(|month| month.run.fuel_used).collect::<Vec<_>>();
    if years.iter().any(|year| fuel(year) != fuel(&years[0])) {
        return Err("the replies agree, and the fuel differs".into());
    }
    for year in &years {
        if let Some(heap) = year.heap.filter(|heap| *heap > HEAP_LIMIT) {
            return Err(format!(
                "{}: a heap of {heap} bytes, over the {HEAP_LIMIT} that a chip has",
                year.target
            )
            .into());
        }
    }
    match with_qemu {
        true => println!("\nall replies agree, byte for byte and in fuel, on {} targets", years.len()),
        false => {
            println!(
                "\nall replies agree, byte for byte and in fuel; the emulated chip was left out (--no-qemu)"
            )
        }
    }
    Ok(())
}

/// What a target made of a year.
struct Year {
    target: &'static str,
    machine: String,
    memory: u32,
    /// Peak of the heap that guests are made of, where it has a bound, in bytes.
    heap: Option<u32>,
    months: Vec<Month>,
    instructions: Option<u64>,
}

struct Month {
    reply: String,
    run: Run,
}

fn year(name: &'static str, wasm: &[u8], months: &[&str]) -> Result<Year> {
    let on: On = name.parse()?;
    let options = Options { count_instructions: true, ..Options::default() };
    let started = Instant::now();
    let mut target = Target::open(&on, &options).map_err(|error| format!("{name}: {error}"))?;
    let failed = |error: aingle_wasm::Error| format!("{name}: {error}");
    let memory = target.load(wasm, |_| ()).map_err(failed)?;
    let mut instructions = None;
    let mut replies = Vec::new();
    for month in months {
        let reply = target.call("sensor", month.as_bytes(), FUEL, Delivery::Call).map_err(failed)?;
        let text = String::from_utf8(reply.bytes).map_err(|_| format!("{name}: the reply is not text"))?;
        if reply.error {
            return Err(format!("{name}: the guest answered with an error: {text}").into());
        }
        instructions = target.instructions(&reply.run).map(|count| count + instructions.unwrap_or(0));
        replies.push(Month { reply: text, run: reply.run });
    }
    let info = target.ask().map_err(failed)?;
    eprintln!("{name}: twelve months in {:.1} s, all included", started.elapsed().as_secs_f64());
    let heap = (info.heap.size > 0).then_some(info.heap.peak);
    Ok(Year { target: name, machine: machine(&on), memory, heap, months: replies, instructions })
}

fn table(years: &[Year]) {
    println!(
        "{:<16} {:<26} {:<22} {:>11} {:>24} {:>8} {:>8}",
        "target", "machine", "reply (first month)", "fuel", "time or instructions", "memory", "heap"
    );
    for year in years {
        let fuel: u64 = year.months.iter().map(|month| month.run.fuel_used).sum();
        let nanos: u64 = year.months.iter().filter_map(|month| month.run.nanos).sum();
        let took = match year.instructions {
            Some(count) => format!("{count} instructions"),
            None => format!("{:.1} ms", nanos as f64 / 1e6),
        };
        let reply: String = year.months[0].reply.chars().take(20).collect();
        let heap = year.heap.map_or("-".into(), |heap| heap.to_string());
        println!(
            "{:<16} {:<26} {:<22} {fuel:>11} {took:>24} {:>8} {heap:>8}",
            year.target,
            year.machine,
            format!("{reply}…"),
            year.memory,
        );
    }
    println!(
        "fuel, time and instructions: all twelve calls; memory: the guest's own, bytes; heap: engine and guest, peak, bytes"
    );
}

fn machine(on: &On) -> String {
    match on {
        On::Qemu(_) => "Cortex-M4F, emulated".into(),
        _ => format!("{} {}", std::env::consts::ARCH, std::env::consts::OS),
    }
}

/// The rows of each month, without the header.
fn months(csv: &str) -> Result<Vec<&str>> {
    let rows = csv.find('\n').map_or("", |end| &csv[end + 1..]);
    let mut months: Vec<Range<usize>> = Vec::new();
    let mut last = "";
    let mut at = 0;
    for row in rows.split_inclusive('\n') {
        let month = row.get(..7).ok_or("a row without a date")?;
        if month != last {
            months.push(at..at);
            last = month;
        }
        at += row.len();
        if let Some(month) = months.last_mut() {
            month.end = at;
        }
    }
    if months.len() != 12 {
        return Err(format!("the data has {} months, not twelve", months.len()).into());
    }
    Ok(months.into_iter().map(|month| &rows[month]).collect())
}

/// The heap of a small chip, in bytes, which engine and guest must fit in.
const HEAP_LIMIT: u32 = 80 << 10;

/// A month takes a fiftieth of it.
const FUEL: u64 = 100_000_000;
