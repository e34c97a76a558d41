//! Where buffers go: sockets, and descriptors of a command.

use crate::pass::socket::Address;
use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};

/// The parser of a socket's address.
pub(crate) fn socket() -> impl TypedValueParser<Value = Address> {
    OsStringValueParser::new().try_map(|text| Address::parse(&text))
}

/// The number of a descriptor.
pub(crate) fn descriptor(text: &str) -> Result<i32, String> {
    match text.parse() {
        Ok(number @ 0..) => Ok(number),
        Ok(_) => Err("a file descriptor cannot be negative".to_owned()),
        Err(_) => Err("not a file descriptor number".to_owned()),
    }
}

/// The options about the descriptors of a command.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Descriptors")]
pub(crate) struct Inheritance {
    /// Pass the first buffer as descriptor N, and the others after it
    ///
    /// With 3, the variables of sd_listen_fds(3) are also set. Some shells, such as dash, support only
    /// single-digit descriptors.
    ///
    /// Example: --at-fd 9
    #[arg(long, value_name = "N", value_parser = descriptor, default_value = "3", allow_hyphen_values = true)]
    pub at_fd: i32,

    /// Replace descriptors that are already open
    ///
    /// Without this option, an open descriptor is an error.
    ///
    /// Example: --at-fd 5 --replace
    #[arg(long)]
    pub replace: bool,
}
