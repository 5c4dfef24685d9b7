//! Every form of entry that needs no feature, and host functions, in a crate without unsafe code.
#![forbid(unsafe_code)]

use aingle_wasm_guest::prelude::*;

#[entry]
fn plain(input: &[u8]) -> &[u8] {
    input
}

#[entry]
fn opaque(_input: &[u8]) -> Result<impl AsRef<[u8]>, impl AsRef<[u8]>> {
    if cfg!(unix) { Ok([1, 2, 3]) } else { Err("no") }
}

#[entry]
fn in_the_arena<'a>(input: &'a [u8], arena: &'a Arena) -> Result<&'a [u8], Error> {
    Ok(arena.alloc_slice_copy(input))
}

#[entry]
pub fn r#loop(_: &[u8]) -> String {
    error!("literal");
    warn!("literal");
    debug!("literal");
    trace!("literal");
    let text = String::from("text");
    info!(&text);
    text
}

#[entry]
fn asks(input: &[u8]) -> Result<Reply, HostError> {
    let _now = time()?;
    ask(input)
}

#[entry]
fn told(event: Event<'_>) {
    assert_eq!(event.number, 0);
}

#[entry]
fn told_in_vain(event: aingle_wasm_guest::Event) -> Result<(), &'static str> {
    if event.dropped > 0 { Err("too late") } else { Ok(()) }
}

host_externs!(ask, also,);

fn main() {
    assert_eq!(plain(b"in"), b"in");
    assert_eq!(in_the_arena(b"in", &Arena::new()).unwrap(), b"in");
    assert!(matches!(asks(b"in"), Err(HostError::NoHost)));
    assert_eq!(host_args(0, 0), Err(Error::NoHost));
}
