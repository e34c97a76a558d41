/*
 * Asks for each path twice, by itself and through the simulator's directories and out again, and prints both answers.
 * Usage: elsewhere USER PATH...; USER is a number, or - to stay who one is. Root becomes USER with its real user kept.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif

static void ask(const char *path)
{
	struct stat st, opened;
	struct statfs fs;
	char text[64];
	int follow = stat(path, &st);
	printf(" stat=%d", follow ? errno : 0);
	if (!follow)
		printf(",%o,%lu,%u", st.st_mode, (unsigned long)st.st_ino, st.st_uid);
	printf(" lstat=%d", lstat(path, &st) ? errno : (int)(st.st_mode >> 12));
	printf(" statfs=%d", statfs(path, &fs) ? errno : 0);
	long link = readlink(path, text, sizeof text);
	printf(" readlink=%ld", link < 0 ? -errno : link);
	for (int mode = 0; mode < 8; mode++) {
		printf(" %d", syscall(SYS_faccessat, AT_FDCWD, path, mode) ? errno : 0);
		printf(",%d", syscall(SYS_faccessat2, AT_FDCWD, path, mode, AT_EACCESS) ? errno : 0);
	}
	int fd = open(path, O_RDONLY | O_DIRECTORY);
	printf(" directory=%d", fd < 0 ? errno : 0);
	if (fd >= 0 && !fstat(fd, &opened))
		printf(",%lu", (unsigned long)opened.st_ino);
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	if (strcmp(argv[1], "-")) {
		unsigned user = atoi(argv[1]);
		if (setgroups(0, 0) || setresgid(user, user, user) || setresuid(0, user, user))
			return 3;
	}
	for (int i = 2; i < argc; i++) {
		char path[4096];
		printf("%s\n by itself:", argv[i]);
		ask(argv[i]);
		snprintf(path, sizeof path, "/dev/dma_heap/../..%s", argv[i]);
		printf("\n through:  ");
		ask(path);
		/* As it is asked for most: by itself it may wait, or do something. */
		int fd = open(path, O_RDONLY);
		printf("\n opened: %s\n", fd >= 0 ? "yes" : strerrorname_np(errno));
	}
	return 0;
}
