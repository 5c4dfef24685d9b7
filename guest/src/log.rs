//! The log macros: lines that the host keeps or shows.

use crate::sys;

/// How much a log line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Level {
    /// Something went wrong.
    Error = 1,
    /// Something may go wrong.
    Warn = 2,
    /// Something worth knowing happened.
    Info = 3,
    /// For whoever looks for a fault.
    Debug = 4,
    /// Each step.
    Trace = 5,
}

/// Logs that something went wrong: a literal, or any expression that is `&str`.
///
/// A literal is sent as it is. With the feature `fmt` it is a format string, and takes arguments.
///
/// ```
/// use aingle_wasm_guest::prelude::*;
///
/// error!("the door is open");
/// ```
#[macro_export]
macro_rules! error {
    ($($text:tt)+) => { $crate::__log!(Error "\x01" $($text)+) };
}

/// Logs that something may go wrong: a literal, or any expression that is `&str`.
///
/// As [`error!`](crate::error!).
#[macro_export]
macro_rules! warn {
    ($($text:tt)+) => { $crate::__log!(Warn "\x02" $($text)+) };
}

/// Logs that something worth knowing happened: a literal, or any expression that is `&str`.
///
/// As [`error!`](crate::error!).
#[macro_export]
macro_rules! info {
    ($($text:tt)+) => { $crate::__log!(Info "\x03" $($text)+) };
}

/// Logs a detail, for whoever looks for a fault: a literal, or any expression that is `&str`.
///
/// As [`error!`](crate::error!).
#[macro_export]
macro_rules! debug {
    ($($text:tt)+) => { $crate::__log!(Debug "\x04" $($text)+) };
}

/// Logs a step: a literal, or any expression that is `&str`.
///
/// As [`error!`](crate::error!).
#[macro_export]
macro_rules! trace {
    ($($text:tt)+) => { $crate::__log!(Trace "\x05" $($text)+) };
}

/// One macro for all levels. A literal's level goes before it at compile time: it needs no buffer.
#[cfg(not(feature = "fmt"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __log {
    ($level:ident $byte:literal $text:literal $(,)?) => {
        $crate::__private::line(const { $crate::__private::Line::new(::core::concat!($byte, $text)) })
    };
    ($level:ident $byte:literal $text:literal, $($arguments:tt)+) => {
        ::core::compile_error!("format arguments need the feature `fmt` of aingle-wasm-guest")
    };
    ($level:ident $byte:literal $text:expr $(,)?) => {
        $crate::__private::text($crate::Level::$level, $text)
    };
}

/// One macro for all levels.
#[cfg(feature = "fmt")]
#[doc(hidden)]
#[macro_export]
macro_rules! __log {
    ($level:ident $byte:literal $text:literal $($arguments:tt)*) => {
        $crate::__private::format(
            $crate::Level::$level,
            ::core::format_args!($text $($arguments)*),
        )
    };
    ($level:ident $byte:literal $text:expr $(,)?) => {
        $crate::__private::text($crate::Level::$level, $text)
    };
}

/// A line that begins with its level.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Line<'a>(pub(crate) &'a [u8]);

impl Line<'static> {
    /// The line `text`, whose level is its first byte; a compile error when that is none.
    pub const fn new(text: &'static str) -> Self {
        assert!(matches!(text.as_bytes(), [1..=5, ..]), "a line begins with its level");
        Line(text.as_bytes())
    }
}

/// Sends `line`.
#[doc(hidden)]
#[inline]
pub fn line(line: Line<'_>) {
    sys::log(line);
}

/// Sends `text`, or nothing when there is no memory to put the level before it.
#[doc(hidden)]
pub fn text(level: Level, text: &str) {
    let mut line = alloc::vec::Vec::new();
    if line.try_reserve_exact(1 + text.len()).is_ok() {
        line.push(level as u8);
        line.extend_from_slice(text.as_bytes());
        sys::log(Line(&line));
    }
}

/// Sends formatted text.
#[cfg(feature = "fmt")]
#[doc(hidden)]
pub fn format(level: Level, arguments: core::fmt::Arguments<'_>) {
    match arguments.as_str() {
        Some(literal) => text(level, literal),
        None => text(level, &alloc::format!("{arguments}")),
    }
}
