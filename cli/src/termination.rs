//! What is to be done when this process is asked to end, which drops nothing.

/// Does that, and then ends as it was asked to. Where signals cannot be watched it is not done.
#[cfg(unix)]
pub fn act(act: impl FnOnce() + Send + 'static) {
    use signal_hook::{
        consts::{SIGINT, SIGTERM},
        iterator::Signals,
        low_level::emulate_default_handler,
    };

    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else {
        return;
    };
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            act();
            let _ = emulate_default_handler(signal);
        }
    });
}

#[cfg(not(unix))]
pub fn act(_: impl FnOnce() + Send + 'static) {}
