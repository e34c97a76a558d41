/*
 * What is measured: one kind of call in a loop, in nanoseconds a call.
 * Usage: caller WHAT COUNT; prints the figure. WHAT is threads: COUNT threads that begin at once, each opens a heap,
 * allocates and closes; nanoseconds a thread.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct data {
	uint64_t len;
	uint32_t fd, fd_flags;
	uint64_t heap_flags;
};

static int heap = -1, file, buffer;

static void allocate(void)
{
	struct data data = { 4096, 0, O_RDWR | O_CLOEXEC, 0 };
	if (ioctl(heap, 0xc0184800u, &data))
		exit(1);
	close((int)data.fd);
}
static void open_other(void) { close(open("/etc/passwd", O_RDONLY | O_CLOEXEC)); }
static void open_heap(void) { close(open("/dev/dma_heap/system", O_RDONLY | O_CLOEXEC)); }
static void stat_other(void) { struct stat s; fstatat(AT_FDCWD, "/etc/passwd", &s, 0); }
static void stat_heap(void) { struct stat s; fstatat(AT_FDCWD, "/dev/dma_heap/system", &s, 0); }
static void ioctl_other(void) { int n; ioctl(file, 0x5401, &n); }
static void sync_buffer(void) { uint64_t flags = 3; ioctl(buffer, 0x40086200u, &flags); }
static void map_file(void) { munmap(mmap(0, 4096, PROT_READ, MAP_SHARED, file, 0), 4096); }
static void map_buffer(void) { munmap(mmap(0, 4096, PROT_READ, MAP_SHARED, buffer, 0), 4096); }
static void seek_other(void) { syscall(SYS_lseek, file, 1, SEEK_SET); }
static void read_other(void) { char c; pread(file, &c, 1, 0); }
static void getppid_(void) { syscall(SYS_getppid); }

static const struct { const char *name; void (*call)(void); } calls[] = {
	{ "allocate", allocate }, { "open", open_other }, { "open-heap", open_heap }, { "stat", stat_other },
	{ "stat-heap", stat_heap }, { "ioctl", ioctl_other }, { "sync", sync_buffer }, { "mmap", map_file },
	{ "mmap-buffer", map_buffer }, { "lseek", seek_other }, { "pread", read_other }, { "getppid", getppid_ },
};

static pthread_barrier_t begin;

static void *use_once(void *unused)
{
	pthread_barrier_wait(&begin);
	int own = open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC);
	struct data data = { 4096, 0, O_RDWR | O_CLOEXEC, 0 };
	if (own < 0 || ioctl(own, 0xc0184800u, &data))
		exit(1);
	close((int)data.fd);
	close(own);
	return unused;
}

static int use_threads(long count)
{
	pthread_t *threads = calloc(count, sizeof *threads);
	pthread_attr_t small;
	struct timespec a, b;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	pthread_barrier_init(&begin, NULL, count + 1);
	for (long n = 0; n < count; n++)
		if (pthread_create(&threads[n], &small, use_once, NULL))
			return 1;
	clock_gettime(CLOCK_MONOTONIC, &a);
	pthread_barrier_wait(&begin);
	for (long n = 0; n < count; n++)
		pthread_join(threads[n], NULL);
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("%.0f\n", ((b.tv_sec - a.tv_sec) * 1e9 + b.tv_nsec - a.tv_nsec) / count);
	return 0;
}

int main(int argc, char **argv)
{
	long count = argc > 2 ? atol(argv[2]) : 0;

	file = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	heap = open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC);
	struct data data = { 4096, 0, O_RDWR | O_CLOEXEC, 0 };
	int real = heap >= 0 && !ioctl(heap, 0xc0184800u, &data);
	if (real)
		buffer = (int)data.fd;
	/* Without a heap there is nothing to measure of these. */
	if (!real && argc > 1 && (strstr(argv[1], "heap") || !strcmp(argv[1], "mmap-buffer") ||
				  !strcmp(argv[1], "sync") || !strcmp(argv[1], "allocate")))
		return 1;
	if (argc > 2 && !strcmp(argv[1], "threads"))
		return use_threads(count);
	for (size_t i = 0; argc > 2 && i < sizeof calls / sizeof *calls; i++) {
		struct timespec a, b;
		if (strcmp(calls[i].name, argv[1]))
			continue;
		for (long n = 0; n < count / 10; n++)
			calls[i].call();
		clock_gettime(CLOCK_MONOTONIC, &a);
		for (long n = 0; n < count; n++)
			calls[i].call();
		clock_gettime(CLOCK_MONOTONIC, &b);
		printf("%.0f\n", ((b.tv_sec - a.tv_sec) * 1e9 + b.tv_nsec - a.tv_nsec) / count);
		return 0;
	}
	return 2;
}
