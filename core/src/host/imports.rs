//! The host functions that a guest is started with.

use core::ops::Deref;
#[cfg(feature = "std")]
use std::{sync::Arc, vec::Vec};

use super::{Host, Import, Register, register::Hooks};
use crate::{abi, error::Error, hal::Hardware};

/// The host functions that a guest may call: a constant table, or one that was made at run time, and with
/// [hardware](Imports::with_hardware) those of `aingle_hal`. Clones share the table.
pub struct Imports<T: 'static> {
    table: Table<T>,
    hardware: Option<&'static Hooks<T>>,
}

enum Table<T: 'static> {
    Constant(&'static [Import<T>]),
    #[cfg(feature = "std")]
    Shared(Arc<[Import<T>]>),
}

impl<T> Imports<T> {
    /// Offers [the functions of `aingle_hal`](crate::hal) too, each to guests that were granted what it is for.
    pub fn with_hardware(self) -> Self
    where
        T: Hardware,
    {
        Self { hardware: Some(Hooks::TABLE), ..self }
    }

    /// Readies the host's side for an instance that starts.
    pub(crate) fn starts(&self, host: &mut Host<T>) -> Result<(), Error> {
        host.hardware = self.hardware;
        self.hardware.map_or(Ok(()), |hooks| (hooks.start)(&mut host.state))
    }

    /// The function `name` of module `module`, for an engine to keep, if the host with that state offers it.
    pub fn offered(&self, module: &str, name: &str, state: &T) -> Option<Offered<T>> {
        match module {
            abi::IMPORT_MODULE => {
                let place = self.table.iter().position(|import| import.name == name)?;
                Some(Offered::Message(Message { table: self.table.clone(), place }))
            }
            abi::REGISTER_MODULE => {
                (self.hardware?.named)(state, name).map(Register::new).map(Offered::Register)
            }
            _ => None,
        }
    }
}

impl<T> Clone for Imports<T> {
    fn clone(&self) -> Self {
        Self { table: self.table.clone(), hardware: self.hardware }
    }
}

impl<T> Deref for Table<T> {
    type Target = [Import<T>];

    fn deref(&self) -> &[Import<T>] {
        match self {
            Table::Constant(table) => table,
            #[cfg(feature = "std")]
            Table::Shared(table) => table,
        }
    }
}

impl<T> Clone for Table<T> {
    fn clone(&self) -> Self {
        match self {
            Table::Constant(table) => Table::Constant(table),
            #[cfg(feature = "std")]
            Table::Shared(table) => Table::Shared(table.clone()),
        }
    }
}

impl<T> From<&'static [Import<T>]> for Imports<T> {
    fn from(table: &'static [Import<T>]) -> Self {
        Self { table: Table::Constant(table), hardware: None }
    }
}

impl<T, const N: usize> From<&'static [Import<T>; N]> for Imports<T> {
    fn from(table: &'static [Import<T>; N]) -> Self {
        table.as_slice().into()
    }
}

#[cfg(feature = "std")]
impl<T> From<Vec<Import<T>>> for Imports<T> {
    fn from(table: Vec<Import<T>>) -> Self {
        Self { table: Table::Shared(table.into()), hardware: None }
    }
}

/// A host function that an engine links.
pub enum Offered<T: 'static> {
    /// `(ptr: i32, len: i32) -> i64`: called through [`dispatch`](super::dispatch).
    Message(Message<T>),
    /// As many `i32`s as [`Register::parameters`] says, `-> i32`: called through [`Call::dispatch`](super::Call::dispatch).
    Register(Register),
}

/// A host function in message form, together with the table that it stands in.
pub struct Message<T: 'static> {
    table: Table<T>,
    place: usize,
}

impl<T> Deref for Message<T> {
    type Target = Import<T>;

    fn deref(&self) -> &Import<T> {
        &self.table[self.place]
    }
}
