//! What two processes say to each other.
//!
//! The sender writes one line of JSON that says what comes, then one newline for every group of at most
//! [`MOST_FDS`] descriptors, with those attached (`SCM_RIGHTS` needs a byte to ride on):
//!
//! ```text
//! {"dmaheap":1,"fds":2,"buffers":[{"heap":"system","name":"camera0"},{"heap":"system"}]}
//! ```
//!
//! The receiver answers with one line, `{"dmaheap":1,"received":2}` or `{"dmaheap":1,"error":"…"}`, and
//! both hang up. The number of the version comes first and means the rest: a receiver of another version
//! says so and takes nothing. Unknown members are passed over.

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

use crate::size::counted;
pub(crate) use crate::sys::pass::socket::MOST_FDS;

/// The version that this program speaks.
pub(crate) const VERSION: u32 = 1;

/// The longest line that is read, in bytes: enough for more buffers than a process can have open.
pub(crate) const LONGEST_LINE: usize = 16 << 20;

/// The most descriptors that are taken from one sender: the highest `fs.nr_open` that is in use.
pub(crate) const MOST_TOTAL: usize = 1 << 20;

/// The sender's knowledge of a buffer beyond what the kernel says.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Description {
    /// The heap that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heap: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Header {
    #[serde(rename = "dmaheap")]
    version: u32,
    /// How many descriptors follow.
    pub fds: usize,
    /// One for each descriptor, or none at all.
    #[serde(default, deserialize_with = "at_most_total")]
    pub buffers: Vec<Description>,
}

/// Accepts at most [`MOST_TOTAL`] descriptions, however many a line has: each `{}` of it would take memory.
fn at_most_total<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Description>, D::Error> {
    struct Descriptions;
    impl<'de> Visitor<'de> for Descriptions {
        type Value = Vec<Description>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "at most {MOST_TOTAL} descriptions")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
            let mut all = Vec::new();
            while let Some(one) = sequence.next_element()? {
                if all.len() == MOST_TOTAL {
                    return Err(A::Error::invalid_length(all.len() + 1, &self));
                }
                all.push(one);
            }
            Ok(all)
        }
    }
    deserializer.deserialize_seq(Descriptions)
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Acknowledgement {
    #[serde(rename = "dmaheap")]
    version: u32,
    /// How many descriptors it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The members that every line of every version has.
#[derive(Deserialize)]
struct Version {
    dmaheap: u32,
}

impl Header {
    pub(crate) fn new(buffers: Vec<Description>) -> Self {
        Self { version: VERSION, fds: buffers.len(), buffers }
    }

    /// Reads a line.
    pub(crate) fn parse(line: &[u8]) -> Result<Self, String> {
        let header: Self = parse(line)?;
        if header.fds == 0 || header.fds > MOST_TOTAL {
            return Err(format!("it announces {}", counted(header.fds, "descriptor")));
        }
        if !header.buffers.is_empty() && header.buffers.len() != header.fds {
            return Err(format!(
                "it announces {} and describes {}",
                counted(header.fds, "descriptor"),
                header.buffers.len()
            ));
        }
        Ok(header)
    }
}

impl Acknowledgement {
    pub(crate) fn received(count: usize) -> Self {
        Self { version: VERSION, received: Some(count), error: None }
    }

    pub(crate) fn refused(why: String) -> Self {
        Self { version: VERSION, received: None, error: Some(why) }
    }

    /// Reads a line.
    pub(crate) fn parse(line: &[u8]) -> Result<Self, String> {
        parse(line)
    }
}

/// A line of the protocol, with its newline.
pub(crate) fn line(message: &impl Serialize) -> Vec<u8> {
    // Numbers and strings can always be written.
    let mut line = serde_json::to_vec(message).unwrap_or_default();
    line.push(b'\n');
    line
}

fn parse<'a, T: Deserialize<'a>>(line: &'a [u8]) -> Result<T, String> {
    let not_ours = || "it does not speak dmaheap's protocol".to_owned();
    let Version { dmaheap } = serde_json::from_slice(line).map_err(|_| not_ours())?;
    if dmaheap != VERSION {
        return Err(format!("it speaks version {dmaheap} of the protocol and this program version {VERSION}"));
    }
    serde_json::from_slice(line).map_err(|_| not_ours())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_what_the_documentation_shows() {
        let described = |name: Option<&str>| Description { heap: Some("system".into()), name: name.map(Into::into) };
        let header = Header::new(vec![described(Some("camera0")), described(None)]);
        let text = line(&header);
        assert_eq!(
            text,
            b"{\"dmaheap\":1,\"fds\":2,\"buffers\":[{\"heap\":\"system\",\"name\":\"camera0\"},{\"heap\":\"system\"}]}\n"
        );
        assert_eq!(Header::parse(&text), Ok(header));
        assert_eq!(line(&Acknowledgement::received(2)), b"{\"dmaheap\":1,\"received\":2}\n");
    }

    #[test]
    fn the_version_decides_before_the_rest() {
        let error = Header::parse(br#"{"dmaheap":2,"fds":"two"}"#).unwrap_err();
        assert_eq!(error, "it speaks version 2 of the protocol and this program version 1");
        assert_eq!(Header::parse(br#"{"dmaheap":1,"fds":1,"later":true}"#).map(|header| header.fds), Ok(1));
    }

    #[test]
    fn no_more_is_described_than_can_be_sent() {
        let described = |count: usize| {
            let buffers = vec!["{}"; count].join(",");
            Header::parse(format!(r#"{{"dmaheap":1,"fds":{count},"buffers":[{buffers}]}}"#).as_bytes())
        };
        assert_eq!(described(MOST_TOTAL).map(|header| header.buffers.len()), Ok(MOST_TOTAL));
        assert_eq!(described(MOST_TOTAL + 1), Err("it does not speak dmaheap's protocol".to_owned()));
    }

    #[test]
    fn line_that_is_not_a_header_is_refused() {
        for text in [
            "",
            "hello",
            "[]",
            "{}",
            r#"{"dmaheap":1}"#,
            r#"{"dmaheap":1,"fds":-1}"#,
            r#"{"dmaheap":1,"fds":0}"#,
            r#"{"dmaheap":1,"fds":1048577}"#,
            r#"{"dmaheap":1,"fds":2,"buffers":[{}]}"#,
        ] {
            assert!(Header::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
