// Many processes with many descriptors: crowd PROCESSES FDS BUFFERS [HEAP]. Prints a line when all are there, and ends
// them when its stdin does. BUFFERS processes hold one dma-buf of HEAP each, in place of one of their other descriptors.
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

static void stay(int fds, int heap)
{
    if (heap >= 0) {
        struct dma_heap_allocation_data data = { .len = 4096, .fd_flags = O_RDWR | O_CLOEXEC };
        if (ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data)) {
            perror("allocate");
            _exit(1);
        }
        fds--;
    }
    // 0, 1, 2 and the pipe are open as well.
    for (int i = 4; i < fds; i++)
        open("/dev/null", O_RDONLY);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    int processes = atoi(argv[1]), fds = atoi(argv[2]), buffers = atoi(argv[3]);
    int heap = argc > 4 ? open(argv[4], O_RDONLY | O_CLOEXEC) : -1;
    int ready[2];
    char byte = 'x';
    if ((argc > 4 && heap < 0) || pipe(ready)) {
        perror("start");
        return 1;
    }
    for (int i = 0; i < processes; i++) {
        pid_t pid = fork();
        if (pid < 0) {
            perror("fork");
            return 1;
        }
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            close(ready[0]);
            stay(fds, i < buffers ? heap : -1);
            if (heap >= 0)
                close(heap);
            if (write(ready[1], &byte, 1) != 1)
                return 1;
            for (;;)
                pause();
        }
    }
    for (int i = 0; i < processes; i++)
        if (read(ready[0], &byte, 1) != 1)
            return 1;
    puts("ready");
    fflush(stdout);
    while (read(0, &byte, 1) > 0)
        ;
    return 0;
}
