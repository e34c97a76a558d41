//! What this machine is: its kernel, its page size, its memory.

use crate::sys::Result;

/// The release and the machine of uname(2): `6.12.117`, `x86_64`.
pub(crate) fn kernel() -> (String, String) {
    match nix::sys::utsname::uname() {
        Ok(name) => (name.release().to_string_lossy().into_owned(), name.machine().to_string_lossy().into_owned()),
        Err(_) => Default::default(),
    }
}

/// The page size in bytes: 4096 to 65536.
pub(crate) fn page_size() -> u64 {
    nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE)
        .ok()
        .flatten()
        .and_then(|size| u64::try_from(size).ok())
        .filter(|size| size.is_power_of_two())
        .unwrap_or(4 * 1024)
}

/// Total and free memory of sysinfo(2), in bytes.
pub(crate) fn memory() -> Result<(u64, u64)> {
    let info = nix::sys::sysinfo::sysinfo()?;
    Ok((info.ram_total(), info.ram_unused()))
}
