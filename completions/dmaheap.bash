# Completions of dmaheap for bash 4 and later. dmaheap itself says what a word may become.
_dmaheap() {
    local line=${COMP_LINE:0:COMP_POINT} word=$2 answer at=0 rest index
    mapfile -t COMPREPLY < <("${1/#\~/$HOME}" complete bash "$line" "$word" 2>/dev/null)
    answer=${COMPREPLY[0]-}
    case $answer in
        $'\tfiles '*)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
            ;;
        $'\tdirectories '*)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -d -- "$word")
            ;;
        $'\tcommand '*)
            COMPREPLY=()
            # The word that begins there, as bash counts words.
            for ((index = 0; index < COMP_CWORD; index++)); do
                rest=${line:at}
                rest=${rest#"${rest%%[![:space:]]*}"}
                at=$((${#line} - ${#rest}))
                ((at < ${answer##* })) || break
                at=$((at + ${#COMP_WORDS[index]}))
            done
            if declare -F _command_offset >/dev/null; then
                _command_offset "$index"
            elif ((index == COMP_CWORD)); then
                mapfile -t COMPREPLY < <(compgen -c -- "$word")
            else
                compopt -o filenames
                mapfile -t COMPREPLY < <(compgen -f -- "$word")
            fi
            ;;
        *=) compopt -o nospace ;;
    esac
}
complete -F _dmaheap dmaheap
