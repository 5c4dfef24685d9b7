//! Time that passes only when the guest waits for it, or looks.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use aingle_wasm_core::hal::Clock;
use embedded_hal::delay::DelayNs;
use serde::Deserialize;

/// The one time of a bench. Clones are the same time.
#[derive(Clone, Default)]
pub struct Time {
    nanos: Arc<AtomicU64>,
    per_look: u64,
    looks: Arc<Mutex<VecDeque<u64>>>,
}

/// As people write it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub struct Passing {
    /// Microseconds at the start.
    start: u64,
    /// Microseconds that pass with each look at a clock.
    step: u64,
    /// Microseconds that clocks say one after the other; then what is said above.
    looks: VecDeque<u64>,
    /// Microseconds until which a guest is told of ticks, at least.
    pub until: u64,
}

impl From<Passing> for Time {
    fn from(Passing { start, step, looks, .. }: Passing) -> Self {
        let nanos = Arc::new(AtomicU64::new(start.saturating_mul(1000)));
        Self { nanos, per_look: step.saturating_mul(1000), looks: Arc::new(Mutex::new(looks)) }
    }
}

impl Time {
    /// Nanoseconds at this moment.
    pub fn nanos(&self) -> u64 {
        self.nanos.load(Relaxed)
    }

    /// Lets it be `micros`, unless it is later.
    pub fn pass_to(&self, micros: u64) {
        self.nanos.fetch_max(micros.saturating_mul(1000), Relaxed);
    }
}

impl Clock for Time {
    fn micros(&mut self) -> u64 {
        let recorded = self.looks.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        if let Some(micros) = recorded {
            self.pass_to(micros);
            return micros;
        }
        self.nanos.fetch_add(self.per_look, Relaxed) / 1000
    }
}

/// Waits in no time.
pub struct Delay(pub Time);

impl DelayNs for Delay {
    fn delay_ns(&mut self, nanos: u32) {
        self.0.nanos.fetch_add(nanos.into(), Relaxed);
    }

    fn delay_us(&mut self, micros: u32) {
        self.0.nanos.fetch_add(u64::from(micros) * 1000, Relaxed);
    }
}
