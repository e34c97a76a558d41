/* Takes the buffers that `dmaheap send --plain SOCKET` sends in one message, and prints how large each is. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    union { struct cmsghdr header; char room[CMSG_SPACE(253 * sizeof(int))]; } control;
    char byte;
    struct iovec part = { &byte, 1 };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    int fds[253], listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(name.sun_path, sizeof name.sun_path, "%s", argc > 1 ? argv[1] : "socket");
    if (bind(listener, (struct sockaddr *)&name, sizeof name) || listen(listener, 1))
        return perror("plain"), 1;
    puts("ready");
    fflush(stdout);
    if (recvmsg(accept(listener, NULL, NULL), &message, MSG_CMSG_CLOEXEC) != 1 || !CMSG_FIRSTHDR(&message))
        return fputs("plain: no descriptors\n", stderr), 1;
    size_t length = CMSG_FIRSTHDR(&message)->cmsg_len - CMSG_LEN(0);
    memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&message)), length);
    for (size_t i = 0; i < length / sizeof(int); i++)
        printf("%ld\n", (long)lseek(fds[i], 0, SEEK_END));
    return 0;
}
