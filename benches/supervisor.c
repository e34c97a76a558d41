/*
 * The smallest supervisor that serves allocations on a heap: what `dmaheap sim` is measured against.
 *
 * It traps open, openat, newfstatat, mmap of files and ioctl, with the flags that dmaheap uses
 * (WAIT_KILLABLE_RECV, SYNC_WAKE_UP), and believes everything: any ioctl whose request is
 * DMA_HEAP_IOCTL_ALLOC is an allocation, any DMA_BUF_IOCTL_SYNC is one of a buffer, any argument is readable and writable, nothing is bounded.
 * Only x86-64. Usage: supervisor COMMAND [ARG...]
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif
#define DMA_HEAP_IOCTL_ALLOC 0xc0184800u
#define DMA_BUF_IOCTL_SYNC 0x40086200u

struct data {
	uint64_t len;
	uint32_t fd, fd_flags;
	uint64_t heap_flags;
};

#define TRAP(nr) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF)

static int install(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		TRAP(__NR_ioctl),
		TRAP(__NR_openat),
		TRAP(__NR_open),
		TRAP(__NR_newfstatat),
		TRAP(__NR_lseek),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mmap, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[3])),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MAP_ANONYMOUS | MAP_DENYWRITE, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof filter / sizeof *filter, filter };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER,
		       SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &program);
}

static int is_node(const struct seccomp_notif *n, char *path)
{
	struct iovec here = { path, 256 }, there = { (void *)n->data.args[1], 256 };

	if (process_vm_readv(n->pid, &here, 1, &there, 1, 0) <= 0)
		return 0;
	path[255] = 0;
	return !strcmp(path, "/dev/dma_heap/system");
}

static void allocate(int listener, const struct seccomp_notif *n, struct seccomp_notif_resp *r)
{
	struct data data;
	struct iovec here = { &data, sizeof data }, there = { (void *)n->data.args[2], sizeof data };

	process_vm_readv(n->pid, &here, 1, &there, 1, 0);
	int memory = memfd_create("buffer", MFD_CLOEXEC);
	ftruncate(memory, (data.len + 4095) & ~4095UL);
	struct seccomp_notif_addfd add = { .id = n->id, .srcfd = memory, .newfd_flags = data.fd_flags & O_CLOEXEC };
	data.fd = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
	process_vm_writev(n->pid, &here, 1, &there, 1, 0);
	close(memory);
	r->flags = 0;
}

static void synchronise(const struct seccomp_notif *n, struct seccomp_notif_resp *r)
{
	uint64_t flags;
	struct iovec here = { &flags, sizeof flags }, there = { (void *)n->data.args[2], sizeof flags };

	r->error = process_vm_readv(n->pid, &here, 1, &there, 1, 0) == sizeof flags && flags - 1 < 7 ? 0 : -EINVAL;
	r->flags = 0;
}

static void tell(const struct seccomp_notif *n, struct seccomp_notif_resp *r)
{
	struct stat s = { .st_mode = S_IFCHR | 0600, .st_nlink = 1 };
	struct iovec here = { &s, sizeof s }, there = { (void *)n->data.args[2], sizeof s };

	process_vm_writev(n->pid, &here, 1, &there, 1, 0);
	r->flags = 0;
}

int main(int argc, char **argv)
{
	int pair[2];
	char buffer[CMSG_SPACE(sizeof(int))] = { 0 }, byte = 0, path[256];
	struct iovec iov = { &byte, 1 };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = buffer, .msg_controllen = sizeof buffer };

	if (argc < 2)
		return 125;
	socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
	pid_t child = fork();
	if (!child) {
		int fd = install();
		struct cmsghdr *c = CMSG_FIRSTHDR(&message);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(c), &fd, sizeof fd);
		sendmsg(pair[1], &message, 0);
		close(fd);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	recvmsg(pair[0], &message, MSG_CMSG_CLOEXEC);
	int listener;
	memcpy(&listener, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof listener);
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, 1UL);
	int node = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (;;) {
		struct pollfd p = { listener, POLLIN, 0 };
		struct seccomp_notif n = { 0 };
		poll(&p, 1, -1);
		if (!(p.revents & POLLIN))
			break;
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &n))
			continue;
		struct seccomp_notif_resp r = { .id = n.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };
		if (n.data.nr == __NR_ioctl && (uint32_t)n.data.args[1] == DMA_HEAP_IOCTL_ALLOC) {
			allocate(listener, &n, &r);
		} else if (n.data.nr == __NR_openat && is_node(&n, path)) {
			struct seccomp_notif_addfd add = { .id = n.id, .srcfd = node, .newfd_flags = O_CLOEXEC };
			r.val = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
			r.flags = 0;
		} else if (n.data.nr == __NR_newfstatat) {
			if (is_node(&n, path))
				tell(&n, &r);
		} else if (n.data.nr == __NR_ioctl && (uint32_t)n.data.args[1] == DMA_BUF_IOCTL_SYNC) {
			synchronise(&n, &r);
		}
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &r);
	}
	int status = 0;
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
