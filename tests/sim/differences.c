/*
 * What a program can tell by that it is simulated: dmaheap-sim(1) lists each of these.
 * Usage: differences NAME [undumpable|identity], with the name of a heap that no machine has. A line for each,
 * `what=VALUE`, -errno where a call fails.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char node[200], directory[200];

static void result(const char *what, long long value)
{
	printf("%s=%lld\n", what, value < 0 ? -(long long)errno : value);
}

static int allocate(void)
{
	struct { uint64_t len; uint32_t fd, fd_flags; uint64_t heap_flags; } data = { 4096, 0, O_RDWR | O_CLOEXEC, 0 };
	int heap = open(node, O_RDWR | O_CLOEXEC);
	return heap < 0 || ioctl(heap, 0xc0184800u, &data) ? -1 : (int)data.fd;
}

static void buffers(int fd)
{
	char line[200], name[64];
	int null = open("/dev/null", O_WRONLY);
	result("sendfile", sendfile(null, fd, 0, 1) == 1 ? 0 : -1);
	result("flock", flock(fd, LOCK_EX));
	result("denywrite-past-end", mmap(0, 4096, PROT_READ, MAP_SHARED | MAP_DENYWRITE, fd, 4096) == MAP_FAILED ? -1 : 0);
	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	ssize_t len = readlink(name, line, sizeof line - 1);
	line[len < 0 ? 0 : len] = 0;
	printf("link=%s\n", line);
	/* By a link elsewhere the memory itself is reached; it is a buffer that no other line is about. */
	int other = allocate();
	snprintf(name, sizeof name, "/proc/self/fd/%d", other);
	snprintf(line, sizeof line, "/tmp/dmaheap-link.%d", (int)getpid());
	int made = symlink(name, line);
	result("reopened-by-a-link", made ? -1 : open(line, O_RDWR) < 0 ? -1 : 0);
	result("truncated-by-a-link", made ? -1 : truncate(line, 8192));
	unlink(line);
	snprintf(name, sizeof name, "/proc/self/fdinfo/%d", fd);
	FILE *info = fopen(name, "r");
	int told = 0;
	while (info && fgets(line, sizeof line, info))
		told += !strncmp(line, "exp_name", 8) || !strncmp(line, "size", 4);
	result("fdinfo", told);
}

static void mappings(int fd)
{
	long before = 0, after = 0, size;
	FILE *file = fopen("/proc/self/statm", "r");
	if (fscanf(file, "%ld %ld %ld", &size, &size, &before) != 3)
		before = -1;
	fclose(file);
	char *p = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	p[0] = 1;
	file = fopen("/proc/self/statm", "r");
	if (fscanf(file, "%ld %ld %ld", &size, &size, &after) != 3)
		after = -1;
	fclose(file);
	result("resident-pages", after - before);
	result("dofork", madvise(p, 4096, MADV_DOFORK));
	result("remove", madvise(p, 4096, MADV_REMOVE));
	result("removed-byte", p[0]);
	result("mremap", mremap(p, 4096, 8192, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0);
}

static void nodes(void)
{
	char byte = 0;
	int first = open(node, O_RDONLY), second = open(node, O_RDONLY), on = 1;
	result("path-node-read", read(open(node, O_PATH), &byte, 1));
	ioctl(first, FIONBIO, &on);
	/* F_GETFL is answered by the supervisor, which does not know. */
	char line[200], name[64];
	long flags = 0;
	snprintf(name, sizeof name, "/proc/self/fdinfo/%d", second);
	FILE *info = fopen(name, "r");
	while (info && fgets(line, sizeof line, info))
		sscanf(line, "flags: %lo", (unsigned long *)&flags);
	result("shared-nonblock", flags & O_NONBLOCK ? 1 : 0);
}

/* None of these names exists but for the simulator, so they do no harm. */
static void paths(void)
{
	char *const argv[] = { node, 0 };
	result("chdir", chdir(directory));
	result("chroot", chroot(directory));
	result("mount", mount("none", directory, "tmpfs", 0, 0));
	result("rename", rename(node, "/tmp/dmaheap-renamed"));
	result("unlink", unlink(node));
	result("chmod", chmod(node, 0600));
	result("inotify", inotify_add_watch(inotify_init1(0), node, IN_OPEN));
	result("execve", execv(node, argv));
	char here[200] = "";
	result("fchdir", fchdir(open("/dev/dma_heap", O_RDONLY)));
	printf("getcwd=%s\n", getcwd(here, sizeof here) && strstr(here, "/dmaheap-sim.") ? "private" : here);
}

/* openat(2) without a system call of that name. "none" where there is no io_uring. */
static void ring(void)
{
	struct io_uring_params p = { 0 };
	int fd = syscall(SYS_io_uring_setup, 1, &p);
	if (fd < 0 || !(p.features & IORING_FEAT_SINGLE_MMAP)) {
		printf("io_uring=none\n");
		return;
	}
	int all = PROT_READ | PROT_WRITE;
	char *rings = mmap(0, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), all, MAP_SHARED, fd, IORING_OFF_SQ_RING);
	struct io_uring_sqe *entry = mmap(0, sizeof *entry, all, MAP_SHARED, fd, IORING_OFF_SQES);
	*entry = (struct io_uring_sqe){ .opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (uintptr_t)node, .open_flags = O_RDONLY };
	((unsigned *)(rings + p.sq_off.array))[0] = 0;
	__atomic_store_n((unsigned *)(rings + p.sq_off.tail), 1, __ATOMIC_RELEASE);
	syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, 0, 0);
	printf("io_uring=%d\n", ((struct io_uring_cqe *)(rings + p.cq_off.cqes))->res);
}

#ifdef __x86_64__
static void old_mmap(int fd)
{
	unsigned *args = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	unsigned values[] = { 0, 4096, PROT_READ, MAP_SHARED, fd, 4096 };
	long answer;
	memcpy(args, values, sizeof values);
	__asm__ volatile("int $0x80" : "=a"(answer) : "a"(90L), "b"(args) : "memory", "r8", "r9", "r10", "r11");
	errno = -(int)answer;
	result("old-mmap-past-end", (unsigned)answer > -4096u ? -1 : 0);
}
#else
static void old_mmap(int fd) { (void)fd; }
#endif

int main(int argc, char **argv)
{
	snprintf(node, sizeof node, "/dev/dma_heap/%s", argv[1]);
	snprintf(directory, sizeof directory, "/sys/devices/virtual/dma_heap/%s", argv[1]);
	const char *what = argc > 2 ? argv[2] : "";
	if (!strcmp(what, "identity")) {
		printf("%d\n", (int)geteuid());
	} else if (!strcmp(what, "undumpable")) {
		prctl(PR_SET_DUMPABLE, 0);
		result("undumpable", open(node, O_RDONLY));
	} else {
		int fd = allocate();
		if (fd < 0)
			return 1;
		buffers(fd);
		mappings(fd);
		nodes();
		paths();
		ring();
		old_mmap(fd);
	}
	return 0;
}
