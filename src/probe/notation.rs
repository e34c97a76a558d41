//! A request as one word of a command line, which names what in it is not as in a correct one.

use super::number::SafeNumber;
use super::request::{Fd, Fields, Ioctl, LONG, Len, Placement, RawRequest, Show};
use crate::size;

/// Where the struct may lie, apart from [`STRADDLING`].
const PLACES: [(&str, Placement); 10] = [
    ("writable", Placement::Middle),
    ("misaligned", Placement::Misaligned),
    ("last-bytes", Placement::LastBytes),
    ("read-only", Placement::ReadOnly),
    ("no-access", Placement::NoAccess),
    ("unmapped", Placement::Freed),
    ("null", Placement::Null),
    ("one", Placement::One),
    ("minus-one", Placement::MinusOne),
    ("kernel", Placement::Kernel),
];
/// Before the number of bytes that are followed by a page that is not mapped.
const STRADDLING: &str = "straddling:";

impl RawRequest {
    /// A correct request for one page.
    const PLAIN: Self = Self { show: Show::Pages, ..Self::GOOD };

    /// What differs from a correct request, as [`Self::parse`] reads it.
    pub(super) fn notation(&self, page_size: u64) -> String {
        let number = match self.ioctl {
            Ioctl::Alloc => None,
            Ioctl::Number(number) | Ioctl::Buffer(number, _) | Ioctl::Udmabuf(number, _) => {
                Some(format!("ioctl={:#x}", number.get()))
            }
        };
        let (parts, plain) = (self.parts(page_size), Self::PLAIN.parts(page_size));
        let parts = parts.into_iter().zip(plain).filter(|(part, plain)| part != plain);
        let parts = parts.map(|((key, value), _)| format!("{key}={value:#x}"));
        let place = match self.place {
            Placement::Middle => None,
            Placement::Straddling(count) => Some(format!("at={STRADDLING}{count}")),
            place => PLACES.iter().find(|(_, known)| *known == place).map(|(name, _)| format!("at={name}")),
        };
        let all: Vec<String> = number.into_iter().chain(parts).chain(place).collect();
        // There is something to write down of a correct request as well.
        if all.is_empty() { format!("len={page_size:#x}") } else { all.join(",") }
    }

    fn parts(&self, page_size: u64) -> [(&'static str, u64); 9] {
        let Fields { len, fd, fd_flags, heap_flags, reserved: [reserved0, reserved1] } = self.fields;
        let fd = match fd {
            Fd::Number(number) => number,
            // No random request has it, so none is written down.
            Fd::Open => 0,
        };
        [
            ("len", len.value(page_size)),
            ("fd", fd.into()),
            ("fd_flags", fd_flags.into()),
            ("heap_flags", heap_flags),
            ("reserved0", reserved0.into()),
            ("reserved1", reserved1.into()),
            ("tail", self.tail.into()),
            ("ioctl_high", self.request_high.into()),
            ("fd_high", self.fd_high.into()),
        ]
    }

    /// Reads a request of `KEY=VALUE`, separated by commas.
    ///
    /// # Errors
    /// A text that names no request, or one that is never sent: the reason.
    pub(crate) fn parse(text: &str, page_size: u64) -> Result<Self, String> {
        let mut request = Self::PLAIN;
        for part in text.split(',') {
            let (key, value) = part.split_once('=').ok_or_else(|| format!("'{part}' is not KEY=VALUE"))?;
            request.set(key, value, page_size)?;
        }
        Ok(request)
    }

    fn set(&mut self, key: &str, value: &str, page_size: u64) -> Result<(), String> {
        if key == "at" {
            self.place = place(value).ok_or_else(|| {
                let names = PLACES.map(|(name, _)| name).join(", ");
                format!("unknown place '{value}' (places: {names}, {STRADDLING}BYTES)")
            })?;
            return Ok(());
        }
        let number = || size::parse(value, page_size).map_err(|invalid| format!("invalid {key} '{value}': {invalid}"));
        let word = || number().and_then(|number| u32::try_from(number).map_err(|_| too_large(key, value)));
        let fields = &mut self.fields;
        match key {
            "ioctl" => {
                let number = SafeNumber::new(word()?)
                    .ok_or_else(|| format!("{value} changes a file or its file system and is never sent"))?;
                self.ioctl = Ioctl::Number(number);
            }
            "len" => fields.len = Len::Bytes(number()?),
            "fd" => fields.fd = Fd::Number(word()?),
            "fd_flags" => fields.fd_flags = word()?,
            "heap_flags" => fields.heap_flags = number()?,
            "reserved0" => fields.reserved[0] = word()?,
            "reserved1" => fields.reserved[1] = word()?,
            "tail" => self.tail = u8::try_from(number()?).map_err(|_| too_large(key, value))?,
            "ioctl_high" => self.request_high = word()?,
            "fd_high" => self.fd_high = word()?,
            _ => {
                let keys = Self::PLAIN.parts(page_size).map(|(key, _)| key).join(" ");
                return Err(format!("unknown key '{key}' (keys: ioctl {keys} at)"));
            }
        }
        Ok(())
    }
}

fn too_large(key: &str, value: &str) -> String {
    format!("invalid {key} '{value}': too large for the field")
}

fn place(value: &str) -> Option<Placement> {
    match value.strip_prefix(STRADDLING).and_then(|count| count.parse().ok()) {
        // More bytes than a struct has would be followed by nothing that is looked at.
        Some(count @ 1..=LONG) => Some(Placement::Straddling(count)),
        _ => PLACES.iter().find(|(name, _)| *name == value).map(|(_, place)| *place),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Abi;
    use crate::probe::fuzz::random_request;

    #[test]
    fn what_is_written_down_of_a_random_request_makes_it_again() {
        for (abi, page_size) in [(Abi::Mainline, 4096), (Abi::V12, 65_536)] {
            for index in 0..5000 {
                let request = random_request(7, index, abi, page_size);
                let text = request.notation(page_size);
                let again = RawRequest::parse(&text, page_size).unwrap_or_else(|reason| panic!("{text}: {reason}"));
                let sent = |request: &RawRequest| (request.number(abi), request.bytes(abi, page_size, 0));
                assert_eq!(sent(&again), sent(&request), "{text}");
                let same = RawRequest { ioctl: again.ioctl, fields: again.fields, ..request };
                assert_eq!(again, same, "{text}");
            }
        }
    }

    #[test]
    fn a_correct_request_can_be_written_down() {
        let text = RawRequest::PLAIN.notation(4096);
        let sent = |request: RawRequest| request.bytes(Abi::Mainline, 4096, 0);
        assert_eq!(RawRequest::parse(&text, 4096).map(sent), Ok(sent(RawRequest::PLAIN)));
    }

    #[test]
    fn a_request_that_cannot_be_sent_is_refused_with_what_is_accepted() {
        for (text, reason) in [
            ("", "'' is not KEY=VALUE"),
            ("len", "'len' is not KEY=VALUE"),
            ("lem=1", "unknown key 'lem' (keys: ioctl len fd "),
            ("len=x", "invalid len 'x': not a number"),
            ("fd=0x100000000", "invalid fd '0x100000000': too large for the field"),
            ("tail=256", "invalid tail '256': too large for the field"),
            ("at=nowhere", "unknown place 'nowhere' (places: writable, "),
            ("at=straddling:33", "unknown place 'straddling:33'"),
            ("ioctl=0xc0045877", "0xc0045877 changes a file or its file system and is never sent"),
        ] {
            let found = RawRequest::parse(text, 4096).expect_err(text);
            assert!(found.starts_with(reason), "{text}: {found}");
        }
    }
}
