# Completions of dmaheap for fish. dmaheap itself says what a word may become.
function __dmaheap_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l current (string unescape -- $typed; or echo -- $typed)
    set -l program (string replace -r '^~' -- $HOME $words[1])
    set -l lines ($program complete fish $words "$current" 2>/dev/null)
    switch "$lines[1]"
        case \t'files *' \t'directories *'
            set -l skipped (string replace -r '.* ' '' -- $lines[1])
            set -l kept (string sub -l $skipped -- "$current")
            set -l path (string sub -s (math $skipped + 1) -- "$current")
            if string match -q \t'directories *' -- $lines[1]
                __fish_complete_directories "$path" | string replace -r '^' -- "$kept"
            else
                __fish_complete_path "$path" | string replace -r '^' -- "$kept"
            end
        case \t'command *'
            set -l first (math (string replace -r '.* ' '' -- $lines[1]) + 1)
            complete -C (string join ' ' -- (string escape -- $words[$first..]) "$typed")
        case '*'
            string join \n -- $lines
    end
end
complete -c dmaheap -f -a '(__dmaheap_complete)'
