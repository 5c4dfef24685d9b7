//! The table of host functions that a guest is started with.

use core::ops::Deref;
#[cfg(feature = "std")]
use std::{sync::Arc, vec::Vec};

use super::Import;

/// The host functions that a guest may call: a constant table, or one that was made at run time. Clones share it.
pub struct Imports<T: 'static>(Table<T>);

enum Table<T: 'static> {
    Constant(&'static [Import<T>]),
    #[cfg(feature = "std")]
    Shared(Arc<[Import<T>]>),
}

impl<T> Imports<T> {
    /// The function by that name, for an engine to keep.
    pub fn offered(&self, name: &str) -> Option<Offered<T>> {
        let place = self.iter().position(|import| import.name == name)?;
        Some(Offered { imports: self.clone(), place })
    }
}

impl<T> Deref for Imports<T> {
    type Target = [Import<T>];

    fn deref(&self) -> &[Import<T>] {
        match &self.0 {
            Table::Constant(table) => table,
            #[cfg(feature = "std")]
            Table::Shared(table) => table,
        }
    }
}

impl<T> Clone for Imports<T> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            Table::Constant(table) => Table::Constant(table),
            #[cfg(feature = "std")]
            Table::Shared(table) => Table::Shared(table.clone()),
        })
    }
}

impl<T> From<&'static [Import<T>]> for Imports<T> {
    fn from(table: &'static [Import<T>]) -> Self {
        Self(Table::Constant(table))
    }
}

impl<T, const N: usize> From<&'static [Import<T>; N]> for Imports<T> {
    fn from(table: &'static [Import<T>; N]) -> Self {
        Self(Table::Constant(table))
    }
}

#[cfg(feature = "std")]
impl<T> From<Vec<Import<T>>> for Imports<T> {
    fn from(table: Vec<Import<T>>) -> Self {
        Self(Table::Shared(table.into()))
    }
}

/// One host function, together with the table that it stands in.
pub struct Offered<T: 'static> {
    imports: Imports<T>,
    place: usize,
}

impl<T> Deref for Offered<T> {
    type Target = Import<T>;

    fn deref(&self) -> &Import<T> {
        &self.imports[self.place]
    }
}
