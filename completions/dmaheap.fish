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
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "buffers" -d 'Show every dma-buf of this machine and who holds it'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "doctor" -d 'Find out why heaps do not work here, and say what helps'
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -l sysroot -d 'Look at the files of a machine below DIR; nothing is opened for access there' -r -F
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -s o -l output -d 'Columns to print, comma-separated; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -l width -d 'Fit the table into N columns by shortening texts; the last column may run over' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -s J -l json -d 'Print JSON: one object with version, simulated, and rows; see dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -l output-all -d 'Print all columns'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -s n -l noheadings -d 'Leave the line of column names out'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -s r -l raw -d 'Separate fields by one space, with spaces in a field as \\x20'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -s H -l list-columns -d 'List the columns and end'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l heap -d 'Heap to allocate from: a name, `cma`, or a path (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s s -l size -d 'Size of each buffer, which the kernel rounds up to pages' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s c -l count -d 'Number of buffers' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l access -d 'Access mode of the new descriptor: ro, wo, rw, or none (both bits set, nothing can be mapped)' -r -f -a "ro\t'Read only'
wo\t'Write only'
rw\t'Read and write'
none\t'Neither: O_ACCMODE'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l fd-flags -d 'Send these fd_flags as they are, to see what the kernel answers' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l heap-flags -d 'Send these heap_flags as they are, to see what the kernel answers' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l name -d 'Name the buffers, in at most 31 bytes (DMA_BUF_SET_NAME)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l abi -d 'Structure of the request: auto, mainline (24 bytes), or v12 (the 2019 series, 32 bytes)' -r -f -a "auto\t'Mainline\'s, else that of v12'
mainline\t'24 bytes'
v12\t'32 bytes'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s o -l output -d 'Columns to print, comma-separated; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l width -d 'Fit the table into N columns by shortening texts; the last column may run over' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l no-cloexec -d 'Let the descriptor be inherited by commands (leave O_CLOEXEC out)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l force -d 'Send requests beyond the memory budget, and open nodes that cannot be verified'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s v -l verbose -d 'Say on stderr which heap `cma` stands for'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s J -l json -d 'Print JSON: one object with version, simulated, and rows; see dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -l output-all -d 'Print all columns'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s n -l noheadings -d 'Leave the line of column names out'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s r -l raw -d 'Separate fields by one space, with spaces in a field as \\x20'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s H -l list-columns -d 'List the columns and end'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand alloc" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l by -d 'What a row is: a buffer, a process that holds any, an exporter, or a total' -r -f -a "buffer\t'A buffer'
process\t'A process'
exporter\t'An exporter'
total\t'All, those that processes hold, those that only the kernel holds'"
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -s p -l pid -d 'Only buffers that this process holds (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l exporter -d 'Only buffers of this exporter: a heap, a driver (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l inode -d 'Only the buffer with this inode number (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l name -d 'Only buffers whose name matches: * ? and [abc] as in the shell (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l sort -d 'Sort by a column; -COL puts the largest first' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l sysroot -d 'Look at the files of a machine below DIR' -r -F
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l watch -d 'Look again and again: redraw on a terminal, print a JSON object a line elsewhere' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l until-count -d 'Wait until there are exactly N rows, then print them' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l timeout -d 'How long --watch looks or --until-count waits; waiting in vain is status 1' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -s o -l output -d 'Columns to print, comma-separated; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l width -d 'Fit the table into N columns by shortening texts; the last column may run over' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l orphans -d 'Only buffers that no process holds'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l strict -d 'Fail with status 1 if anything could not be read that may hide a buffer or a holder'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l diff -d 'With --watch, show in a column CHANGE what came, went and grew since the start'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -s J -l json -d 'Print JSON: one object with version, simulated, and rows; see dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -l output-all -d 'Print all columns'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -s n -l noheadings -d 'Leave the line of column names out'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -s r -l raw -d 'Separate fields by one space, with spaces in a field as \\x20'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -s H -l list-columns -d 'List the columns and end'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand buffers" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -l heap -d 'Look at this heap only: a name, `cma`, or a path (can be repeated)' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -l sysroot -d 'Look at the files of a machine below DIR; nothing is opened for access there' -r -F
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -s o -l output -d 'Columns to print, comma-separated; +COL adds to the default ones' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -l width -d 'Fit the table into N columns by shortening texts; the last column may run over' -r
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -s J -l json -d 'Print JSON: one object with version, simulated, and rows; see dmaheap-json(5)'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -l output-all -d 'Print all columns'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -s n -l noheadings -d 'Leave the line of column names out'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -s r -l raw -d 'Separate fields by one space, with spaces in a field as \\x20'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -s b -l bytes -d 'Print sizes as numbers of bytes'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -s H -l list-columns -d 'List the columns and end'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc buffers doctor help" -f -a "list" -d 'List the heaps of this machine, and whether you may use them'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc buffers doctor help" -f -a "alloc" -d 'Allocate buffers, report what the kernel gave, and free them'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc buffers doctor help" -f -a "buffers" -d 'Show every dma-buf of this machine and who holds it'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc buffers doctor help" -f -a "doctor" -d 'Find out why heaps do not work here, and say what helps'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc buffers doctor help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
