//! What users of boards have shown of theirs.

use super::recorded::rows;
use crate::support::Board;
use serde_json::json;

fn board(bufinfo: &str) -> Board {
    Board::new().file("sys/kernel/debug/dma_buf/bufinfo", bufinfo)
}

/// Raspberry Pi, 5.10: no names, and what no heap has made.
#[test]
fn a_list_without_names_is_understood() {
    let board = board(
        "\nDma-buf Objects:\nsize    \tflags   \tmode    \tcount   \texp_name\tino     \n\
         00786432\t00000000\t00080005\t00000002\tvideobuf2_dma_contig\t00012445\t\n\
         \tAttached Devices:\n\tvcsm-cma\nTotal 1 devices attached\n\n\
         03112960\t00000002\t00080007\t00000003\tvideobuf2_dma_contig\t00012439\t\n\
         \tAttached Devices:\n\tvcsm-cma\n\tbcm2835-codec\nTotal 2 devices attached\n\n\n\
         Total 2 objects, 3899392 bytes\n",
    );
    let outcome = board.run("buffers", &["--json", "-o", "inode,size,exporter,name,refs,devices"]);
    let row = |inode: u32, size: u32, refs: u32, devices: &[&str]| json!({"inode": inode, "size": size, "exporter": "videobuf2_dma_contig", "name": null, "refs": refs, "devices": devices});
    let expected = [row(12439, 3_112_960, 3, &["vcsm-cma", "bcm2835-codec"]), row(12445, 786_432, 2, &["vcsm-cma"])];
    assert_eq!(rows(&outcome), expected);
}

/// SiMa.ai: an exporter with a comma in its name, and a fence above the devices.
#[test]
fn a_comma_in_the_name_of_an_exporter_separates_nothing() {
    let board = board(
        "\nDma-buf Objects:\nsize    \tflags   \tmode    \tcount   \texp_name\tino     \tname\n\
         00004096\t00000002\t02080007\t00000002\tlinux,cma\t00000014\t<none>\n\
         \tAttached Devices:\nTotal 0 devices attached\n\n\
         02097152\t00000002\t02080007\t00000002\tsimaai,dms\t00000013\tweights\n\
         \tkernel fence:0:0   signalled\n\tAttached Devices:\n\t5000000.mla\nTotal 1 devices attached\n\n\n\
         Total 2 objects, 2101248 bytes\n",
    );
    let outcome = board.run("buffers", &["--json", "-o", "exporter,name,devices,fences"]);
    let expected = [
        json!({"exporter": "simaai,dms", "name": "weights", "devices": ["5000000.mla"], "fences": 0}),
        json!({"exporter": "linux,cma", "name": null, "devices": [], "fences": 0}),
    ];
    assert_eq!(rows(&outcome), expected);
    let by = board.run("buffers", &["--by", "exporter", "-nr", "-o", "EXPORTER"]);
    assert_eq!(by.stdout, "linux,cma\nsimaai,dms\n");
}
