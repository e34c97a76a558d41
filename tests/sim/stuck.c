/*
 * Calls that never end, as their arguments lie in a page that is never delivered (userfaultfd), and beside them a
 * process that uses a heap. Usage: stuck HOW THREADS. HOW: request (the struct of an allocation), path, status (where
 * stat writes). Prints what the process beside them got.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ALLOC 0xc0184800u

struct data {
	uint64_t len;
	uint32_t fd, fd_flags;
	uint64_t heap_flags;
};

static char *page;
static const char *how;
static int heap;
static pthread_barrier_t begin;

static void *get_stuck(void *unused)
{
	pthread_barrier_wait(&begin);
	if (!strcmp(how, "request"))
		syscall(SYS_ioctl, heap, ALLOC, page);
	else if (!strcmp(how, "path"))
		syscall(SYS_openat, AT_FDCWD, page, O_RDONLY);
	else
		syscall(SYS_newfstatat, AT_FDCWD, "/dev/dma_heap/system", page, 0);
	printf("a call came back\n");
	return unused;
}

static int others_call(void)
{
	int good = 0, own = open("/dev/dma_heap/system", O_RDWR);
	for (int i = 0; i < 1000; i++) {
		struct data data = { 4096, 0, O_RDWR | O_CLOEXEC, 0 };
		if (!syscall(SYS_ioctl, own, ALLOC, &data))
			good += !close(data.fd);
	}
	return good == 1000 ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	how = argv[1];
	int threads = atoi(argv[2]);
	int faults = syscall(SYS_userfaultfd, O_CLOEXEC);
	struct uffdio_api api = { .api = UFFD_API };
	if (faults < 0 || ioctl(faults, UFFDIO_API, &api)) {
		printf("userfaultfd: %s\n", errno == EPERM ? "EPERM" : strerror(errno));
		return 0;
	}
	page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_register range = { { (uintptr_t)page, 4096 }, UFFDIO_REGISTER_MODE_MISSING, 0 };
	heap = open("/dev/dma_heap/system", O_RDWR);
	if (heap < 0 || ioctl(faults, UFFDIO_REGISTER, &range))
		return 3;
	pthread_barrier_init(&begin, 0, threads + 1);
	for (int i = 0; i < threads; i++) {
		pthread_t thread;
		if (pthread_create(&thread, 0, get_stuck, 0))
			return 4;
	}
	pthread_barrier_wait(&begin);
	/* One fault is reported for each thread of the simulator that waits for the page. */
	struct uffd_msg message;
	if (read(faults, &message, sizeof message) != sizeof message)
		return 5;
	pid_t other = fork();
	if (!other)
		_exit(others_call());
	int status;
	waitpid(other, &status, 0);
	printf("%d stuck, the others: %s\n", threads, status ? "not served" : "served");
	fflush(stdout);
	_exit(0);
}
