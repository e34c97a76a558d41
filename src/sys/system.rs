//! Which kernel runs, and what time it is.

/// The release and the machine of uname(2): `6.12.117`, `x86_64`.
#[must_use]
pub(crate) fn kernel() -> (String, String) {
    match nix::sys::utsname::uname() {
        Ok(name) => (name.release().to_string_lossy().into_owned(), name.machine().to_string_lossy().into_owned()),
        Err(_) => Default::default(),
    }
}
