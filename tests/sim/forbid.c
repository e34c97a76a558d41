/*
 * Runs a command for which a system call fails, as on an older kernel or in a strict container.
 * Usage: forbid CALL FLAGS ERRNO COMMAND [ARGUMENT...]. Only calls whose second argument has all FLAGS fail.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct { const char *name; unsigned value; } calls[] = {
	{ "seccomp", SYS_seccomp },
	{ "landlock_create_ruleset", SYS_landlock_create_ruleset },
	{ "process_vm_readv", SYS_process_vm_readv },
	{ "kcmp", SYS_kcmp },
}, errors[] = { { "EINVAL", EINVAL }, { "EPERM", EPERM }, { "ENOSYS", ENOSYS }, { "EOPNOTSUPP", EOPNOTSUPP } };

#define LOOK_UP(table, wanted)                                       \
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)    \
		if (!strcmp(table[i].name, argv[wanted]))            \
			found[wanted] = table[i].value;

int main(int argc, char **argv)
{
	unsigned found[4] = { 0 };
	if (argc < 5)
		return 2;
	LOOK_UP(calls, 1);
	LOOK_UP(errors, 3);
	unsigned flags = atoi(argv[2]);
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, found[1], 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, flags),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, flags, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | found[3]),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof code / sizeof *code, code };
	if (!found[1] || !found[3] || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return 2;
	execvp(argv[4], argv + 4);
	return 127;
}
