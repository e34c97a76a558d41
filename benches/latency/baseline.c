/* The loops of `dmaheap bench` in C: what they cost is the mark. Prints nanoseconds an iteration. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct allocation {
	uint64_t len;
	uint32_t fd;
	uint32_t fd_flags;
	uint64_t heap_flags;
};

#define ALLOC _IOWR('H', 0, struct allocation)
#define SYNC _IOW('b', 0, uint64_t)
#define ROOM 4096
#define SIZE 4096
#define LOOK 50000000

static uint64_t times[ROOM][5];
static volatile int stop;

static inline uint64_t now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC_RAW, &time);
	return (uint64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void refused(const char *what)
{
	perror(what);
	exit(1);
}

/* A request that nobody knows: the least that the loop can be around. */
static void unknown(int fd, uint64_t *into)
{
	uint64_t data[4] = { 0 };
	uint64_t start = now();
	ioctl(fd, ALLOC, data);
	*into = now() - start;
}

static uint64_t sync_buffer(int fd, uint64_t flags)
{
	uint64_t start = now();
	int answer = ioctl(fd, SYNC, &flags);
	uint64_t end = now();
	if (answer)
		refused("sync");
	return end - start;
}

static void cycle(int heap, uint64_t *into)
{
	struct allocation data = { .len = SIZE, .fd_flags = O_RDWR | O_CLOEXEC };
	uint64_t start = now();
	int answer = ioctl(heap, ALLOC, &data);
	into[0] = now() - start;
	if (answer)
		refused("allocate");
	start = now();
	volatile char *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, data.fd, 0);
	into[1] = now() - start;
	if (memory == MAP_FAILED)
		refused("map");
	start = now();
	for (size_t at = 0; at < SIZE; at += 4096)
		memory[at] = 0;
	into[1] += now() - start;
	into[2] = sync_buffer(data.fd, 0 | 3);
	into[3] = sync_buffer(data.fd, 4 | 3);
	munmap((void *)memory, SIZE);
	start = now();
	close(data.fd);
	into[4] = now() - start;
}

int main(int count, char **arguments)
{
	if (count != 4)
		return 2;
	void (*body)(int, uint64_t *) = strcmp(arguments[1], "unknown") ? cycle : unknown;
	int fd = open(arguments[2], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		refused(arguments[2]);
	unsigned long turns = strtoul(arguments[3], NULL, 10);
	uint64_t start = now(), looked = start;
	/* Each turn looks at the time, for signals now and then, and whether it is asked to end. */
	for (unsigned long turn = 0; turn < turns && !stop; turn++) {
		body(fd, times[turn % ROOM]);
		uint64_t time = now();
		if (time - looked > LOOK)
			looked = time;
	}
	printf("%f\n", (double)(now() - start) / turns);
	return 0;
}
