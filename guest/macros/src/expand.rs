//! What `#[entry]` becomes: the function, and beside it the export and its record.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ReturnType;
use syn::spanned::Spanned;

use crate::parse::{Entry, Form};

/// The function as written, followed by the exported one.
///
/// Off WebAssembly the exported function is checked by the compiler as well, but not exported.
pub fn entry(entry: &Entry) -> TokenStream {
    let Entry { function, name, .. } = entry;
    let answer = answer(entry);
    let record = Literal::byte_string(&record(name, entry.form));
    let len = 3 + name.len();
    quote! {
        #function

        const _: () = {
            #[allow(dead_code)]
            fn __aingle_entry(ptr: u32, len: u32) -> u64 {
                ::aingle_wasm_guest::__private::run(ptr, len, |call| #answer)
            }

            #[cfg(target_arch = "wasm32")]
            ::aingle_wasm_guest::__export!(#name, __aingle_entry);
            #[cfg(target_arch = "wasm32")]
            ::aingle_wasm_guest::__record!(#len, *#record);
        };
    }
}

/// The expression that runs the function and answers.
fn answer(entry: &Entry) -> TokenStream {
    let name = &entry.function.sig.ident;
    let returned = match &entry.function.sig.output {
        ReturnType::Type(_, returned) => returned.span(),
        ReturnType::Default => name.span(),
    };
    // Errors about the return type point at it.
    let result = |call: TokenStream| match (entry.fallible, entry.display) {
        (true, true) => quote! {
            #call.map_err(|error| ::aingle_wasm_guest::__fmt!(::aingle_wasm_guest::__private::Shown::new(error)))
        },
        (true, false) => call,
        (false, _) => quote_spanned! { returned => ::core::result::Result::<_, &[u8]>::Ok(#call) },
    };
    match entry.form {
        Form::Bytes { arena } => {
            let arena = arena.then(|| quote! { , call.arena() });
            let result = result(quote_spanned! { returned => #name(call.input() #arena) });
            quote_spanned! { returned => call.finish(#result) }
        }
        Form::Event => {
            let done = match entry.fallible {
                true => result(quote_spanned! { returned => #name(event) }),
                false => quote! { ::core::result::Result::<(), &[u8]>::Ok(#name(event)) },
            };
            quote! {
                match call.event() {
                    ::core::result::Result::Ok(event) => {
                        let done: ::core::result::Result<(), _> = #done;
                        call.finish(done.map(|()| &[]))
                    }
                    ::core::result::Result::Err(refusal) => refusal,
                }
            }
        }
        Form::Typed(count) => {
            let arguments: Vec<_> = (0..count).map(|at| format_ident!("argument_{at}")).collect();
            let result = result(quote_spanned! { returned => #name(#(#arguments),*) });
            let finish = quote_spanned! { returned => call.finish_typed(#result) };
            quote! {
                ::aingle_wasm_guest::__typed! {
                    match call.arguments() {
                        ::core::result::Result::Ok((#(#arguments,)*)) => #finish,
                        ::core::result::Result::Err(refusal) => refusal,
                    }
                }
            }
        }
    }
}

/// The record of kind 1 in the custom section `aingle.guest`.
fn record(name: &str, form: Form) -> Vec<u8> {
    let form = match form {
        Form::Bytes { .. } => 0,
        Form::Typed(_) => 1,
        Form::Event => 2,
    };
    let mut record = vec![1, name.len() as u8];
    record.extend_from_slice(name.as_bytes());
    record.push(form);
    record
}

#[cfg(test)]
mod tests {
    use super::record;
    use crate::parse::Form;

    #[test]
    fn a_record_is_postcard() {
        assert_eq!(record("echo", Form::Bytes { arena: true }), b"\x01\x04echo\x00");
        assert_eq!(record("mean", Form::Typed(1)), b"\x01\x04mean\x01");
        assert_eq!(record("pressed", Form::Event), b"\x01\x07pressed\x02");
    }
}
