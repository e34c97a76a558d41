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
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "list" -d 'List the heaps of this machine and whether you may use them'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "alloc" -d 'Allocate buffers, report what the kernel returned, and free them'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "hold" -d 'Allocate buffers and keep them until a signal, a time or end of input'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "exec" -d 'Run a command that inherits buffers'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "send" -d 'Send buffers to a process that waits for them'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "recv" -d 'Take buffers from another process'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "fill" -d 'Fill a buffer, or a part of it, with a pattern'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "verify" -d 'Compare a buffer, or a part of it, with a pattern, and report what differs'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "load" -d 'Copy a file or stdin into a buffer, or a part of it'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "dump" -d 'Copy a buffer, or a part of it, to a file or stdout'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "info" -d 'Identify a file descriptor, and report all that the kernel says about a dma-buf'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "import" -d 'Find out whether devices accept the buffers of a heap'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "fence" -d 'Show the fences of a buffer, wait for them, export or import one'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "buffers" -d 'Show every dma-buf of this machine and who holds it'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "doctor" -d 'Explain why a heap cannot be used, and how to fix it'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "limits" -d 'Find a heap\'s largest buffer and its total capacity'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "probe" -d 'Send malformed and well-formed requests, and check each answer'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "bench" -d 'Measure latency and bandwidth of heaps'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "stress" -d 'Allocate, fill, verify, share and free buffers at random, and check everything'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "sim" -d 'Run a command against simulated heaps, without privileges'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "generate" -d 'Write the manual pages or a shell\'s completions'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -l sysroot -d 'Read the files of the machine below DIR' -r -F
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -s o -l output -d 'Print these columns; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -l width -d 'Fit the table into N columns' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -s J -l json -d 'Print JSON, described in dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -l output-all -d 'Print all columns, also those without a value'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -s n -l noheadings -d 'Omit the line of column names'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -s H -l list-columns -d 'List the columns and exit'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -s r -l raw -d 'Separate fields by one space'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -s h -l help -d 'Print this page; --help describes all options'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s s -l size -d 'Set the size of each buffer' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s c -l count -d 'Allocate this many from each heap' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l name -d 'Name the buffers, with at most 31 bytes' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l heap -d 'Allocate from this heap; default: system' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l access -d 'Set the access mode of the descriptor: ro, wo, rw, none' -r -f -a "ro\t'Read only'
wo\t'Write only'
rw\t'Read and write'
none\t'Neither: O_ACCMODE'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l fd-flags -d 'Send exactly these fd_flags, to see how the kernel answers' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l heap-flags -d 'Send exactly these heap_flags with each request' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l abi -d 'Choose the request structure: auto, mainline, v12' -r -f -a "auto\t'The mainline request, else that of v12'
mainline\t'24 bytes'
v12\t'32 bytes'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s P -l fill -d 'Fill the buffers with a pattern, as dmaheap-fill(1) does' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l seed -d 'Seed the pattern' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l jobs -d 'Fill and verify with this many threads' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s o -l output -d 'Print these columns; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l width -d 'Fit the table into N columns' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l no-cloexec -d 'Let commands inherit the descriptor (omit O_CLOEXEC)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l force -d 'Send requests beyond the memory budget'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s v -l verbose -d 'Report which heap `cma` resolved to'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l verify -d 'Verify the pattern before freeing; status 3 if it differs'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s J -l json -d 'Print JSON, described in dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l output-all -d 'Print all columns, also those without a value'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s n -l noheadings -d 'Omit the line of column names'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s H -l list-columns -d 'List the columns and exit'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s r -l raw -d 'Separate fields by one space'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s h -l help -d 'Print this page; --help describes all options'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -s s -l size -d 'Set the size of each buffer' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l for -d 'Release them after this time, such as 10s' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l ready-fd -d 'Write a newline to descriptor N when ready' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l listen -d 'Serve them at this address: a path, or @NAME' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -s c -l count -d 'Allocate this many from each heap' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l name -d 'Name the buffers, with at most 31 bytes' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l heap -d 'Allocate from this heap; default: system' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l peer-timeout -d 'Limit the time of each client' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l access -d 'Set the access mode of the descriptor: ro, wo, rw, none' -r -f -a "ro\t'Read only'
wo\t'Write only'
rw\t'Read and write'
none\t'Neither: O_ACCMODE'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l fd-flags -d 'Send exactly these fd_flags, to see how the kernel answers' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l heap-flags -d 'Send exactly these heap_flags with each request' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l abi -d 'Choose the request structure: auto, mainline, v12' -r -f -a "auto\t'The mainline request, else that of v12'
mainline\t'24 bytes'
v12\t'32 bytes'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -s P -l fill -d 'Fill the buffers with a pattern, as dmaheap-fill(1) does' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l seed -d 'Seed the pattern' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l jobs -d 'Fill and verify with this many threads' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -s o -l output -d 'Print these columns; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l width -d 'Fit the table into N columns' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l until-eof -d 'Release them at end of input'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l detach -d 'Return when ready, and print the holder\'s PID'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l no-cloexec -d 'Let commands inherit the descriptor (omit O_CLOEXEC)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l force -d 'Send requests beyond the memory budget'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -s v -l verbose -d 'Report which heap `cma` resolved to'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l verify -d 'Verify the pattern before freeing; status 3 if it differs'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -s J -l json -d 'Print JSON, described in dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -l output-all -d 'Print all columns, also those without a value'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -s n -l noheadings -d 'Omit the line of column names'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -s H -l list-columns -d 'List the columns and exit'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -s r -l raw -d 'Separate fields by one space'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand hold" -s h -l help -d 'Print this page; --help describes all options'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -s s -l size -d 'Set the size of each buffer' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -s c -l count -d 'Allocate this many from each heap' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l name -d 'Name the buffers, with at most 31 bytes' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l heap -d 'Allocate from this heap; default: system' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l access -d 'Set the access mode of the descriptor: ro, wo, rw, none' -r -f -a "ro\t'Read only'
wo\t'Write only'
rw\t'Read and write'
none\t'Neither: O_ACCMODE'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l fd-flags -d 'Send exactly these fd_flags, to see how the kernel answers' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l heap-flags -d 'Send exactly these heap_flags with each request' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l abi -d 'Choose the request structure: auto, mainline, v12' -r -f -a "auto\t'The mainline request, else that of v12'
mainline\t'24 bytes'
v12\t'32 bytes'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -s P -l fill -d 'Fill the buffers with a pattern, as dmaheap-fill(1) does' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l seed -d 'Seed the pattern' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l jobs -d 'Fill and verify with this many threads' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l at-fd -d 'Pass the first buffer as descriptor N, and the others after it' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l no-cloexec -d 'Let commands inherit the descriptor (omit O_CLOEXEC)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l force -d 'Send requests beyond the memory budget'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -s v -l verbose -d 'Report which heap `cma` resolved to'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l verify -d 'Verify the pattern before freeing; status 3 if it differs'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -l replace -d 'Replace descriptors that are already open'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand exec" -s h -l help -d 'Print this page; --help describes all options'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -s s -l size -d 'Set the size of each buffer' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -s f -l fd -d 'Use this descriptor: inherited, or that of --pid' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l from-socket -d 'Take it from the `hold --listen` at this address' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -s c -l count -d 'Allocate this many from each heap' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l name -d 'Name the buffers, with at most 31 bytes' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l heap -d 'Allocate from this heap; default: system' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l access -d 'Set the access mode of the descriptor: ro, wo, rw, none' -r -f -a "ro\t'Read only'
wo\t'Write only'
rw\t'Read and write'
none\t'Neither: O_ACCMODE'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l fd-flags -d 'Send exactly these fd_flags, to see how the kernel answers' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l heap-flags -d 'Send exactly these heap_flags with each request' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l abi -d 'Choose the request structure: auto, mainline, v12' -r -f -a "auto\t'The mainline request, else that of v12'
mainline\t'24 bytes'
v12\t'32 bytes'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -s p -l pid -d 'Take the descriptor from this process' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l index -d 'Choose one of the socket\'s buffers, counted from 1' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l timeout -d 'Fail if the command has not finished after this time' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l peer-timeout -d 'Limit the time of the other end of the socket' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l any-fd -d 'Also send descriptors that are not dma-bufs'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l no-cloexec -d 'Let commands inherit the descriptor (omit O_CLOEXEC)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -l force -d 'Send requests beyond the memory budget'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -s v -l verbose -d 'Report which heap `cma` resolved to'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand send" -s h -l help -d 'Print this page; --help describes all options'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -l listen -d 'Wait at this address until one sender has sent' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -l ready-fd -d 'Write a newline to descriptor N when ready' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -l timeout -d 'Fail if the command has not finished after this time' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -l peer-timeout -d 'Limit the time of the other end of the socket' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -l at-fd -d 'Pass the first buffer as descriptor N, and the others after it' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -s o -l output -d 'Print these columns; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -l width -d 'Fit the table into N columns' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -l any-fd -d 'Also accept descriptors that are not dma-bufs'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -l replace -d 'Replace descriptors that are already open'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -s J -l json -d 'Print JSON, described in dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -l output-all -d 'Print all columns, also those without a value'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -s n -l noheadings -d 'Omit the line of column names'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -s H -l list-columns -d 'List the columns and exit'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -s r -l raw -d 'Separate fields by one space'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand recv" -s h -l help -d 'Print this page; --help describes all options'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -s P -l pattern -d 'Choose the bytes: zero, ones, byte=0xNN, word=0xNNNNNNNN, checkerboard, walking-ones, walking-zeros, address, increment, prbs31, random, or file=PATH' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -s f -l fd -d 'Use this descriptor: inherited, or that of --pid' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -l from-socket -d 'Take it from the `hold --listen` at this address' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -l seed -d 'Seed the pattern; each seed gives different bytes' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -l jobs -d 'Use this many threads' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -s p -l pid -d 'Take the descriptor from this process' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -l index -d 'Choose one of the socket\'s buffers, counted from 1' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -l timeout -d 'Fail if the command has not finished after this time' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -l peer-timeout -d 'Limit the time of the other end of the socket' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -l offset -d 'Start at this byte' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -l length -d 'Limit the range to this many bytes' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -l sync -d 'Send these DMA_BUF_IOCTL_SYNC: both, start, end, or none' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -l width -d 'Use only aligned accesses of 8, 16, 32 or 64 bits' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -l progress -d 'Show progress: auto, always, never' -r -f -a "auto\t'If stderr is a terminal'
always\t'Wherever stderr goes'
never\t'Not at all'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fill" -s h -l help -d 'Print this page; --help describes all options'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -s P -l pattern -d 'Choose the bytes: zero, ones, byte=0xNN, word=0xNNNNNNNN, checkerboard, walking-ones, walking-zeros, address, increment, prbs31, random, or file=PATH' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -s f -l fd -d 'Use this descriptor: inherited, or that of --pid' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l from-socket -d 'Take it from the `hold --listen` at this address' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l extents -d 'List at most N differing runs' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l seed -d 'Seed the pattern; each seed gives different bytes' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l jobs -d 'Use this many threads' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -s p -l pid -d 'Take the descriptor from this process' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l index -d 'Choose one of the socket\'s buffers, counted from 1' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l timeout -d 'Fail if the command has not finished after this time' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l peer-timeout -d 'Limit the time of the other end of the socket' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l offset -d 'Start at this byte' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l length -d 'Limit the range to this many bytes' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l sync -d 'Send these DMA_BUF_IOCTL_SYNC: both, start, end, or none' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l width -d 'Use only aligned accesses of 8, 16, 32 or 64 bits' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l progress -d 'Show progress: auto, always, never' -r -f -a "auto\t'If stderr is a terminal'
always\t'Wherever stderr goes'
never\t'Not at all'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -s o -l output -d 'Print these columns; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -s J -l json -d 'Print JSON, described in dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -l output-all -d 'Print all columns, also those without a value'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -s n -l noheadings -d 'Omit the line of column names'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -s H -l list-columns -d 'List the columns and exit; excludes all other options'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand verify" -s h -l help -d 'Print this page; --help describes all options'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand load" -s f -l fd -d 'Use this descriptor: inherited, or that of --pid' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand load" -l from-socket -d 'Take it from the `hold --listen` at this address' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand load" -s p -l pid -d 'Take the descriptor from this process' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand load" -l index -d 'Choose one of the socket\'s buffers, counted from 1' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand load" -l timeout -d 'Fail if the command has not finished after this time' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand load" -l peer-timeout -d 'Limit the time of the other end of the socket' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand load" -l offset -d 'Start at this byte' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand load" -l length -d 'Limit the range to this many bytes' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand load" -l sync -d 'Send these DMA_BUF_IOCTL_SYNC: both, start, end, or none' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand load" -l width -d 'Use only aligned accesses of 8, 16, 32 or 64 bits' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand load" -l progress -d 'Show progress: auto, always, never' -r -f -a "auto\t'If stderr is a terminal'
always\t'Wherever stderr goes'
never\t'Not at all'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand load" -s h -l help -d 'Print this page; --help describes all options'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -s f -l fd -d 'Use this descriptor: inherited, or that of --pid' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -l from-socket -d 'Take it from the `hold --listen` at this address' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -s p -l pid -d 'Take the descriptor from this process' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -l index -d 'Choose one of the socket\'s buffers, counted from 1' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -l timeout -d 'Fail if the command has not finished after this time' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -l peer-timeout -d 'Limit the time of the other end of the socket' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -l offset -d 'Start at this byte' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -l length -d 'Limit the range to this many bytes' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -l sync -d 'Send these DMA_BUF_IOCTL_SYNC: both, start, end, or none' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -l width -d 'Use only aligned accesses of 8, 16, 32 or 64 bits' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -l progress -d 'Show progress: auto, always, never' -r -f -a "auto\t'If stderr is a terminal'
always\t'Wherever stderr goes'
never\t'Not at all'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -l hex -d 'Print a hex dump like hexdump -C'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand dump" -s h -l help -d 'Print this page; --help describes all options'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -s f -l fd -d 'Use this descriptor: inherited, or that of --pid' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -l from-socket -d 'Take it from the `hold --listen` at this address' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -s p -l pid -d 'Take the descriptor from this process' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -l index -d 'Choose one of the socket\'s buffers, counted from 1' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -l timeout -d 'Fail if the command has not finished after this time' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -l peer-timeout -d 'Limit the time of the other end of the socket' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -s o -l output -d 'Print these columns; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -s J -l json -d 'Print JSON, described in dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -l output-all -d 'Print all columns, also those without a value'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -s n -l noheadings -d 'Omit the line of column names'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -s H -l list-columns -d 'List the columns and exit; excludes all other options'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand info" -s h -l help -d 'Print this page; --help describes all options'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand import" -l device -d 'Ask this device (can be repeated); default: all' -r -F
complete -c dmaheap -n "__fish_dmaheap_using_subcommand import" -s s -l size -d 'Set the size of each buffer' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand import" -l tries -d 'Try N buffers of a heap that may not be contiguous' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand import" -l framebuffer -d 'Also make a framebuffer: WxH:FORMAT[:MODIFIER]' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand import" -l heap -d 'Ask about this heap (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand import" -s p -l pid -d 'Take the descriptor from this process' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand import" -l index -d 'Choose one of the socket\'s buffers, counted from 1' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand import" -s f -l fd -d 'Use this descriptor: inherited, or that of --pid' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand import" -l from-socket -d 'Take it from the `hold --listen` at this address' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand import" -s o -l output -d 'Print these columns; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand import" -l width -d 'Fit the table into N columns' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand import" -l peer-timeout -d 'Limit the time of the other end of the socket' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand import" -l timeout -d 'Fail if the command has not finished after this time' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand import" -l hold -d 'Keep the devices attached until a signal comes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand import" -l force -d 'Test beyond the memory budget'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand import" -s J -l json -d 'Print JSON, described in dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand import" -l output-all -d 'Print all columns, also those without a value'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand import" -s n -l noheadings -d 'Omit the line of column names'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand import" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand import" -s H -l list-columns -d 'List the columns and exit'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand import" -s r -l raw -d 'Separate fields by one space'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand import" -s h -l help -d 'Print this page; --help describes all options'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fence" -l from-socket -d 'Take it from the `hold --listen` at this address' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fence" -s f -l fd -d 'Use this descriptor: inherited, or that of --pid' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fence" -l for -d 'Choose what waits: read or write' -r -f -a "read\t''
write\t''"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fence" -l export -d 'Pass the fences to the command as descriptor N' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fence" -l import -d 'Add the fences of sync_file N to the buffer' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fence" -s p -l pid -d 'Take the descriptor from this process' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fence" -l index -d 'Choose one of the socket\'s buffers, counted from 1' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fence" -l timeout -d 'Fail if the command has not finished after this time' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fence" -l peer-timeout -d 'Limit the time of the other end of the socket' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fence" -s o -l output -d 'Print these columns; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fence" -l width -d 'Fit the table into N columns' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fence" -l wait -d 'Wait until the fences are signaled'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fence" -s J -l json -d 'Print JSON, described in dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fence" -l output-all -d 'Print all columns, also those without a value'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fence" -s n -l noheadings -d 'Omit the line of column names'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fence" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fence" -s H -l list-columns -d 'List the columns and exit'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fence" -s r -l raw -d 'Separate fields by one space'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand fence" -s h -l help -d 'Print this page; --help describes all options'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l by -d 'Choose what a row is' -r -f -a "buffer\t'A buffer'
process\t'A process'
cgroup\t'A memory cgroup with processes that hold any'
exporter\t'An exporter'
total\t'All buffers, those held by processes, and those held only by the kernel'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l sort -d 'Sort by a column; -COL puts the largest first' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l sysroot -d 'Read the files of the machine below DIR' -r -F
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -s p -l pid -d 'Show only buffers that this process holds (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l exporter -d 'Show only buffers of this exporter (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l inode -d 'Show only the buffer with this inode (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l name -d 'Show only buffers whose name matches (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l watch -d 'Repeat every SECONDS' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l until-count -d 'Wait until there are exactly N rows, then print them' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l timeout -d 'Stop --watch or --until-count after this time' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -s o -l output -d 'Print these columns; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l width -d 'Fit the table into N columns' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l strict -d 'Fail with status 1 if something could not be read'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l orphans -d 'Show only buffers that no process holds'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l diff -d 'With --watch, add a column CHANGE since the start'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -s J -l json -d 'Print JSON, described in dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l output-all -d 'Print all columns, also those without a value'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -s n -l noheadings -d 'Omit the line of column names'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -s H -l list-columns -d 'List the columns and exit'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -s r -l raw -d 'Separate fields by one space'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -s h -l help -d 'Print this page; --help describes all options'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -l sysroot -d 'Read the files of the machine below DIR' -r -F
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -l heap -d 'Ask about this heap (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -s o -l output -d 'Print these columns; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -l width -d 'Fit the table into N columns' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -s J -l json -d 'Print JSON, described in dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -l output-all -d 'Print all columns, also those without a value'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -s n -l noheadings -d 'Omit the line of column names'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -s H -l list-columns -d 'List the columns and exit'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -s r -l raw -d 'Separate fields by one space'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -s h -l help -d 'Print this page; --help describes all options'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -s c -l chunk -d 'Add up buffers of this size' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -l timeout -d 'Stop after this time, for all heaps together' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -l heap -d 'Ask about this heap (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -l heap-flags -d 'Send exactly these heap_flags with each request' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -l abi -d 'Choose the request structure: auto, mainline, v12' -r -f -a "auto\t'The mainline request, else that of v12'
mainline\t'24 bytes'
v12\t'32 bytes'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -s o -l output -d 'Print these columns; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -l width -d 'Fit the table into N columns' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -l force -d 'Send requests beyond the memory budget'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -s v -l verbose -d 'Report which heap `cma` resolved to'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -s J -l json -d 'Print JSON, described in dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -l output-all -d 'Print all columns, also those without a value'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -s n -l noheadings -d 'Omit the line of column names'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -s H -l list-columns -d 'List the columns and exit'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -s r -l raw -d 'Separate fields by one space'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand limits" -s h -l help -d 'Print this page; --help describes all options'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l case -d 'Run the cases with this id (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l group -d 'Run the cases of a group (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l expect -d 'Read known deviations of a platform from FILE' -r -F
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l compare -d 'Compare the answers with those in FILE' -r -F
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l fuzz -d 'Send N random requests instead of the cases' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l seed -d 'Repeat the random requests of this seed' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l abi -d 'Choose the request structure: auto, mainline, v12' -r -f -a "auto\t'The mainline request, else that of v12'
mainline\t'24 bytes'
v12\t'32 bytes'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l heap -d 'Ask about this heap (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l format -d 'Choose the format: table, ktap, json, junit, or lava' -r -f -a "table\t'A table'
ktap\t'KTAP version 1'
json\t'One object'
junit\t'JUnit\'s XML'
lava\t'LAVA\'s signals'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l junit -d 'Also write JUnit XML to FILE' -r -F
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -s o -l output -d 'Print these columns; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l width -d 'Fit the table into N columns' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l list-cases -d 'List the cases and exit; with -J, as JSON'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l fail-fast -d 'Stop after the first failure'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l strict -d 'Treat known deviations as failures'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l unsafe -d 'Also run the cases that trigger the OOM killer'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l force -d 'Open nodes that cannot be verified to be heaps'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l nested -d 'Print KTAP with one subtest per heap instead of a flat list'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -s v -l verbose -d 'Print one line per case in the table'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -s J -l json -d 'Print JSON, described in dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -l output-all -d 'Print all columns, also those without a value'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -s n -l noheadings -d 'Omit the line of column names'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -s H -l list-columns -d 'List the columns and exit'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -s r -l raw -d 'Separate fields by one space'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand probe" -s h -l help -d 'Print this page; --help describes all options'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -s s -l size -d 'Set a buffer size' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -s i -l iterations -d 'Measure this many buffers instead of a time' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -s d -l duration -d 'Run for this time, such as 1m' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -l warmup -d 'Warm up with this many buffers' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -s j -l jobs -d 'Run this many threads at the same time' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -l pin -d 'Pin the jobs to this CPU (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -l progress -d 'Show progress: auto, always, never' -r -f -a "auto\t'If stderr is a terminal'
always\t'Wherever stderr goes'
never\t'Not at all'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -l save -d 'Save the results to FILE, for --compare and --from' -r -F
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -l compare -d 'Compare with results saved in FILE' -r -F
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -l plot -d 'Plot the results to FILE, as SVG' -r -F
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -l from -d 'Read saved results from FILE instead of measuring' -r -F
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -l heap -d 'Ask about this heap (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -s o -l output -d 'Print these columns; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -l width -d 'Fit the table into N columns' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -l force -d 'Measure beyond the memory budget'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -s J -l json -d 'Print JSON, described in dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -l output-all -d 'Print all columns, also those without a value'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -s n -l noheadings -d 'Omit the line of column names'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -s H -l list-columns -d 'List the columns and exit'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -s r -l raw -d 'Separate fields by one space'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand bench" -s h -l help -d 'Print this page; --help describes all options'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -l min-size -d 'Set the size of the smallest buffer' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -l max-size -d 'Set the size of the largest buffer' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -l max-hold -d 'Limit what is held at the same time' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -s d -l duration -d 'Run for this time, such as 1h' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -s i -l iterations -d 'Run this many operations in each job' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -s j -l jobs -d 'Run this many jobs at the same time' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -l seed -d 'Repeat the operations of this seed' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -l report -d 'Print a report after each such time' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -l heap -d 'Ask about this heap (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -l heap-flags -d 'Send exactly these heap_flags with each request' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -l abi -d 'Choose the request structure: auto, mainline, v12' -r -f -a "auto\t'The mainline request, else that of v12'
mainline\t'24 bytes'
v12\t'32 bytes'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -s o -l output -d 'Print these columns; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -l width -d 'Fit the table into N columns' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -l trace -d 'Print each operation on stderr before it is done'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -l force -d 'Send requests beyond the memory budget'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -s v -l verbose -d 'Report which heap `cma` resolved to'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -s J -l json -d 'Print JSON, described in dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -l output-all -d 'Print all columns, also those without a value'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -s n -l noheadings -d 'Omit the line of column names'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -s H -l list-columns -d 'List the columns and exit'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -s r -l raw -d 'Separate fields by one space'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand stress" -s h -l help -d 'Print this page; --help describes all options'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand sim" -l abi -d 'Choose the allocation request that the heaps support' -r -f -a "mainline\t'Linux 5.6 and later'
v12\t'The 2019 patch series, version 12'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand sim" -l kernel -d 'Answer like this kernel release, and name CMA heaps as it does' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand sim" -l heap -d 'Add a heap (can be repeated; default: system, default_cma_region=cma:64M)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand sim" -l backing -d 'Choose what buffers are made of' -r -f -a "memfd\t'Anonymous memory, with every access mode'
udmabuf\t'Real dma-bufs from /dev/udmabuf, O_RDWR only'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand sim" -l fault -d 'Inject a fault (can be repeated; rule:list prints the rules that can be broken)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand sim" -s h -l help -d 'Print this page; --help describes all options'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand generate; and not __fish_seen_subcommand_from man completions" -s h -l help -d 'Print this page; --help describes all options'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand generate; and not __fish_seen_subcommand_from man completions" -f -a "man" -d 'Write all manual pages into a directory, which is created if necessary'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand generate; and not __fish_seen_subcommand_from man completions" -f -a "completions" -d 'Print the completion script of a shell'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info import fence buffers doctor limits probe bench stress sim generate help" -f -a "list" -d 'List the heaps of this machine and whether you may use them'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info import fence buffers doctor limits probe bench stress sim generate help" -f -a "alloc" -d 'Allocate buffers, report what the kernel returned, and free them'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info import fence buffers doctor limits probe bench stress sim generate help" -f -a "hold" -d 'Allocate buffers and keep them until a signal, a time or end of input'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info import fence buffers doctor limits probe bench stress sim generate help" -f -a "exec" -d 'Run a command that inherits buffers'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info import fence buffers doctor limits probe bench stress sim generate help" -f -a "send" -d 'Send buffers to a process that waits for them'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info import fence buffers doctor limits probe bench stress sim generate help" -f -a "recv" -d 'Take buffers from another process'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info import fence buffers doctor limits probe bench stress sim generate help" -f -a "fill" -d 'Fill a buffer, or a part of it, with a pattern'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info import fence buffers doctor limits probe bench stress sim generate help" -f -a "verify" -d 'Compare a buffer, or a part of it, with a pattern, and report what differs'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info import fence buffers doctor limits probe bench stress sim generate help" -f -a "load" -d 'Copy a file or stdin into a buffer, or a part of it'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info import fence buffers doctor limits probe bench stress sim generate help" -f -a "dump" -d 'Copy a buffer, or a part of it, to a file or stdout'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info import fence buffers doctor limits probe bench stress sim generate help" -f -a "info" -d 'Identify a file descriptor, and report all that the kernel says about a dma-buf'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info import fence buffers doctor limits probe bench stress sim generate help" -f -a "import" -d 'Find out whether devices accept the buffers of a heap'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info import fence buffers doctor limits probe bench stress sim generate help" -f -a "fence" -d 'Show the fences of a buffer, wait for them, export or import one'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info import fence buffers doctor limits probe bench stress sim generate help" -f -a "buffers" -d 'Show every dma-buf of this machine and who holds it'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info import fence buffers doctor limits probe bench stress sim generate help" -f -a "doctor" -d 'Explain why a heap cannot be used, and how to fix it'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info import fence buffers doctor limits probe bench stress sim generate help" -f -a "limits" -d 'Find a heap\'s largest buffer and its total capacity'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info import fence buffers doctor limits probe bench stress sim generate help" -f -a "probe" -d 'Send malformed and well-formed requests, and check each answer'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info import fence buffers doctor limits probe bench stress sim generate help" -f -a "bench" -d 'Measure latency and bandwidth of heaps'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info import fence buffers doctor limits probe bench stress sim generate help" -f -a "stress" -d 'Allocate, fill, verify, share and free buffers at random, and check everything'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info import fence buffers doctor limits probe bench stress sim generate help" -f -a "sim" -d 'Run a command against simulated heaps, without privileges'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info import fence buffers doctor limits probe bench stress sim generate help" -f -a "generate" -d 'Write the manual pages or a shell\'s completions'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc hold exec send recv fill verify load dump info import fence buffers doctor limits probe bench stress sim generate help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and __fish_seen_subcommand_from generate" -f -a "man" -d 'Write all manual pages into a directory, which is created if necessary'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and __fish_seen_subcommand_from generate" -f -a "completions" -d 'Print the completion script of a shell'
