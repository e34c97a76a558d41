//! A Python script with fcntl.ioctl and mmap.

use super::super::sim;

const SCRIPT: &str = r#"
import errno, fcntl, mmap, os, stat, struct
names = sorted((e.name, stat.S_ISCHR(e.stat().st_mode), e.is_file()) for e in os.scandir('/dev/dma_heap'))
print(names)
heap = os.open('/dev/dma_heap/system', os.O_RDWR | os.O_CLOEXEC)
def allocate(length, flags=os.O_RDWR | os.O_CLOEXEC):
    request = bytearray(struct.pack('QIIQ', length, 0, flags, 0))
    fcntl.ioctl(heap, 0xC0184800, request, True)
    return struct.unpack('QIIQ', request)[1]
def answer(call):
    try:
        return call()
    except OSError as error:
        return errno.errorcode[error.errno]
fd = allocate(5000)
first, second = mmap.mmap(fd, 8192), mmap.mmap(fd, 8192)
first[:5] = b'hello'
print(second[:6], os.lseek(fd, 0, os.SEEK_END), oct(os.fstat(fd).st_mode), os.fstat(fd).st_size)
print(answer(lambda: mmap.mmap(fd, 4096, offset=8192)), answer(lambda: mmap.mmap(fd, 8192, flags=mmap.MAP_PRIVATE)))
print(answer(lambda: os.ftruncate(fd, 1)), answer(lambda: os.posix_fallocate(fd, 0, 1)), answer(lambda: os.open(f'/proc/self/fd/{fd}', os.O_RDWR)))
print([answer(lambda: len(fcntl.ioctl(fd, 0x40086200, struct.pack('Q', flags)))) for flags in range(9)])
for mode in range(4):
    one = allocate(4096, mode)
    print(mode, fcntl.fcntl(one, fcntl.F_GETFL), fcntl.fcntl(one, fcntl.F_GETFD), [answer(lambda: len(mmap.mmap(one, 4096, prot=prot))) for prot in (1, 2, 3)])
print([answer(call) for call in (lambda: os.read(heap, 1), lambda: os.write(heap, b'.'), lambda: os.lseek(heap, 0, 0), lambda: mmap.mmap(heap, 4096), lambda: fcntl.ioctl(heap, 0x5401, bytes(60)), lambda: fcntl.ioctl(fd, 0x5401, bytes(60)))])
directory = os.open('/dev/dma_heap', os.O_RDONLY)
print(os.stat('system', dir_fd=directory).st_rdev == os.fstat(heap).st_rdev, stat.S_ISCHR(os.stat(heap).st_mode))
path = os.open('/dev/dma_heap/system', os.O_PATH)
again = os.open(f'/proc/self/fd/{path}', os.O_RDONLY)
print(answer(lambda: fcntl.ioctl(path, 0xC0184800, bytearray(24), True)), answer(lambda: fcntl.ioctl(again, 0xC0184800, bytearray(24), True)))
"#;

/// A buffer of an area of 8 MiB, whose mapping outlives its descriptor.
const MAPPED: &str = r#"
import errno, fcntl, mmap, os, struct, ctypes
heap = os.open('/dev/dma_heap/area', os.O_RDWR | os.O_CLOEXEC)
def allocate():
    request = bytearray(struct.pack('QIIQ', 8 << 20, 0, os.O_RDWR | os.O_CLOEXEC, 0))
    try:
        fcntl.ioctl(heap, 0xC0184800, request, True)
    except OSError as error:
        return errno.errorcode[error.errno]
    return struct.unpack('QIIQ', request)[1]
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
fd = allocate()
# Python's own mmap would keep a descriptor. A page of it keeps all.
address = libc.mmap(None, 4096, 1, 1, fd, 0)
print(allocate())
os.close(fd)
print(allocate())
libc.munmap(address, 4096)
print(allocate() > 2)
"#;

#[test]
fn an_area_has_a_buffer_back_when_its_last_mapping_is_gone() {
    assert_eq!(sim(&["--heap=area=cma:8M"], &["python3", "-c", MAPPED]).success(), "ENOMEM\nENOMEM\nTrue\n");
}

const MAPPED_ONLY: &str = r#"
import ctypes, fcntl, json, os, struct, subprocess
heap = os.open('/dev/dma_heap/system', os.O_RDWR | os.O_CLOEXEC)
request = bytearray(struct.pack('QIIQ', 16384, 0, os.O_RDWR | os.O_CLOEXEC, 0))
fcntl.ioctl(heap, 0xC0184800, request, True)
fd = struct.unpack('QIIQ', request)[1]
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap(None, 4096, 1, 1, fd, 0)
inode = str(os.fstat(fd).st_ino)
os.close(fd)
found = subprocess.run([os.environ['DMAHEAP'], 'buffers', '-J', '--inode', inode], capture_output=True)
row, = json.loads(found.stdout)['rows']
print(row['exporter'], row['fds'], row['maps'], [holder['pid'] == os.getpid() for holder in row['holders']])
"#;

#[test]
fn a_buffer_that_is_only_mapped_is_seen_to_be_held() {
    assert_eq!(sim(&[], &["python3", "-c", MAPPED_ONLY]).success(), "system 0 1 [True]\n");
}

const EXPECTED: &str = "[('default_cma_region', True, False), ('system', True, False)]
b'hello\\x00' 8192 0o600 8192
EINVAL EINVAL
EINVAL ENODEV ENXIO
['EINVAL', 8, 8, 8, 'EINVAL', 8, 8, 8, 'EINVAL']
0 0 0 [4096, 'EACCES', 'EACCES']
1 1 0 ['EACCES', 'EACCES', 'EACCES']
2 2 0 [4096, 4096, 4096]
3 3 0 ['EACCES', 'EACCES', 'EACCES']
['EINVAL', 'EINVAL', 'ESPIPE', 'ENODEV', 'EINVAL', 'ENOTTY']
True True
EBADF EINVAL
";

#[test]
fn a_script_allocates_maps_and_asks() {
    assert_eq!(sim(&[], &["python3", "-c", SCRIPT]).success(), EXPECTED);
}
