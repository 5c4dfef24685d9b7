//! To write and read envelopes.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Input;

#[derive(Args)]
pub struct Envelope {
    #[command(subcommand)]
    pub verb: EnvelopeVerb,
}

#[derive(Subcommand)]
pub enum EnvelopeVerb {
    /// Put a payload into an envelope and write its bytes to standard output
    Encode(Encode),
    /// Take an envelope apart, or say what is wrong with it
    Decode(Decode),
}

#[derive(Args)]
#[command(after_help = "Examples:
  aingle-wasm envelope encode --input hello | aingle-wasm envelope decode
  aingle-wasm envelope encode --input @big.bin --compress --expects-response > request.bin")]
pub struct Encode {
    #[command(flatten)]
    pub input: Input,
    /// Version of the envelope
    #[arg(long, value_name = "1|2", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=2))]
    pub version: u8,
    /// Compress the payload
    #[arg(long)]
    pub compress: bool,
    /// Encrypt the payload with this key: 64 hex digits
    #[arg(long, value_name = "KEY", requires = "nonce_hex")]
    pub key_hex: Option<String>,
    /// Number of the key
    #[arg(long, value_name = "N", default_value_t = 0, requires = "key_hex")]
    pub key_id: u32,
    /// The nonce, which no other envelope under this key may share: 24 hex digits
    #[arg(long, value_name = "NONCE", requires = "key_hex")]
    pub nonce_hex: Option<String>,
    /// Set the flag that asks for a response
    #[arg(long)]
    pub expects_response: bool,
    /// Set the flag that marks an error
    #[arg(long)]
    pub error: bool,
}

#[derive(Args)]
#[command(after_help = "Examples:\n  aingle-wasm envelope decode request.bin --json")]
pub struct Decode {
    /// The envelope; - for standard input
    #[arg(default_value = "-")]
    pub file: PathBuf,
    /// The key of an encrypted payload: 64 hex digits
    #[arg(long, value_name = "KEY")]
    pub key_hex: Option<String>,
    /// Print one object on one line instead
    #[arg(long)]
    pub json: bool,
}
