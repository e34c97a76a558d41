//! The kernel's answers and the simulator's, question by question.
//!
//! In the virtual machine the same program, this one, asks the kernel and then the simulator beside it.
//! Everywhere else the simulator is compared with what the kernels in `tests/answers/sim/` said there.
//! Nothing is asked that can do harm to a machine, or that depends on how much memory it has.
//!
//! `tests/vm/record` records a kernel.

mod asker;
mod buffer;
mod differences;
mod files;
mod node;
mod paths;
mod requests;
mod sheet;

use crate::support::{Ground, binary};
use crate::sys::probe::arena::Pointer;
use crate::sys::probe::raw_ioctl::{CallFd, RawCall};
use differences::Difference;
use sheet::Sheet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the program that asks writes the answers; without it there is nobody to tell.
const SHEET: &str = "DMAHEAP_ANSWERS";
/// Which heap it asks.
const HEAP: &str = "DMAHEAP_ANSWERS_HEAP";
/// The test below, which is the program that asks.
const ASKING: &str = "sim::answers::harmful_requests_are_never_sent";

/// What kernels said: release, heap, answers.
const RECORDED: &[(&str, &str, &str)] = &[
    ("6.12.117+deb12-cloud-amd64", "system", include_str!("../../answers/sim/6.12.117+deb12-cloud-amd64.txt")),
    ("6.12.117", "reserved", include_str!("../../answers/sim/6.12.117.txt")),
    ("7.2.12+deb14-cloud-amd64", "system", include_str!("../../answers/sim/7.2.12+deb14-cloud-amd64.txt")),
];

fn recorded(release: &str, heap: &str) -> Option<Sheet> {
    let found = RECORDED.iter().find(|(kernel, of, _)| (*kernel, *of) == (release, heap));
    found.map(|(_, _, text)| Sheet::parse(text))
}

#[test]
fn harmful_requests_are_never_sent() {
    for request in [0xc004_5877, 0xc004_5878, 0x4004_9409, 0x4020_940d, 0xc018_9436, 0x401c_5820, 0x4008_6602] {
        let call = RawCall { fd: CallFd::None, fd_high: 0, request, request_high: 0 };
        let asked = std::panic::catch_unwind(|| asker::Asker::new().call(call, Pointer::NULL));
        assert!(asked.is_err(), "{request:#x} was sent");
    }
    let Some(path) = std::env::var_os(SHEET) else { return };
    let heap = std::env::var_os(HEAP).map_or_else(|| "system".into(), PathBuf::from);
    let heap = Path::new("/dev/dma_heap").join(heap);
    // Few, so looking at all of them is quick.
    crate::sys::process::rlimit::set_open_files(32).expect("a lower limit");
    let (mut sheet, mut asker) = (Sheet::default(), asker::Asker::new());
    requests::ask(&mut sheet, &mut asker, &heap);
    node::ask(&mut sheet, &mut asker, &heap);
    buffer::ask(&mut sheet, &mut asker, &heap);
    paths::ask(&mut sheet, &heap);
    std::fs::write(path, sheet.text()).expect("the answers can be written");
}

/// Runs the test above as a program of its own.
#[track_caller]
fn answers_of(ground: Ground, heap: &str, options: &[&str]) -> Sheet {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let suite = std::env::current_exe().expect("this program has a path");
    let mut command = match ground {
        Ground::Kernel => Command::new(suite),
        Ground::Simulator => {
            let mut command = Command::new(binary());
            command.arg("sim").args(options).arg("--").arg(suite);
            command
        }
    };
    let output = command.args(["--exact", ASKING]).env(SHEET, file.path()).env(HEAP, heap).output();
    let output = output.expect("this program starts");
    assert!(output.status.success(), "{ground:?}: {output:?}");
    Sheet::parse(&std::fs::read_to_string(file.path()).expect("there are answers"))
}

/// Fails with every answer that differs and is not a known difference, and with every known difference
/// that does not differ.
#[track_caller]
fn assert_alike(kernel: &Sheet, simulator: &Sheet, known: &[&Difference]) {
    let mut wrong = String::new();
    for (question, expected) in kernel.iter() {
        let got = simulator.answer(question).unwrap_or("was not asked");
        let difference = known.iter().find(|known| known.is_about(question));
        match difference {
            None if got != expected => wrong += &format!("{question}: kernel {expected}, simulator {got}\n"),
            Some(known) if got != known.simulator || known.kernel.is_some_and(|kernel| expected != kernel) => {
                wrong += &format!("{question}: kernel {expected}, simulator {got}, listed {known:?}\n");
            }
            _ => {}
        }
    }
    for known in known {
        let asked = kernel.iter().filter(|(question, _)| known.is_about(question));
        assert!(asked.count() > 0, "no question is about {known:?}");
    }
    assert_eq!(kernel.iter().count(), simulator.iter().count(), "questions");
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn every_known_difference_stands_in_the_manual() {
    let page = include_str!("../../../man/dmaheap-sim.1").replace("\\-", "-");
    for Difference { item, .. } in differences::ALL {
        assert!(page.contains(item), "{item}");
    }
}

#[cfg(target_arch = "x86_64")]
mod host {
    use super::*;

    fn assert_as(release: &str, heap: &str, options: &[&str]) {
        let kernel = recorded(release, heap).expect("a recorded kernel");
        assert_alike(&kernel, &answers_of(Ground::Simulator, heap, options), &differences::of(release));
    }

    #[test]
    fn the_simulator_answers_as_debians_kernel_did() {
        assert_as("6.12.117+deb12-cloud-amd64", "system", &[]);
    }

    #[test]
    fn a_simulated_cma_heap_answers_as_the_small_kernels_did() {
        assert_as("6.12.117", "reserved", &["--heap=reserved=cma:32M"]);
    }
}

/// The machine's own answers: those of its kernel, and those of the simulator on it.
#[track_caller]
fn assert_alike_here(heap: &str, options: &[&str]) {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").expect("a release");
    let release = release.trim();
    let kernel = answers_of(Ground::Kernel, heap, &[]);
    assert_alike(&kernel, &answers_of(Ground::Simulator, heap, options), &differences::of(release));
    if let Some(recorded) = recorded(release, heap) {
        assert_eq!(kernel.text(), recorded.text(), "recorded answers of {release}");
    }
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn the_kernel_and_the_simulator_answer_alike() {
    assert_alike_here("system", &[]);
}

mod cma {
    #[test]
    #[ignore = "needs a real kernel and root: tests/vm/run"]
    fn the_kernel_and_the_simulator_answer_alike() {
        super::assert_alike_here("reserved", &["--heap=reserved=cma:32M"]);
    }
}
