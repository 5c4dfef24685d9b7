//! What an echo costs on AIngle WASM and on its peers.

mod chart;
mod contestants;
mod gate;
mod measure;
mod table;

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};
use clap::{Parser, value_parser};

/// Measures an echo on AIngle WASM and on its peers, and prints how many times as long as by hand it takes.
#[derive(Parser)]
struct Arguments {
    /// How often everyone has a turn
    #[arg(long, default_value_t = 31, value_parser = value_parser!(u16).range(1..))]
    rounds: u16,
    /// Write what was measured
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draw what was measured
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Fail when a call costs more than it may
    #[arg(long)]
    gate: bool,
}

fn main() -> Result<ExitCode> {
    let Arguments { rounds, json, svg, gate } = Arguments::parse();
    let report = measure::run(&mut contestants::load()?, rounds.into())?;
    println!("{}", table::render(&report));
    if let Some(file) = json {
        let text = serde_json::to_string_pretty(&report)? + "\n";
        fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
    }
    if let Some(file) = svg {
        chart::save(&report, &file).with_context(|| format!("writing {}", file.display()))?;
    }
    let broken = if gate { gate::broken(&report) } else { Vec::new() };
    broken.iter().for_each(|sentence| eprintln!("too slow: {sentence}"));
    Ok(if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
