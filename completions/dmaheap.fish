# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_dmaheap_global_optspecs
    string join \n h/help V/version
end

function __fish_dmaheap_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_dmaheap_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_dmaheap_using_subcommand
    set -l cmd (__fish_dmaheap_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c dmaheap -n "__fish_dmaheap_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -s V -l version -d 'Print version'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "list" -d 'List the heaps of this machine, and whether you may use them'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "alloc" -d 'Allocate buffers, report what the kernel gave, and free them'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "hold" -d 'Allocate buffers and keep them until told to let go'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "exec" -d 'Run a command that inherits buffers'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "send" -d 'Give buffers to a process that waits for them'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "recv" -d 'Take buffers from another process'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "fill" -d 'Fill a buffer, or a part of it, with a pattern'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "verify" -d 'Compare a buffer, or a part of it, with a pattern, and report what differs'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "load" -d 'Copy a file or stdin into a buffer, or a part of it'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "dump" -d 'Copy a buffer, or a part of it, to a file or stdout'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "info" -d 'Tell what a file descriptor is, and of a dma-buf everything the kernel says'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "buffers" -d 'Show every dma-buf of this machine and who holds it'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "doctor" -d 'Find out why heaps do not work here, and say what helps'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "limits" -d 'Find the largest buffer that a heap gives, and how much it gives in all'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "probe" -d 'Send malformed and well-formed requests, and compare each answer with what the kernel has to say'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "bench" -d 'Measure latency and bandwidth of heaps'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "stress" -d 'Allocate, fill, verify, share and free buffers at random for a time, and check everything'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "sim" -d 'Run a command against simulated heaps, without privileges'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "generate" -d 'Write the manual pages or a shell\'s completions'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -l sysroot -d 'Look at the files of a machine below DIR; nothing is opened for access there' -r -F
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -s o -l output -d 'Columns to print, comma-separated; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -l width -d 'Fit the table into N columns: shorten texts and fold the last column' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -s J -l json -d 'Print JSON: one object with version, simulated, and rows; see dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -l output-all -d 'Print all columns'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -s n -l noheadings -d 'Leave the line of column names out'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -s H -l list-columns -d 'List the columns and end'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -s r -l raw -d 'Separate fields by one space, with spaces in a field as \\x20'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s c -l count -d 'Number of buffers from each heap' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l access -d 'Access mode of the new descriptor: ro, wo, rw, or none (both bits set, nothing can be mapped)' -r -f -a "ro\t'Read only'
wo\t'Write only'
rw\t'Read and write'
none\t'Neither: O_ACCMODE'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l fd-flags -d 'Send these fd_flags as they are, to see what the kernel answers' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l name -d 'Name the buffers, in at most 31 bytes (DMA_BUF_SET_NAME)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l heap -d 'Heap to allocate from: a name, `cma`, or a path (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l heap-flags -d 'Send these heap_flags as they are with each request' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l abi -d 'Structure of the request: auto, mainline (24 bytes), or v12 (the 2019 series, 32 bytes)' -r -f -a "auto\t'Mainline\'s, else that of v12'
mainline\t'24 bytes'
v12\t'32 bytes'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l fill -d 'Fill the buffers with a pattern, as dmaheap-fill(1) does' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l seed -d 'Seed of the pattern' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l jobs -d 'Number of threads that fill and check' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s o -l output -d 'Columns to print, comma-separated; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l width -d 'Fit the table into N columns: shorten texts and fold the last column' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s s -l size -d 'Size of each buffer, which the kernel rounds up to pages' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l no-cloexec -d 'Let the descriptor be inherited by commands (leave O_CLOEXEC out)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l force -d 'Send requests beyond the memory budget, and open nodes that cannot be verified'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s v -l verbose -d 'Say on stderr which heap `cma` stands for'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l verify -d 'Check in the end that the buffers still hold it; status 3 if not'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s J -l json -d 'Print JSON: one object with version, simulated, and rows; see dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l output-all -d 'Print all columns'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s n -l noheadings -d 'Leave the line of column names out'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s H -l list-columns -d 'List the columns and end'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s r -l raw -d 'Separate fields by one space, with spaces in a field as \\x20'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -s c -l count -d 'Number of buffers from each heap' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l access -d 'Access mode of the new descriptor: ro, wo, rw, or none (both bits set, nothing can be mapped)' -r -f -a "ro\t'Read only'
wo\t'Write only'
rw\t'Read and write'
none\t'Neither: O_ACCMODE'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l fd-flags -d 'Send these fd_flags as they are, to see what the kernel answers' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l name -d 'Name the buffers, in at most 31 bytes (DMA_BUF_SET_NAME)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l heap -d 'Heap to allocate from: a name, `cma`, or a path (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l heap-flags -d 'Send these heap_flags as they are with each request' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l abi -d 'Structure of the request: auto, mainline (24 bytes), or v12 (the 2019 series, 32 bytes)' -r -f -a "auto\t'Mainline\'s, else that of v12'
mainline\t'24 bytes'
v12\t'32 bytes'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l fill -d 'Fill the buffers with a pattern, as dmaheap-fill(1) does' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l seed -d 'Seed of the pattern' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l jobs -d 'Number of threads that fill and check' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l for -d 'Keep them for exactly this time: 250ms, 10s, 5m, 1h' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l ready-fd -d 'Write a newline to descriptor N, inherited from the caller, when they are allocated' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l listen -d 'Give the buffers to everybody who connects to SOCKET, a path or @NAME' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l peer-timeout -d 'Time for each who connects, from the connection to its last byte' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -s o -l output -d 'Columns to print, comma-separated; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l width -d 'Fit the table into N columns: shorten texts and fold the last column' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -s s -l size -d 'Size of each buffer, which the kernel rounds up to pages' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l no-cloexec -d 'Let the descriptor be inherited by commands (leave O_CLOEXEC out)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l force -d 'Send requests beyond the memory budget, and open nodes that cannot be verified'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -s v -l verbose -d 'Say on stderr which heap `cma` stands for'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l until-eof -d 'Keep them until stdin ends, too'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l detach -d 'Return when everything is allocated and print the number of the process that keeps it'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -s J -l json -d 'Print JSON: one object with version, simulated, and rows; see dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l output-all -d 'Print all columns'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -s n -l noheadings -d 'Leave the line of column names out'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -s H -l list-columns -d 'List the columns and end'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -s r -l raw -d 'Separate fields by one space, with spaces in a field as \\x20'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l verify -d 'Check in the end that the buffers still hold it; status 3 if not'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -s c -l count -d 'Number of buffers from each heap' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l access -d 'Access mode of the new descriptor: ro, wo, rw, or none (both bits set, nothing can be mapped)' -r -f -a "ro\t'Read only'
wo\t'Write only'
rw\t'Read and write'
none\t'Neither: O_ACCMODE'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l fd-flags -d 'Send these fd_flags as they are, to see what the kernel answers' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l name -d 'Name the buffers, in at most 31 bytes (DMA_BUF_SET_NAME)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l heap -d 'Heap to allocate from: a name, `cma`, or a path (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l heap-flags -d 'Send these heap_flags as they are with each request' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l abi -d 'Structure of the request: auto, mainline (24 bytes), or v12 (the 2019 series, 32 bytes)' -r -f -a "auto\t'Mainline\'s, else that of v12'
mainline\t'24 bytes'
v12\t'32 bytes'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l fill -d 'Fill the buffers with a pattern, as dmaheap-fill(1) does' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l seed -d 'Seed of the pattern' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l jobs -d 'Number of threads that fill and check' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l at-fd -d 'Descriptor of the first buffer; the others follow' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -s s -l size -d 'Size of each buffer, which the kernel rounds up to pages' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l no-cloexec -d 'Let the descriptor be inherited by commands (leave O_CLOEXEC out)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l force -d 'Send requests beyond the memory budget, and open nodes that cannot be verified'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -s v -l verbose -d 'Say on stderr which heap `cma` stands for'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l verify -d 'Check in the end that the buffers still hold it; status 3 if not'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l replace -d 'Close what the caller has open where a buffer shall stand'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -s c -l count -d 'Number of buffers from each heap' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l access -d 'Access mode of the new descriptor: ro, wo, rw, or none (both bits set, nothing can be mapped)' -r -f -a "ro\t'Read only'
wo\t'Write only'
rw\t'Read and write'
none\t'Neither: O_ACCMODE'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l fd-flags -d 'Send these fd_flags as they are, to see what the kernel answers' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l name -d 'Name the buffers, in at most 31 bytes (DMA_BUF_SET_NAME)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l heap -d 'Heap to allocate from: a name, `cma`, or a path (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l heap-flags -d 'Send these heap_flags as they are with each request' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l abi -d 'Structure of the request: auto, mainline (24 bytes), or v12 (the 2019 series, 32 bytes)' -r -f -a "auto\t'Mainline\'s, else that of v12'
mainline\t'24 bytes'
v12\t'32 bytes'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -s p -l pid -d 'Process whose file descriptor N it is (pidfd_getfd, which takes the right to trace it)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l index -d 'Which of the buffers that the socket gives, counted from 1' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l timeout -d 'End with an error if all of it has not been done after this time; no limit by default' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l peer-timeout -d 'Time for the process at the other end of the socket, from the connection to its last byte' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -s s -l size -d 'Size of each buffer, which the kernel rounds up to pages' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -s f -l fd -d 'File descriptor of the buffer, inherited from the caller, or that of another process' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l from-socket -d 'Unix socket where a `dmaheap hold --listen` serves the buffer: a path, or @NAME' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l any-fd -d 'Send what is no dma-buf, too'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l no-cloexec -d 'Let the descriptor be inherited by commands (leave O_CLOEXEC out)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l force -d 'Send requests beyond the memory budget, and open nodes that cannot be verified'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -s v -l verbose -d 'Say on stderr which heap `cma` stands for'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -l listen -d 'Listen at SOCKET until somebody has sent, instead of connecting' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -l ready-fd -d 'Write a newline to descriptor N, inherited from the caller, when one can connect' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -l timeout -d 'End with an error if all of it has not been done after this time; no limit by default' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -l peer-timeout -d 'Time for the process at the other end of the socket, from the connection to its last byte' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -l at-fd -d 'Descriptor of the first buffer; the others follow' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -s o -l output -d 'Columns to print, comma-separated; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -l width -d 'Fit the table into N columns: shorten texts and fold the last column' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -l any-fd -d 'Take what is no dma-buf, too'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -l replace -d 'Close what the caller has open where a buffer shall stand'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -s J -l json -d 'Print JSON: one object with version, simulated, and rows; see dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -l output-all -d 'Print all columns'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -s n -l noheadings -d 'Leave the line of column names out'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -s H -l list-columns -d 'List the columns and end'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -s r -l raw -d 'Separate fields by one space, with spaces in a field as \\x20'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -l pattern -d 'What the bytes are: zero, ones, byte=0xNN, word=0xNNNNNNNN, checkerboard, walking-ones, walking-zeros, address, increment, prbs31, random, or file=PATH' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -l seed -d 'Seed of the pattern: another one makes other bytes' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -l jobs -d 'Number of threads' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -s p -l pid -d 'Process whose file descriptor N it is (pidfd_getfd, which takes the right to trace it)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -l from-socket -d 'Unix socket where a `dmaheap hold --listen` serves the buffer: a path, or @NAME' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -l index -d 'Which of the buffers that the socket gives, counted from 1' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -l timeout -d 'End with an error if all of it has not been done after this time; no limit by default' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -l offset -d 'First byte' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -l length -d 'Number of bytes; all that follow unless given' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -l sync -d 'Which DMA_BUF_IOCTL_SYNC to send around the access: both, start, end, or none' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -l width -d 'Make aligned accesses of 8, 16, 32 or 64 bits only' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -l progress -d 'Show progress on stderr: auto, always, or never' -r -f -a "auto\t'Where somebody looks at it'
always\t'Wherever stderr goes'
never\t'Not at all'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -s f -l fd -d 'File descriptor of the buffer, inherited from the caller, or that of another process' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -l peer-timeout -d 'Time for the process at the other end of the socket, from the connection to its last byte' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l pattern -d 'What the bytes are: zero, ones, byte=0xNN, word=0xNNNNNNNN, checkerboard, walking-ones, walking-zeros, address, increment, prbs31, random, or file=PATH' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l seed -d 'Seed of the pattern: another one makes other bytes' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l jobs -d 'Number of threads' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l extents -d 'Runs of differing words to name, at most; 4096 or less' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -s p -l pid -d 'Process whose file descriptor N it is (pidfd_getfd, which takes the right to trace it)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l from-socket -d 'Unix socket where a `dmaheap hold --listen` serves the buffer: a path, or @NAME' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l index -d 'Which of the buffers that the socket gives, counted from 1' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l timeout -d 'End with an error if all of it has not been done after this time; no limit by default' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l offset -d 'First byte' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l length -d 'Number of bytes; all that follow unless given' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l sync -d 'Which DMA_BUF_IOCTL_SYNC to send around the access: both, start, end, or none' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l width -d 'Make aligned accesses of 8, 16, 32 or 64 bits only' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l progress -d 'Show progress on stderr: auto, always, or never' -r -f -a "auto\t'Where somebody looks at it'
always\t'Wherever stderr goes'
never\t'Not at all'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -s f -l fd -d 'File descriptor of the buffer, inherited from the caller, or that of another process' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l peer-timeout -d 'Time for the process at the other end of the socket, from the connection to its last byte' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -s o -l output -d 'Columns to print, comma-separated; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -s J -l json -d 'Print JSON: one object with version, simulated, and rows; see dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l output-all -d 'Print all columns'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -s n -l noheadings -d 'Leave the line of column names out'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -s H -l list-columns -d 'List the columns and end; stands alone'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand load" -s p -l pid -d 'Process whose file descriptor N it is (pidfd_getfd, which takes the right to trace it)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand load" -l from-socket -d 'Unix socket where a `dmaheap hold --listen` serves the buffer: a path, or @NAME' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand load" -l index -d 'Which of the buffers that the socket gives, counted from 1' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand load" -l timeout -d 'End with an error if all of it has not been done after this time; no limit by default' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand load" -l offset -d 'First byte' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand load" -l length -d 'Number of bytes; all that follow unless given' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand load" -l sync -d 'Which DMA_BUF_IOCTL_SYNC to send around the access: both, start, end, or none' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand load" -l width -d 'Make aligned accesses of 8, 16, 32 or 64 bits only' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand load" -l progress -d 'Show progress on stderr: auto, always, or never' -r -f -a "auto\t'Where somebody looks at it'
always\t'Wherever stderr goes'
never\t'Not at all'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand load" -s f -l fd -d 'File descriptor of the buffer, inherited from the caller, or that of another process' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand load" -l peer-timeout -d 'Time for the process at the other end of the socket, from the connection to its last byte' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand load" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -s p -l pid -d 'Process whose file descriptor N it is (pidfd_getfd, which takes the right to trace it)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -l from-socket -d 'Unix socket where a `dmaheap hold --listen` serves the buffer: a path, or @NAME' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -l index -d 'Which of the buffers that the socket gives, counted from 1' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -l timeout -d 'End with an error if all of it has not been done after this time; no limit by default' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -l offset -d 'First byte' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -l length -d 'Number of bytes; all that follow unless given' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -l sync -d 'Which DMA_BUF_IOCTL_SYNC to send around the access: both, start, end, or none' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -l width -d 'Make aligned accesses of 8, 16, 32 or 64 bits only' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -l progress -d 'Show progress on stderr: auto, always, or never' -r -f -a "auto\t'Where somebody looks at it'
always\t'Wherever stderr goes'
never\t'Not at all'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -s f -l fd -d 'File descriptor of the buffer, inherited from the caller, or that of another process' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -l peer-timeout -d 'Time for the process at the other end of the socket, from the connection to its last byte' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -l hex -d 'Write lines as hexdump -C does, with * for lines that repeat the one before'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -s p -l pid -d 'Process whose file descriptor N it is (pidfd_getfd, which takes the right to trace it)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -l from-socket -d 'Unix socket where a `dmaheap hold --listen` serves the buffer: a path, or @NAME' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -l index -d 'Which of the buffers that the socket gives, counted from 1' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -l timeout -d 'End with an error if all of it has not been done after this time; no limit by default' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -s o -l output -d 'Columns to print, comma-separated; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -s f -l fd -d 'File descriptor of the buffer, inherited from the caller, or that of another process' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -l peer-timeout -d 'Time for the process at the other end of the socket, from the connection to its last byte' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -s J -l json -d 'Print JSON: one object with version, simulated, and rows; see dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -l output-all -d 'Print all columns'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -s n -l noheadings -d 'Leave the line of column names out'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -s H -l list-columns -d 'List the columns and end; stands alone'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l by -d 'What a row is: a buffer, a process that holds any, its cgroup, an exporter, or a total' -r -f -a "buffer\t'A buffer'
process\t'A process'
cgroup\t'A memory cgroup with processes that hold any'
exporter\t'An exporter'
total\t'All, those that processes hold, those that only the kernel holds'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -s p -l pid -d 'Only buffers that this process holds (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l exporter -d 'Only buffers of this exporter: a heap, a driver (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l inode -d 'Only the buffer with this inode number (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l name -d 'Only buffers whose name matches a shell pattern (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l sort -d 'Sort by a column; -COL puts the largest first' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l sysroot -d 'Look at the files of a machine below DIR' -r -F
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l watch -d 'Look again and again: redraw on a terminal, print a JSON object a line elsewhere' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l until-count -d 'Wait until there are exactly N rows, then print them' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l timeout -d 'How long --watch looks or --until-count waits; waiting in vain is status 1' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -s o -l output -d 'Columns to print, comma-separated; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l width -d 'Fit the table into N columns: shorten texts and fold the last column' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l orphans -d 'Only buffers that no process holds'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l strict -d 'Fail with status 1 if anything could not be read that may hide a buffer or a holder'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l diff -d 'With --watch, show in a column CHANGE what came, went and grew since the start'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -s J -l json -d 'Print JSON: one object with version, simulated, and rows; see dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l output-all -d 'Print all columns'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -s n -l noheadings -d 'Leave the line of column names out'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -s H -l list-columns -d 'List the columns and end'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -s r -l raw -d 'Separate fields by one space, with spaces in a field as \\x20'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -l heap -d 'Look at this heap only: a name, `cma`, or a path (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -l sysroot -d 'Look at the files of a machine below DIR; nothing is opened for access there' -r -F
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -s o -l output -d 'Columns to print, comma-separated; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -l width -d 'Fit the table into N columns: shorten texts and fold the last column' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -s J -l json -d 'Print JSON: one object with version, simulated, and rows; see dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -l output-all -d 'Print all columns'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -s n -l noheadings -d 'Leave the line of column names out'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -s H -l list-columns -d 'List the columns and end'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -s r -l raw -d 'Separate fields by one space, with spaces in a field as \\x20'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -l heap -d 'Heap to allocate from: a name, `cma`, or a path (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -l heap-flags -d 'Send these heap_flags as they are with each request' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -l abi -d 'Structure of the request: auto, mainline (24 bytes), or v12 (the 2019 series, 32 bytes)' -r -f -a "auto\t'Mainline\'s, else that of v12'
mainline\t'24 bytes'
v12\t'32 bytes'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -s c -l chunk -d 'Size of each buffer of the total, which the kernel rounds up to pages' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -l timeout -d 'How long it may take, for all heaps together' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -s o -l output -d 'Columns to print, comma-separated; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -l width -d 'Fit the table into N columns: shorten texts and fold the last column' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -l force -d 'Send requests beyond the memory budget, and open nodes that cannot be verified'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -s v -l verbose -d 'Say on stderr which heap `cma` stands for'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -s J -l json -d 'Print JSON: one object with version, simulated, and rows; see dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -l output-all -d 'Print all columns'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -s n -l noheadings -d 'Leave the line of column names out'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -s H -l list-columns -d 'List the columns and end'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -s r -l raw -d 'Separate fields by one space, with spaces in a field as \\x20'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l heap -d 'Heap to probe: a name, `cma`, or a path (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l case -d 'Run the cases whose id matches GLOB (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l group -d 'Run the cases of a group (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l expect -d 'Read known deviations of a platform from FILE: lines of id=outcome' -r -F
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l fuzz -d 'Send N random requests instead, and compare each with the rules that dmaheap knows' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l seed -d 'Begin the random requests at this seed; by default one is made up, and printed' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l abi -d 'Structure of the request: auto, mainline (24 bytes), or v12 (the 2019 series, 32 bytes)' -r -f -a "auto\t'Mainline\'s, else that of v12'
mainline\t'24 bytes'
v12\t'32 bytes'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l format -d 'Format of the results: table, ktap, json, junit, or lava' -r -f -a "table\t'For people'
ktap\t'KTAP version 1'
json\t'One object'
junit\t'JUnit\'s XML'
lava\t'LAVA\'s signals'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l junit -d 'Write JUnit\'s XML to FILE, beside what is printed' -r -F
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l list-cases -d 'List the cases and end; -J lists them in JSON'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l fail-fast -d 'Run nothing more after the first failure'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l strict -d 'Let known deviations fail'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l unsafe -d 'Run the cases of the group unsafe too, which let the OOM killer loose'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l force -d 'Open nodes that cannot be verified to be heaps'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -s J -l json -d 'The same as --format json; see dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l nested -d 'Print KTAP with a subtest a heap instead of one flat list'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -s v -l verbose -d 'Print a line a case in the table'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -l heap -d 'Heap to measure: a name, `cma`, or a path (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -s s -l size -d 'Size of a buffer (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -s i -l iterations -d 'Buffers of each heap and size, in each job, instead of a time' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -s d -l duration -d 'Time of the run, in equal shares for each heap and size: 250ms, 10s, 5m' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -l warmup -d 'Buffers of each heap and size, in each job, that do not count' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -s j -l jobs -d 'Number of threads, with a buffer each at the same time' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -l pin -d 'Keep the jobs on CPU number N (can be repeated: they take them in turns)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -l save -d 'Save the results to FILE, which is replaced as a whole: the JSON that --json prints' -r -F
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -l compare -d 'Compare with the results in FILE, saved earlier' -r -F
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -l plot -d 'Draw latency by percentile and bandwidth by size, an SVG picture, to FILE' -r -F
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -l from -d 'Measure nothing: take the results from FILE, saved earlier' -r -F
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -l progress -d 'Show progress on stderr: auto, always, or never' -r -f -a "auto\t'Where somebody looks at it'
always\t'Wherever stderr goes'
never\t'Not at all'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -s o -l output -d 'Columns to print, comma-separated; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -l width -d 'Fit the table into N columns: shorten texts and fold the last column' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -l force -d 'Measure beyond the memory budget, and open nodes that cannot be verified'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -s J -l json -d 'Print JSON: one object with version, simulated, and rows; see dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -l output-all -d 'Print all columns'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -s n -l noheadings -d 'Leave the line of column names out'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -s H -l list-columns -d 'List the columns and end'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -s r -l raw -d 'Separate fields by one space, with spaces in a field as \\x20'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -l heap -d 'Heap to allocate from: a name, `cma`, or a path (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -l heap-flags -d 'Send these heap_flags as they are with each request' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -l abi -d 'Structure of the request: auto, mainline (24 bytes), or v12 (the 2019 series, 32 bytes)' -r -f -a "auto\t'Mainline\'s, else that of v12'
mainline\t'24 bytes'
v12\t'32 bytes'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -l min-size -d 'The smallest buffer' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -l max-size -d 'The largest buffer' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -l max-hold -d 'How much is held at the same time: a number of buffers, or a size with its unit' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -s d -l duration -d 'How long it lasts; 10 seconds, unless --iterations says when it ends' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -s i -l iterations -d 'How many operations each job does' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -s j -l jobs -d 'Number of jobs, each with its thread, a thread beside it, and a process' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -l seed -d 'Seed of the operations; by default one is made up, and printed' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -l report -d 'The time between two reports' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -s o -l output -d 'Columns to print, comma-separated; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -l width -d 'Fit the table into N columns: shorten texts and fold the last column' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -l force -d 'Send requests beyond the memory budget, and open nodes that cannot be verified'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -s v -l verbose -d 'Say on stderr which heap `cma` stands for'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -l trace -d 'Print each operation on stderr before it is done'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -s J -l json -d 'Print JSON: one object with version, simulated, and rows; see dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -l output-all -d 'Print all columns'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -s n -l noheadings -d 'Leave the line of column names out'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -s H -l list-columns -d 'List the columns and end'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -s r -l raw -d 'Separate fields by one space, with spaces in a field as \\x20'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand sim" -l abi -d 'Which allocation request the heaps know' -r -f -a "mainline\t'Linux 5.6 and later'
v12\t'The 2019 patch series, version 12'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand sim" -l kernel -d 'Answer as this release of the kernel, and name CMA heaps as it does' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand sim" -l heap -d 'A heap that there is (repeatable; default: system, default_cma_region=cma:64M)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand sim" -l backing -d 'What buffers are made of' -r -f -a "memfd\t'Anonymous memory: every access mode'
udmabuf\t'Real dma-bufs of /dev/udmabuf, O_RDWR only'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand sim" -l fault -d 'Make something go wrong (repeatable; rule:list prints the rules that can be broken)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand sim" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand generate; and not __fish_seen_subcommand_from man completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand generate; and not __fish_seen_subcommand_from man completions" -f -a "man" -d 'Write all manual pages into a directory, which is made if it is missing'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand generate; and not __fish_seen_subcommand_from man completions" -f -a "completions" -d 'Print the completions of a shell'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand generate; and __fish_seen_subcommand_from man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand generate; and __fish_seen_subcommand_from completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info buffers doctor limits probe bench stress sim generate help" -f -a "list" -d 'List the heaps of this machine, and whether you may use them'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info buffers doctor limits probe bench stress sim generate help" -f -a "alloc" -d 'Allocate buffers, report what the kernel gave, and free them'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info buffers doctor limits probe bench stress sim generate help" -f -a "hold" -d 'Allocate buffers and keep them until told to let go'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info buffers doctor limits probe bench stress sim generate help" -f -a "exec" -d 'Run a command that inherits buffers'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info buffers doctor limits probe bench stress sim generate help" -f -a "send" -d 'Give buffers to a process that waits for them'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info buffers doctor limits probe bench stress sim generate help" -f -a "recv" -d 'Take buffers from another process'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info buffers doctor limits probe bench stress sim generate help" -f -a "fill" -d 'Fill a buffer, or a part of it, with a pattern'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info buffers doctor limits probe bench stress sim generate help" -f -a "verify" -d 'Compare a buffer, or a part of it, with a pattern, and report what differs'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info buffers doctor limits probe bench stress sim generate help" -f -a "load" -d 'Copy a file or stdin into a buffer, or a part of it'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info buffers doctor limits probe bench stress sim generate help" -f -a "dump" -d 'Copy a buffer, or a part of it, to a file or stdout'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info buffers doctor limits probe bench stress sim generate help" -f -a "info" -d 'Tell what a file descriptor is, and of a dma-buf everything the kernel says'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info buffers doctor limits probe bench stress sim generate help" -f -a "buffers" -d 'Show every dma-buf of this machine and who holds it'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info buffers doctor limits probe bench stress sim generate help" -f -a "doctor" -d 'Find out why heaps do not work here, and say what helps'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info buffers doctor limits probe bench stress sim generate help" -f -a "limits" -d 'Find the largest buffer that a heap gives, and how much it gives in all'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info buffers doctor limits probe bench stress sim generate help" -f -a "probe" -d 'Send malformed and well-formed requests, and compare each answer with what the kernel has to say'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info buffers doctor limits probe bench stress sim generate help" -f -a "bench" -d 'Measure latency and bandwidth of heaps'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info buffers doctor limits probe bench stress sim generate help" -f -a "stress" -d 'Allocate, fill, verify, share and free buffers at random for a time, and check everything'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info buffers doctor limits probe bench stress sim generate help" -f -a "sim" -d 'Run a command against simulated heaps, without privileges'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info buffers doctor limits probe bench stress sim generate help" -f -a "generate" -d 'Write the manual pages or a shell\'s completions'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info buffers doctor limits probe bench stress sim generate help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and __fish_seen_subcommand_from generate" -f -a "man" -d 'Write all manual pages into a directory, which is made if it is missing'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and __fish_seen_subcommand_from generate" -f -a "completions" -d 'Print the completions of a shell'
