#!/usr/bin/env python3
"""Buffers in one message: takes what `dmaheap send --plain SOCKET` sends, or gives descriptor 0 to
`dmaheap recv --plain --listen SOCKET`.

plain.py take SOCKET, plain.py give SOCKET <&3
"""
import mmap, os, socket, sys

way, path = sys.argv[1:]
peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
if way == "give":
    peer.connect(path)
    socket.send_fds(peer, [b"\0"], [0])
else:
    peer.bind(path)
    peer.listen()
    print("ready", flush=True)
    _, fds, _, _ = socket.recv_fds(peer.accept()[0], 1, 253)
    for fd in fds:
        size = os.lseek(fd, 0, os.SEEK_END)
        print(size, "%#04x" % mmap.mmap(fd, size)[0])
