//! The attribute `#[entry]` of `aingle-wasm-guest`, which documents and re-exports it.
#![forbid(unsafe_code)]

mod expand;
mod parse;

use proc_macro::TokenStream;

// Documented where it is re-exported: its examples need that crate.
#[allow(missing_docs)]
#[proc_macro_attribute]
pub fn entry(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let expanded = parse::entry(arguments.into(), item.clone().into()).map(|entry| expand::entry(&entry));
    match expanded {
        Ok(tokens) => tokens.into(),
        Err(error) => {
            // The function stays, so that its callers are not wrong as well.
            let mut tokens = item;
            tokens.extend(TokenStream::from(error.into_compile_error()));
            tokens
        }
    }
}
