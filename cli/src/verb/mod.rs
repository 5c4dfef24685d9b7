//! What the command can do, one file for each.

pub mod build;
pub mod completions;
pub mod diff;
pub mod envelope;
pub mod guest;
pub mod inspect;
pub mod invoke;
pub mod new;
pub mod run;
