/*
 * Runs a command for which some system calls fail, whatever their arguments.
 * Usage: refuse ERRNO NUMBER,NUMBER... COMMAND [ARGUMENT...]
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { MOST = 600 };

int main(int argc, char **argv)
{
	struct sock_filter code[2 * MOST + 2];
	struct sock_fprog program = { 0, code };
	if (argc < 4)
		return 2;
	code[program.len++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (char *rest = argv[2]; *rest && program.len <= 2 * MOST; rest += *rest == ',') {
		unsigned number = strtoul(rest, &rest, 10);
		code[program.len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1);
		code[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | atoi(argv[1]));
	}
	code[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return 2;
	execvp(argv[3], argv + 3);
	return 127;
}
