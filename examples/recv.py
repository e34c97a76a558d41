#!/usr/bin/env python3
"""Takes the buffers that `dmaheap hold --listen SOCKET` serves: a client of dmaheap-socket(7).

Prints heap, size and first byte of each. SOCKET is a path, or @NAME.
"""
import array, json, mmap, os, socket, sys

name = sys.argv[1]
peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
peer.settimeout(10)
peer.connect("\0" + name[1:] if name.startswith("@") else name)
line, fds, header = b"", array.array("i"), None
while header is None or len(fds) < header["fds"]:
    # The first descriptors may come with the end of the line.
    data, control, flags, _ = peer.recvmsg(65536, socket.CMSG_SPACE(253 * fds.itemsize), socket.MSG_CMSG_CLOEXEC)
    for level, kind, payload in control:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds.frombytes(payload)
    if not data or flags & socket.MSG_CTRUNC:
        sys.exit("recv.py: cut off after %d buffers" % len(fds))
    line += data
    if header is None and b"\n" in line:
        header = json.loads(line[: line.index(b"\n")])
        if header["dmaheap"] != 1:
            sys.exit("recv.py: version %d of the protocol" % header["dmaheap"])
peer.sendall(b'{"dmaheap":1,"received":%d}\n' % len(fds))
for fd, buffer in zip(fds, header["buffers"]):
    size = os.lseek(fd, 0, os.SEEK_END)
    print(buffer.get("heap", "-"), size, "%#04x" % mmap.mmap(fd, size)[0])
