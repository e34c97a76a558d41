/*
 * A static program that uses heaps by raw system calls, in the ways that a simulator could get wrong.
 * Usage: caller WHAT [COUNT]. Prints one line; the tests compare it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define ALLOC 0xc0184800u
#define F_GET_SEALS_OF_LINUX 1034

struct data {
	uint64_t len;
	uint32_t fd, fd_flags;
	uint64_t heap_flags;
};

static int heap;

static int fds(void)
{
	int n = 0;
	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* The new descriptor, or an error number below 0. */
static int allocate(uint64_t len)
{
	struct data data = { len, 0, O_RDWR | O_CLOEXEC, 0 };
	return syscall(SYS_ioctl, heap, ALLOC, &data) ? -errno : (int)data.fd;
}

static int use(void)
{
	int fd = allocate(4096);
	if (fd < 0)
		return 1;
	char *p = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	int bad = p == MAP_FAILED || p[0];
	if (p != MAP_FAILED) {
		p[0] = 1;
		munmap(p, 4096);
	}
	close(fd);
	return bad;
}

static void *thread(void *count)
{
	long bad = 0;
	for (long i = 0; i < (long)count; i++)
		bad += use();
	return (void *)bad;
}

static int threads(long count)
{
	pthread_t all[64];
	long bad = 0;
	for (int i = 0; i < 64; i++)
		pthread_create(&all[i], 0, thread, (void *)count);
	for (int i = 0; i < 64; i++) {
		void *result;
		pthread_join(all[i], &result);
		bad += (long)result;
	}
	return bad;
}

static int forks(long count)
{
	int bad = 0, status;
	for (long i = 0; i < count; i++)
		if (!fork())
			_exit(use());
	while (wait(&status) > 0)
		bad += status != 0;
	return bad;
}

static int vforks(long count)
{
	int bad = 0, status;
	for (long i = 0; i < count; i++) {
		pid_t child = vfork();
		if (!child)
			_exit(use());
		waitpid(child, &status, 0);
		bad += status != 0;
	}
	return bad;
}

/* SIGKILL at any moment of an allocation; the children share no table with this process. */
static int kills(long count)
{
	int bad = 0, status;
	for (long i = 0; i < count; i++) {
		pid_t child = fork();
		if (!child)
			for (;;)
				if (use())
					_exit(1);
		usleep(300 + i % 40 * 25);
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		bad += !WIFSIGNALED(status);
	}
	return bad;
}

static volatile sig_atomic_t inside, during;

static void count_signal(int signal)
{
	(void)signal;
	during += inside;
}

/*
 * Signals, at least a hundred of which come between the beginning and the end of a call: one that is
 * held back until then is delivered before the call is left.
 */
static int alarms(long count, int flags, int *interrupted)
{
	struct sigaction action = { .sa_handler = count_signal, .sa_flags = flags };
	struct itimerval often = { { 0, 150 }, { 0, 150 } }, never = { { 0, 0 }, { 0, 0 } };
	int bad = 0, before = fds();
	sigaction(SIGALRM, &action, 0);
	setitimer(ITIMER_REAL, &often, 0);
	for (long i = 0; i < count || (during < 100 && i < 1000 * count); i++) {
		inside = 1;
		int fd = allocate(4096);
		inside = 0;
		if (fd == -EINTR) {
			++*interrupted;
			bad += fds() != before;
		} else if (fd < 0) {
			bad++;
		} else {
			struct stat stat;
			int answer;
			while ((answer = fstat(fd, &stat)) && errno == EINTR)
				;
			bad += answer || stat.st_size != 4096 || fds() != before + 1;
			close(fd);
		}
	}
	setitimer(ITIMER_REAL, &never, 0);
	return bad + (during < 100);
}

/* KiB of memory that this process has. */
static long resident(void)
{
	long size, resident = -1;
	FILE *file = fopen("/proc/self/statm", "r");
	if (!file || fscanf(file, "%ld %ld", &size, &resident) != 2)
		resident = -1;
	if (file)
		fclose(file);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static int cycles(long count)
{
	int bad = 0;
	long before = 0;
	for (long i = 0; i < count; i++) {
		bad += use();
		if (i == count / 10)
			before = resident();
	}
	return bad + (before < 0 || resident() > before + 256);
}

/* The buffers are this process's: its parent, the supervisor, has a descriptor of none. */
static int hold(long count)
{
	int bad = 0, held = 0;
	char path[64], link[64];
	for (long i = 0; i < count; i++)
		bad += allocate(4096) < 0;
	for (int process = 0; process < 2; process++)
		for (int fd = 0; fd < 1024; fd++) {
			snprintf(path, sizeof path, "/proc/%d/fd/%d", process ? getppid() : getpid(), fd);
			memset(link, 0, sizeof link);
			if (readlink(path, link, sizeof link - 1) > 0 && strstr(link, "memfd:dmaheap-sim"))
				held += process ? 1000 : 1;
		}
	return bad + (held != count);
}

static char *page;
static volatile int go, delay;

static void *unmap(void *unused)
{
	while (!go)
		;
	for (volatile int i = 0; i < delay; i++)
		;
	munmap(page, 4096);
	return unused;
}

/* The struct is unmapped by another thread during the call: EFAULT or not, nothing may be lost. */
static int race(long attempt)
{
	page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*(struct data *)page = (struct data){ 4096, 0, O_RDWR, 0 };
	go = 0;
	delay = attempt * 37 % 8000 * 4;
	pthread_t other;
	pthread_create(&other, 0, unmap, 0);
	int before = fds();
	go = 1;
	int answer = ioctl(heap, ALLOC, page), error = errno;
	pthread_join(other, 0);
	return answer ? error != EFAULT || fds() != before : fds() != before + 1;
}

static int races(long count)
{
	int bad = 0;
	char inherited[64];
	for (int fd = 0; fd < 64; fd++)
		inherited[fd] = fcntl(fd, F_GETFD) >= 0;
	for (long i = 0; i < count; i++) {
		bad += race(i);
		for (int fd = 0; fd < 64; fd++)
			if (!inherited[fd])
				close(fd);
	}
	return bad;
}

/* The same in processes whose next descriptor has another number than their parent's. */
static int forked_races(long count)
{
	int bad = 0, status, held[5];
	for (long i = 0; i < count; i++) {
		for (int n = 0; n < 5; n++)
			bad += (held[n] = allocate(4096)) < 0;
		pid_t child = fork();
		for (int n = 0; n < 5; n++)
			close(held[n]);
		if (!child)
			_exit(race(i));
		waitpid(child, &status, 0);
		bad += status != 0;
	}
	return bad;
}

static void result(const char *what, long long value) { printf(" %s=%lld", what, value < 0 ? -(long long)errno : value); }
static void answer(const char *what, long value) { printf(" %s=%ld", what, value); }

#ifdef __x86_64__
static long old_call(long number, long a, long b, long c)
{
	long answer;
	__asm__ volatile("int $0x80" : "=a"(answer) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory", "r8", "r9", "r10", "r11");
	return (int)answer;
}

static long old_calls(long number, long a, long b, long c, long d, long e, long f)
{
	long args[] = { number, a, b, c, d, e, f }, answer;
	/* The sixth argument is in ebp, which the compiler may use itself; below the stack pointer it may keep ARGS. */
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\tpush %%rbp\n\tmov 48(%1), %%ebp\n\tmov 8(%1), %%ebx\n\tmov 16(%1), %%ecx\n\tmov 24(%1), %%edx\n\t"
			 "mov 40(%1), %%edi\n\tmov 0(%1), %%eax\n\tmov 32(%1), %%esi\n\tint $0x80\n\tpop %%rbp\n\t"
			 "lea 128(%%rsp), %%rsp"
			 : "=&a"(answer)
			 : "S"(args)
			 : "memory", "rbx", "rcx", "rdx", "rdi", "r8", "r9", "r10", "r11");
	return (int)answer;
}

/* The 32-bit entry of the kernel, with the numbers and structures of i386. */
static void compat(void)
{
	char *low = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	struct data *data = (void *)low;
	char *name = low + 64, *stat64 = low + 128, *link = low + 1024;
	strcpy(name, "/dev/dma_heap/system");
	long fd = old_call(5, (long)name, O_RDWR, 0);
	*data = (struct data){ 5000, 0, O_RDWR | O_CLOEXEC, 0 };
	result("open", fd > 2);
	result("ioctl", old_call(54, fd, (int)ALLOC, (long)data));
	result("told", data->fd > 2);
	sprintf(link, "/proc/self/fd/%u", data->fd);
	result("stat64", old_call(195, (long)name, (long)stat64, 0));
	printf(" mode=%o", *(unsigned *)(stat64 + 16));
	result("fstat64", old_call(197, data->fd, (long)stat64, 0));
	printf(" mode=%o size=%d", *(unsigned *)(stat64 + 16), *(int *)(stat64 + 44));
	printf(" end=%ld cur=%ld", old_call(19, data->fd, 0, SEEK_END), old_call(19, data->fd, 0, SEEK_CUR));
	printf(" flags=%lo", old_call(221, data->fd, F_GETFL, 0));
	long *wide = (void *)(low + 512);
	answer("openat", old_calls(295, -100, (long)name, O_RDWR, 0, 0, 0) > 2);
	memset(stat64, 0, 96);
	answer("fstatat64", old_calls(300, -100, (long)name, (long)stat64, 0, 0, 0));
	printf(" mode=%o", *(unsigned *)(stat64 + 16));
	answer("statfs64", old_calls(268, (long)name, 84, (long)wide, 0, 0, 0));
	answer("statfs64-of-another-size", old_calls(268, (long)name, 80, (long)wide, 0, 0, 0));
	answer("llseek", old_calls(140, data->fd, 0, 0, (long)wide, SEEK_END, 0));
	printf(" at=%lld", *(long long *)wide);
	answer("llseek-high", old_calls(140, data->fd, 1, 0, (long)wide, SEEK_SET, 0));
	printf(" mmap2=%s", (unsigned)old_calls(192, 0, 8192, PROT_READ, MAP_SHARED, data->fd, 0) < -4096u ? "ok" : "failed");
	printf(" mmap2-past-end=%ld", old_calls(192, 0, 4096, PROT_READ, MAP_SHARED, data->fd, 2));
	printf(" ftruncate64=%ld", old_calls(194, data->fd, 4096, 0, 0, 0, 0));
	printf(" fallocate=%ld", old_calls(324, data->fd, 0, 0, 0, 4096, 0));
	printf(" truncate64=%ld", old_calls(193, (long)link, 4096, 0, 0, 0, 0));
	printf(" seals=%ld", old_call(221, data->fd, F_GET_SEALS_OF_LINUX, 0));
}
#else
static void compat(void) { printf(" none"); }
#endif

/* Arguments that fault: nothing may be left behind. */
static void pointers(void)
{
	char *pages = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct data good = { 4096, 0, O_RDWR, 0 };
	mprotect(pages + 4096, 4096, PROT_NONE);
	memcpy(pages, &good, sizeof good);
	memcpy(pages + 4096 - 16, &good, 16);
	result("straddling", syscall(SYS_ioctl, heap, ALLOC, pages + 4096 - 16));
	mprotect(pages, 4096, PROT_READ);
	result("read-only", syscall(SYS_ioctl, heap, ALLOC, pages));
	result("null", syscall(SYS_ioctl, heap, ALLOC, 0));
	result("kernel", syscall(SYS_ioctl, heap, ALLOC, -4096L));
	memset(&good, 0, sizeof good);
	result("high-bits", syscall(SYS_ioctl, heap | 1L << 32, ALLOC | 1L << 40, &good));
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	long count = argc > 2 ? atol(argv[2]) : 0;
	int bad = 0, interrupted = 0;

	heap = open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC);
	if (heap < 0)
		return 1;
	int before = fds();
	printf("%s", what);
	if (!strcmp(what, "cycles"))
		bad = cycles(count);
	else if (!strcmp(what, "hold")) {
		bad = hold(count);
		before += count;
	} else if (!strcmp(what, "threads"))
		bad = threads(count);
	else if (!strcmp(what, "forks"))
		bad = forks(count);
	else if (!strcmp(what, "vforks"))
		bad = vforks(count);
	else if (!strcmp(what, "kills"))
		bad = kills(count);
	else if (!strcmp(what, "races"))
		bad = races(count);
	else if (!strcmp(what, "forked-races"))
		bad = forked_races(count);
	else if (!strcmp(what, "alarms"))
		bad = alarms(count, SA_RESTART, &interrupted);
	else if (!strcmp(what, "alarms-without-restart"))
		bad = alarms(count, 0, &interrupted);
	else if (!strcmp(what, "pointers"))
		pointers();
	else if (!strcmp(what, "compat")) {
		compat();
		before += 3;
	} else
		return 2;
	printf(": bad %d, interrupted %s, fds left %d\n", bad, interrupted ? "some" : "none", fds() - before);
	return 0;
}
