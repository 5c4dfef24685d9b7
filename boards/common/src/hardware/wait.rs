//! Futures of drivers, without an executor.

use core::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use super::sleep;

/// Drives `future` to its end, and sleeps between interrupts: those move it on, and nobody needs to be woken.
pub fn wait<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        // Masked from the look to the sleep, or what comes in between would be slept over. An interrupt ends the
        // sleep although it is masked.
        let polled = critical_section::with(|_| {
            let polled = future.as_mut().poll(&mut context);
            if polled.is_pending() {
                sleep();
            }
            polled
        });
        if let Poll::Ready(output) = polled {
            return output;
        }
    }
}
