//! The hardware that a guest finds, as the arguments say.

use aingle_wasm::{
    On,
    hardware::{self, Bench},
};
use aingle_wasm_core::hal::{Function, Grants};

use crate::{
    args::Hardware,
    fail::{Done, Fail},
};

/// The bench that is described for a guest on `on`, if one is.
pub fn bench(on: &On, described: &Hardware) -> Done<Option<Bench>> {
    let (path, read): (_, fn(&str) -> _) = match (&described.mock, &described.linux) {
        (Some(path), _) => (path, Bench::mock),
        (None, Some(path)) => (path, Bench::linux),
        (None, None) => return Ok(None),
    };
    if !on.is_here() {
        return Err(Fail::usage(format!(
            "{on} has hardware of its own: --mock and --linux are for wasmer and wasmi"
        )));
    }
    let text = hardware::text_of(path)
        .map_err(|error| Fail::usage(format!("cannot read {}: {error}", path.display())))?;
    let bench = read(&text).map_err(|error| Fail::usage(format!("{}: {error}", path.display())))?;
    Ok(Some(bench))
}

/// Why a guest that wants `wants` may not import `function`, and what to do.
pub fn ungranted(function: &Function, wants: &Grants, on: &On) -> String {
    if !function.is_granted(wants) {
        let kinds: Vec<_> = function.kinds().iter().map(|kind| kind.name()).collect();
        return format!(
            "for which it has no grant; its NAME.grants.toml must ask for one of {}: name that file with --grants, or \
             have `aingle-wasm build` put the grants.toml of its crate into the module",
            kinds.join(", ")
        );
    }
    match on.is_here() {
        true => "and there is no hardware: --mock describes some, --linux takes this machine's".to_owned(),
        false => format!("and {on} has no hardware for guests: --firmware names firmware that has"),
    }
}
