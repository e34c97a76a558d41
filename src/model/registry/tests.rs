use super::{AddError, ExportInfo, Registry};
use crate::model::{Abi, Kernel, Release};

const LINUX_6_12: Kernel = Kernel::DEBIAN_6_12;
const LINUX_6_1: Kernel = Kernel { release: Release(6, 1), ..LINUX_6_12 };
const V12: Kernel = Kernel { abi: Abi::V12, ..LINUX_6_12 };

fn info(name: &str) -> ExportInfo<u32> {
    ExportInfo { name: name.to_owned(), allocator: Some(0) }
}

fn full(kernel: &Kernel) -> Registry<u32> {
    let mut registry = Registry::new(kernel);
    for minor in 0..128u32 {
        assert_eq!(registry.add(info(&format!("heap{minor}"))).unwrap().minor(), minor);
    }
    registry
}

#[test]
fn a_heap_needs_a_name_and_an_allocator() {
    let mut registry = Registry::new(&LINUX_6_12);
    let nameless = registry.add(info("")).unwrap_err();
    assert_eq!(nameless, AddError::NoName);
    let idle = registry.add(ExportInfo { name: "system".to_owned(), allocator: None }).unwrap_err();
    assert_eq!(idle, AddError::NoAllocator);
    assert_eq!(registry.iter().count(), 0);
}

#[test]
fn a_name_cannot_be_taken_twice() {
    for (kernel, error) in [
        (LINUX_6_1, AddError::NameTaken),
        (V12, AddError::NameTaken),
        (Kernel { release: Release(6, 2), ..LINUX_6_12 }, AddError::DeviceTaken),
        (LINUX_6_12, AddError::DeviceTaken),
    ] {
        let mut registry = Registry::new(&kernel);
        registry.add(info("system")).unwrap();
        let found = registry.add(info("system")).unwrap_err();
        assert_eq!(found, error);
        assert_eq!(registry.add(info("reserved")).unwrap().minor(), 1, "the failed one left no gap");
    }
}

#[test]
fn two_names_may_not_become_one_device() {
    for kernel in [LINUX_6_1, LINUX_6_12] {
        let mut registry = Registry::new(&kernel);
        registry.add(info("a/b")).unwrap();
        assert_eq!(registry.add(info("a!b")).unwrap_err(), AddError::DeviceTaken);
    }
}

#[test]
fn the_129th_heap_finds_no_minor() {
    let mut registry = full(&LINUX_6_12);
    let error = registry.add(info("one more")).unwrap_err();
    assert_eq!(error, AddError::NoMinor);
    assert_eq!(registry.iter().count(), 128);
}

#[test]
fn which_of_two_errors_is_seen_depends_on_the_order_of_the_release() {
    assert_eq!(full(&LINUX_6_1).add(info("heap0")).unwrap_err(), AddError::NameTaken);
    assert_eq!(full(&LINUX_6_12).add(info("heap0")).unwrap_err(), AddError::NoMinor);
}

#[test]
fn a_heap_is_found_by_minor_and_by_name_with_its_data() {
    let mut registry = Registry::new(&LINUX_6_12);
    registry.add(info("system")).unwrap();
    registry.add(ExportInfo { name: "linux,cma".to_owned(), allocator: Some(5) }).unwrap();
    assert_eq!(registry.by_minor(1).unwrap().sysfs_name(), "linux,cma");
    assert_eq!(*registry.by_name("linux,cma").unwrap().data(), 5);
    assert_eq!(*registry.by_minor(1).unwrap().data(), 5);
    assert!(registry.by_minor(2).is_none() && registry.by_minor(u32::MAX).is_none());
    assert!(registry.by_name("cma").is_none());
}

#[test]
fn names_become_devices() {
    let mut registry = Registry::new(&LINUX_6_12);
    let heap = registry.add(info("video@42000000/0")).unwrap();
    assert_eq!(heap.sysfs_name(), "video@42000000!0");
    assert_eq!(heap.device_name(), "dma_heap/video@42000000!0");
}
