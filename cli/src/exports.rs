//! What a module exports, by name.

use aingle_wasm_core::{
    abi,
    events::{Event, Events},
};
use aingle_wasm_fuel::{
    Summary,
    summary::{Signature, Type, Value},
};

use crate::terminal;

/// The exported functions, by name.
pub fn functions(summary: &Summary) -> impl Iterator<Item = (&str, &Signature)> {
    summary.exports.iter().filter_map(|export| match &export.ty {
        Type::Function(signature) => Some((export.name.as_str(), signature)),
        _ => None,
    })
}

/// The names of the entries.
pub fn entries(summary: &Summary) -> impl Iterator<Item = &str> {
    let is_entry = |signature: &Signature| {
        signature.parameters == [Value::I32, Value::I32] && signature.results == [Value::I64]
    };
    let named = functions(summary)
        .filter(move |(name, signature)| is_entry(signature) && !name.starts_with(abi::RESERVED));
    named.map(|(name, _)| name)
}

/// Why the guest can be handed no request: it says in no way where that would go.
pub fn without_room(summary: &Summary) -> Option<&'static str> {
    let says_where = summary.exports.iter().any(|export| match (export.name.as_str(), &export.ty) {
        (abi::RECORD, Type::Global { value: Value::I32, .. }) => true,
        (abi::ALLOCATE, Type::Function(Signature { parameters, results })) => {
            (parameters.as_slice(), results.as_slice()) == (&[Value::I32], &[Value::I32])
        }
        _ => false,
    });
    (!says_where).then_some(
        "it exports neither `__aingle_abi`, an i32, as guests of the SDK do, nor `__aingle_guest_allocate`, an \
         (i32) -> i32, as the predecessor's do: a host cannot hand it a request",
    )
}

/// Checks that what a guest is told of has an entry to be told to.
///
/// # Errors
/// A sentence that names one that is none.
pub fn are_entries(events: &Events, summary: &Summary) -> Result<(), String> {
    let is_entry = |name: &str| entries(summary).any(|entry| entry == name);
    match events.iter().find(|event| !is_entry(&event.entry)) {
        None => Ok(()),
        Some(Event { entry, .. }) => Err(format!(
            "the guest is told of events by {}, and has no such entry; {}",
            terminal::line(entry.as_str()),
            listed_entries(entries(summary))
        )),
    }
}

/// Says which entries there are.
pub fn listed_entries<'s>(entries: impl Iterator<Item = &'s str>) -> String {
    match listed(entries).as_str() {
        "" => "it has no entries; `aingle-wasm inspect` says what it has".to_owned(),
        listed => format!("its entries are {listed}"),
    }
}

/// The first of some names, and how many more there are.
pub fn listed(mut names: impl Iterator<Item = impl AsRef<str>>) -> String {
    let mut text = String::new();
    for name in names.by_ref().take(MANY) {
        let comma = if text.is_empty() { "" } else { ", " };
        text += &format!("{comma}{}", terminal::line(name.as_ref()));
    }
    match names.count() {
        0 => text,
        more => format!("{text}, and {more} more"),
    }
}

/// Names in a sentence.
const MANY: usize = 32;
