//! Names of users and groups from `/etc/passwd` and `/etc/group`.
//!
//! They are read directly: a static program has no name service switch, and on a board these two
//! files are all there is.

use super::Root;
use std::path::Path;

/// The names known under a root.
#[derive(Debug, Default)]
pub(crate) struct Users {
    passwd: Vec<u8>,
    group: Vec<u8>,
}

impl Users {
    /// Reads both files; a missing one has no names.
    pub(crate) fn of(root: &Root) -> Self {
        let read = |path: &str| root.contents(Path::new(path)).unwrap_or_default();
        Self::new(read("/etc/passwd"), read("/etc/group"))
    }

    /// Takes the contents of the two files.
    pub(crate) fn new(passwd: Vec<u8>, group: Vec<u8>) -> Self {
        Self { passwd, group }
    }

    /// The name of a user, or the number where it has none.
    pub(crate) fn user(&self, uid: u32) -> String {
        name_of(&self.passwd, uid).unwrap_or_else(|| uid.to_string())
    }

    /// Whether there is a group of that name.
    pub(crate) fn has_group(&self, name: &str) -> bool {
        String::from_utf8_lossy(&self.group).lines().any(|line| line.split(':').next() == Some(name))
    }

    /// Whether the files say that a user is in a group, the primary one or another: the next session will be.
    pub(crate) fn is_member(&self, uid: u32, group: &str) -> bool {
        let text = String::from_utf8_lossy(&self.group);
        let Some(line) = text.lines().find(|line| line.split(':').next() == Some(group)) else { return false };
        let mut fields = line.split(':').skip(2);
        let (gid, members) = (fields.next().and_then(number), fields.next().unwrap_or_default());
        let passwd = String::from_utf8_lossy(&self.passwd);
        let Some(line) = line_of(&passwd, uid) else { return false };
        let mut user = line.split(':');
        let (name, own) = (user.next(), user.nth(2).and_then(number));
        gid.is_some() && own == gid || members.split(',').any(|member| Some(member) == name)
    }

    /// The name of a group, or the number where it has none.
    pub(crate) fn group(&self, gid: u32) -> String {
        name_of(&self.group, gid).unwrap_or_else(|| gid.to_string())
    }
}

/// Both files are lines of `name:password:id:…` (passwd(5), group(5)); the first with the id counts.
fn name_of(file: &[u8], id: u32) -> Option<String> {
    let text = String::from_utf8_lossy(file);
    Some(line_of(&text, id)?.split(':').next()?.to_owned())
}

/// A line without a name is ignored.
fn line_of(text: &str, id: u32) -> Option<&str> {
    text.lines().find(|line| !line.starts_with(':') && line.split(':').nth(2).and_then(number) == Some(id))
}

fn number(text: &str) -> Option<u32> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_where_there_are_and_numbers_elsewhere() {
        let users = Users {
            passwd: b"root:x:0:0:root:/root:/bin/sh\nbroken\n:x:7:\ncamera:x:1000:44::/:\n".to_vec(),
            group: b"root:x:0:\nvideo:x:44:viewer,camera\n".to_vec(),
        };
        assert_eq!(users.user(0), "root");
        assert_eq!(users.user(1000), "camera");
        assert_eq!(users.user(7), "7");
        assert_eq!(users.group(44), "video");
        assert_eq!(users.group(45), "45");
        assert_eq!(Users::default().user(0), "0");
        assert!(users.is_member(1000, "video") && !users.is_member(0, "video") && !users.is_member(1000, "x"));
        assert!(users.is_member(0, "root") && !Users::default().is_member(0, "root"));
    }

    #[test]
    fn empty_member_field_has_no_members() {
        let users = Users::new(b":x:7:7::/:\nu:x:8:\nv:x:9:x:\n".to_vec(), b"g:x:5:\nh:x::\ni:x:x:\n".to_vec());
        for (uid, group) in [(7, "g"), (8, "g"), (8, "h"), (9, "i")] {
            assert!(!users.is_member(uid, group), "{uid} {group}");
        }
        let users = Users::new(b":x:7:7::/:\nu:x:7:5::/:\n".to_vec(), b"g:x:5:\n".to_vec());
        assert!(users.is_member(7, "g"), "a line without a name is ignored");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_a_panic(
            passwd in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..100),
            group in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..100),
        ) {
            let users = Users { passwd, group };
            let _ = (users.user(0), users.group(0), users.has_group("x"), users.is_member(0, "x"));
        }
    }
}
