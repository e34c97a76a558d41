/*
 * Asks for its process number by the number that x32 has for that; the status is 0, or the errno that it was answered.
 * Compiled with -mx32 it is an x32 program, without an x86-64 one.
 */
#define X32 0x40000000
#define GETPID 39
#define EXIT 60

static int call(long long number, long long argument)
{
	long long answer;
	__asm__ volatile("syscall" : "=a"(answer) : "0"(number), "D"(argument) : "rcx", "r11", "memory");
	return (int)answer;
}

void _start(void)
{
	int answer = call(X32 | GETPID, 0);
#ifdef __ILP32__
	call(X32 | EXIT, answer < 0 ? -answer : 0);
#else
	call(EXIT, answer < 0 ? -answer : 0);
#endif
	for (;;)
		;
}
