/*
 * Takes the buffers that `dmaheap hold --listen SOCKET` serves: a client of dmaheap-socket(7) that needs no JSON library.
 * Prints size and first byte of each. SOCKET is a path, or @NAME.
 *
 *	cc -o recv recv.c && ./recv /run/camera.sock
 */
#define _GNU_SOURCE
#include <err.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { GROUP = 253 };	/* descriptors that one message carries at most */

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *name = argc == 2 ? argv[1] : "";
	size_t length = strlen(name);
	int peer = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!length || length >= sizeof address.sun_path)
		errx(2, "usage: recv SOCKET");
	memcpy(address.sun_path, name, length);
	if (name[0] == '@')
		address.sun_path[0] = 0;
	if (connect(peer, (void *)&address, offsetof(struct sockaddr_un, sun_path) + length))
		err(1, "%s", name);

	/* The beginning of the line is enough: dmaheap writes version and number first. */
	char line[64] = "";
	unsigned kept = 0, version = 0, announced = 0, received = 0;
	while (!announced || received < announced) {
		char data[4096];
		union { struct cmsghdr header; char room[CMSG_SPACE(GROUP * sizeof(int))]; } control;
		struct iovec bytes = { data, sizeof data };
		struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
		ssize_t count = recvmsg(peer, &message, MSG_CMSG_CLOEXEC);
		if (count < 0)
			err(1, "%s", name);
		if (!count || message.msg_flags & MSG_CTRUNC)
			errx(1, "cut off after %u buffers", received);
		for (ssize_t i = 0; i < count && kept < sizeof line - 1; i++)
			line[kept++] = data[i];
		/* By then both numbers are whole. */
		if (!announced && (kept == sizeof line - 1 || strchr(line, '\n')) &&
		    (sscanf(line, "{\"dmaheap\":%u,\"fds\":%u", &version, &announced) != 2 || version != 1))
			errx(1, "not version 1 of the protocol: %s", line);
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
			continue;
		unsigned group = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (unsigned i = 0; i < group; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
			off_t size = lseek(fd, 0, SEEK_END);
			unsigned char *memory = mmap(0, size, PROT_READ, MAP_SHARED, fd, 0);
			if (memory == MAP_FAILED)
				err(1, "buffer %u", received + i);
			printf("%lld %#04x\n", (long long)size, *memory);
			munmap(memory, size);
			close(fd);
		}
		received += group;
	}
	dprintf(peer, "{\"dmaheap\":1,\"received\":%u}\n", received);
	return 0;
}
