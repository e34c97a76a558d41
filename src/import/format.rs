//! Pictures in memory: how large they are and how their lines lie in a buffer.

use std::fmt;
use std::str::FromStr;

/// A four-character code of drm_fourcc.h: `XR24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FourCc(pub [u8; 4]);

impl FourCc {
    pub(crate) const fn word(self) -> u32 {
        u32::from_le_bytes(self.0)
    }
}

impl fmt::Display for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(String::from_utf8_lossy(&self.0).trim_end())
    }
}

impl FromStr for FourCc {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // Shorter codes end with spaces: "R8  ".
        let padded = format!("{text:<4}");
        let code = <[u8; 4]>::try_from(padded.as_bytes()).ok();
        let code = code.filter(|code| code.iter().all(|byte| (b' '..=b'~').contains(byte)) && code[0] != b' ');
        code.map(Self).ok_or_else(|| format!("'{text}' is not a code of four characters, such as XR24"))
    }
}

/// One plane of a format: bytes per group of pixels in a line, and how many pixels and lines share one.
#[derive(Clone, Copy, Debug)]
struct PlaneLayout {
    bytes: u32,
    columns: u32,
    lines: u32,
}

const fn plane(bytes: u32, columns: u32, lines: u32) -> PlaneLayout {
    PlaneLayout { bytes, columns, lines }
}

/// Formats of drm_fourcc.h (`drm_fourcc.c` has the same figures), by their planes.
const FORMATS: &[(&str, &[PlaneLayout])] = &[
    ("C8 R8 Y8", &[plane(1, 1, 1)]),
    ("RG16 BG16 XR15 AR15 XB15 AB15 XR12 AR12 GR88 R16", &[plane(2, 1, 1)]),
    ("YUYV UYVY YVYU VYUY", &[plane(4, 2, 1)]),
    ("RG24 BG24 VU24", &[plane(3, 1, 1)]),
    ("XR24 AR24 XB24 AB24 RX24 RA24 BX24 BA24 XR30 AR30 XB30 AB30 AYUV XYUV GR32", &[plane(4, 1, 1)]),
    ("XR48 AR48 XB48 AB48 XR4H AR4H XB4H AB4H", &[plane(8, 1, 1)]),
    ("NV12 NV21", &[plane(1, 1, 1), plane(2, 2, 2)]),
    ("NV16 NV61", &[plane(1, 1, 1), plane(2, 2, 1)]),
    ("NV24 NV42", &[plane(1, 1, 1), plane(2, 1, 1)]),
    ("P010 P012 P016", &[plane(2, 1, 1), plane(4, 2, 2)]),
    ("YU12 YV12", &[plane(1, 1, 1), plane(1, 2, 2), plane(1, 2, 2)]),
    ("YU16 YV16", &[plane(1, 1, 1), plane(1, 2, 1), plane(1, 2, 1)]),
    ("YU24 YV24", &[plane(1, 1, 1), plane(1, 1, 1), plane(1, 1, 1)]),
];

/// A picture whose planes follow one another in one buffer, each line right after the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Framebuffer {
    pub width: u32,
    pub height: u32,
    pub format: FourCc,
    /// How pixels lie in a line and lines in memory; `None` leaves it to the driver.
    pub modifier: Option<u64>,
    /// For each plane: bytes from a line to the next, and from the beginning of the buffer.
    pub planes: Vec<(u32, u32)>,
    /// Bytes in all.
    pub size: u64,
}

impl Framebuffer {
    fn new(width: u32, height: u32, format: FourCc, modifier: Option<u64>) -> Result<Self, String> {
        let text = format.to_string();
        let layouts = FORMATS.iter().find(|(names, _)| names.split(' ').any(|name| name == text));
        let Some((_, layouts)) = layouts else {
            let known: Vec<&str> = FORMATS.iter().map(|(names, _)| *names).collect();
            return Err(format!("the layout of '{text}' is unknown (known: {})", known.join(" ")));
        };
        let mut size = 0;
        let mut planes = Vec::new();
        for layout in *layouts {
            let pitch = u64::from(width.div_ceil(layout.columns)) * u64::from(layout.bytes);
            let (Ok(in_line), Ok(offset)) = (u32::try_from(pitch), u32::try_from(size)) else {
                return Err("larger than the 32 bits of a pitch or an offset".to_owned());
            };
            planes.push((in_line, offset));
            size += pitch * u64::from(height.div_ceil(layout.lines));
        }
        Ok(Self { width, height, format, modifier, planes, size })
    }
}

impl FromStr for Framebuffer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.splitn(3, ':');
        let (size, format, modifier) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        let (width, height) = dimensions(size)?;
        let format = format.ok_or("expected WIDTHxHEIGHT:FORMAT[:MODIFIER], such as 1920x1080:XR24")?.parse()?;
        let number = |text: &str| match text.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16).ok(),
            None => text.parse().ok(),
        };
        let modifier = modifier
            .map(|text| match text {
                "linear" => Ok(0),
                _ => number(text).ok_or_else(|| format!("'{text}' is not a modifier; expected linear or 0x…")),
            })
            .transpose()?;
        Self::new(width, height, format, modifier)
    }
}

/// The frames of a V4L2 queue; how their lines lie in memory is the driver's to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameFormat {
    pub width: u32,
    pub height: u32,
    pub format: FourCc,
}

impl fmt::Display for FrameFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}:{}", self.width, self.height, self.format)
    }
}

impl FromStr for FrameFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (size, format) = text.split_once(':').ok_or("expected WIDTHxHEIGHT:FORMAT, such as 640x480:YUYV")?;
        let (width, height) = dimensions(size)?;
        Ok(Self { width, height, format: format.parse()? })
    }
}

/// `1920x1080`.
fn dimensions(text: &str) -> Result<(u32, u32), String> {
    let number = |text: &str| text.parse().ok().filter(|number| *number > 0);
    let sides = text.split_once('x').and_then(|(width, height)| number(width).zip(number(height)));
    sides.ok_or_else(|| format!("'{text}' is not WIDTHxHEIGHT, such as 1920x1080"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (Vec<(u32, u32)>, u64) {
        let framebuffer: Framebuffer = text.parse().unwrap_or_else(|reason| panic!("{text}: {reason}"));
        (framebuffer.planes, framebuffer.size)
    }

    #[test]
    fn lines_and_planes_follow_one_another() {
        assert_eq!(of("1920x1080:XR24"), (vec![(7680, 0)], 8_294_400));
        assert_eq!(of("3x3:RG24"), (vec![(9, 0)], 27));
        assert_eq!(of("64x64:NV12"), (vec![(64, 0), (64, 4096)], 6144));
        assert_eq!(of("64x64:YU12"), (vec![(64, 0), (32, 4096), (32, 5120)], 6144));
        // An odd side has a sample for the half of a pair.
        assert_eq!(of("5x5:NV12"), (vec![(5, 0), (6, 25)], 43));
        assert_eq!(of("5x1:YUYV"), (vec![(12, 0)], 12));
        assert_eq!(of("8x8:R8"), (vec![(8, 0)], 64));
    }

    #[test]
    fn a_modifier_is_a_number_or_linear() {
        let of = |text: &str| text.parse().map(|framebuffer: Framebuffer| framebuffer.modifier);
        assert_eq!(of("8x8:XR24"), Ok(None));
        assert_eq!(of("8x8:XR24:linear"), Ok(Some(0)));
        assert_eq!(of("8x8:XR24:0x0100000000000001"), Ok(Some(0x0100_0000_0000_0001)));
        assert!(of("8x8:XR24:tiled").is_err());
    }

    #[test]
    fn a_frame_has_a_size_and_a_code_and_shows_as_it_is_typed() {
        for text in ["640x480:YUYV", "8x8:R8", "1x2:zzzz"] {
            assert_eq!(text.parse().map(|format: FrameFormat| format.to_string()), Ok(text.to_owned()));
        }
        for text in ["640x480", "640:YUYV", "0x1:YUYV", "8x8:", "8x8:YUYV:linear"] {
            assert!(text.parse::<FrameFormat>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_framebuffer_is_explained() {
        for (text, reason) in [
            ("8x8", "expected WIDTHxHEIGHT:FORMAT"),
            ("8:XR24", "'8' is not WIDTHxHEIGHT"),
            ("0x8:XR24", "'0x8' is not WIDTHxHEIGHT"),
            ("8x8:XR", "the layout of 'XR' is unknown"),
            ("8x8:XR244", "is not a code of four characters"),
            ("4000000000x2:XR24", "larger than the 32 bits"),
        ] {
            let found = text.parse::<Framebuffer>().expect_err(text);
            assert!(found.contains(reason), "{text}: {found}");
        }
    }
}
