//! `defmt::Format` of the types that hold a guest, an engine or a user's state: what tells one from another, and
//! nothing of what they hold.

use defmt::{Format, Formatter, write};

use crate::{
    engine::Engine,
    guest::{Entry, Guest},
    host::{Host, Import},
    link::{Board, Client, Service, Single},
    log::Log,
};

impl<E: Engine<T>, T: 'static> Format for Guest<E, T> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "Guest {{ fuel_used: {=u64} }}", self.fuel_used());
    }
}

impl<F> Format for Entry<'_, F> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "Entry {{ name: {=str} }}", self.name());
    }
}

impl<T> Format for Host<T> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "Host {{ calls: {=u32} }}", self.calls);
    }
}

impl<T> Format for Import<T> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "Import {{ name: {=str} }}", self.name);
    }
}

impl Format for Log {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "Log {{ len: {=usize} }}", self.len());
    }
}

impl<T> Format for Board<T> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "Board {{ limits: {} }}", self.limits);
    }
}

impl<W, const FRAME: usize> Format for Client<W, FRAME> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "Client {{ longest frame: {=usize} }}", FRAME);
    }
}

impl<E: Engine<T>, T: 'static, B> Format for Single<E, T, B> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "Single");
    }
}

impl<G, const FRAME: usize> Format for Service<'_, G, FRAME> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "Service {{ longest frame: {=usize} }}", FRAME);
    }
}
