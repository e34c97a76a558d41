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
complete -c dmaheap -n "__fish_dmaheap_needs_command" -f -a "probe" -d 'Send malformed and well-formed requests, and compare each answer with what the kernel has to say'
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
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc probe help" -f -a "list" -d 'List the heaps of this machine, and whether you may use them'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc probe help" -f -a "alloc" -d 'Allocate buffers, report what the kernel gave, and free them'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc probe help" -f -a "probe" -d 'Send malformed and well-formed requests, and compare each answer with what the kernel has to say'
complete -c dmaheap -n "__fish_dmaheap_using_subcommand help; and not __fish_seen_subcommand_from list alloc probe help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
