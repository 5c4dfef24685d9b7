//! Fuel on each target, and what is the same on all of them.

use std::iter;

use crate::{
    Pair,
    seen::{End, Seen},
};

/// Prints a line for each run; returns how many things differ, each of which has been named.
pub fn print(targets: &[String], names: &[String], columns: &[Vec<Pair>]) -> usize {
    let widest = names.iter().map(String::len).max().unwrap_or(0);
    print!("{:<widest$}", "units of fuel");
    targets.iter().for_each(|on| print!(" {:>WIDTH$}", on.trim_start_matches("qemu:")));
    ASPECTS.iter().for_each(|aspect| print!("  {}", aspect.name));
    println!();
    let mut differences = Vec::new();
    for (row, name) in names.iter().enumerate() {
        let pairs: Vec<&Pair> = columns.iter().filter_map(|column| column.get(row)).collect();
        print!("{name:<widest$}");
        pairs.iter().for_each(|[whole, _]| print!(" {:>WIDTH$}", whole.fuel_used));
        for aspect in ASPECTS {
            let same = pairs
                .windows(2)
                .all(|pairs| (0..2).all(|half| (aspect.same)(&pairs[0][half], &pairs[1][half])));
            print!("  {:<1$}", if same { "same" } else { "DIFFERS" }, aspect.name.len());
            if !same {
                differences.push((name, aspect.name, pairs.clone()));
            }
        }
        println!();
    }
    println!("each ran again under half its fuel, and all of that must be the same too");
    for (name, aspect, pairs) in &differences {
        println!("\n{name}: the {aspect} differs");
        for (on, [whole, half]) in iter::zip(targets, pairs) {
            println!("  {on:<16} {whole:.80?}\n  {:<16} {half:.80?}", "  under half");
        }
    }
    differences.len()
}

/// Something that must be the same.
struct Aspect {
    name: &'static str,
    same: fn(&Seen, &Seen) -> bool,
}

const ASPECTS: &[Aspect] = &[
    Aspect { name: "reply", same: |left, right| reply(left) == reply(right) },
    Aspect { name: "fuel", same: |left, right| left.fuel_used == right.fuel_used },
    Aspect { name: "trap", same: |left, right| trap(left) == trap(right) },
    Aspect {
        name: "host calls",
        same: |left, right| (left.host_calls, left.host_digest) == (right.host_calls, right.host_digest),
    },
];

/// What the guest answered, if it did.
fn reply(seen: &Seen) -> Option<&End> {
    Some(&seen.end).filter(|_| trap(seen).is_none())
}

/// Why the run stopped, if it did.
fn trap(seen: &Seen) -> Option<(u8, u16)> {
    match seen.end {
        End::Failed(code, detail) => Some((code, detail)),
        _ => None,
    }
}

/// Of a column.
const WIDTH: usize = 11;
