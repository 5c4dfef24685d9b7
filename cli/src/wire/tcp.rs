//! A link behind a socket.

use std::{
    io::{self, Write},
    net::{TcpStream, ToSocketAddrs},
    time::Duration,
};

use aingle_wasm_core::link;

use super::{Error, TICK, receive};

/// A connection.
pub struct Tcp(TcpStream);

impl Tcp {
    /// Connects to `address`, `HOST:PORT`.
    ///
    /// # Errors
    /// The host is unknown, or nobody answers there in time.
    pub fn open(address: &str, timeout: Duration) -> io::Result<Self> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        for address in address.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, timeout) {
                Ok(stream) => return Self::new(stream, timeout),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// A wire on a connection that exists.
    ///
    /// # Errors
    /// The system refuses the socket's options.
    pub fn new(stream: TcpStream, timeout: Duration) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TICK))?;
        stream.set_write_timeout(Some(timeout))?;
        Ok(Self(stream))
    }
}

impl link::Wire for Tcp {
    type Error = Error;

    fn send(&mut self, bytes: &[u8]) -> Result<(), Error> {
        Ok(self.0.write_all(bytes)?)
    }

    fn receive(&mut self, room: &mut [u8]) -> Result<usize, Error> {
        receive(&mut self.0, room)
    }
}
