//! To make a guest, and to build it.

use std::path::PathBuf;

use clap::Args;

#[derive(Args)]
#[command(after_help = "Examples:\n  aingle-wasm new hello && aingle-wasm build hello")]
pub struct New {
    /// Name of the crate and of the folder that is made for it
    pub name: String,
    /// Folder of the guest SDK; found when the command is used inside a checkout
    #[arg(long, value_name = "FOLDER")]
    pub sdk: Option<PathBuf>,
}

#[derive(Args)]
#[command(after_help = "Examples:
  aingle-wasm build hello
  aingle-wasm build hello --stack 4096 --heap 65536
  aingle-wasm build hello --server")]
pub struct Build {
    /// Folder of the guest's crate
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// For servers only: memory in pages of 64 KiB that can grow
    #[arg(long)]
    pub server: bool,
    /// The guest's whole memory: statics, stack, and the rest for its heap
    #[arg(long, value_name = "BYTES", conflicts_with = "heap", value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_MEMORY)))]
    pub memory: Option<u32>,
    /// The guest's heap; 8192 unless told, or what it grows to for servers
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(..=i64::from(MAX_MEMORY)))]
    pub heap: Option<u32>,
    /// Largest request that needs no allocation; 1024 unless told
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(..=MAX_INBOX))]
    pub inbox: Option<u32>,
    /// The guest's stack; 4096 unless told, or 1048576 for servers
    #[arg(long, value_name = "BYTES", value_parser = stack)]
    pub stack: Option<u32>,
}

fn stack(word: &str) -> Result<u32, String> {
    let fits = |bytes: &u32| bytes.is_multiple_of(16) && (LEAST_STACK..=MAX_MEMORY).contains(bytes);
    let bytes = word.parse().ok().filter(fits);
    bytes.ok_or_else(|| format!("expected a multiple of 16 from {LEAST_STACK} to {MAX_MEMORY}, as 4096"))
}

/// Bytes of a stack with which a small guest of the SDK runs.
const LEAST_STACK: u32 = 256;

/// Bytes of the largest memory: addresses have 31 bits.
pub const MAX_MEMORY: u32 = (1 << 31) - 1;

/// Bytes of the largest inbox that the SDK can have: nine digits say them.
const MAX_INBOX: i64 = 999_999_999;
