# Completion of weft for fish, written by: weft completions fish

function __weft_complete
    set -l path (commandline -ct | string unescape)
    set -l typed (commandline -opc)[2..] "$path"
    set -l lines (INIT_CWD=$PWD @WEFT@ fish $typed 2>/dev/null)
    # of --output=figures/a the part after "=" is a path
    set -l option ""
    if string match -q -r -- '^--[^=]*=' $path
        set option (string replace -r -- '=.*' '=' $path)
        set path (string replace -r -- '^[^=]*=' '' $path)
    end
    switch "$lines[1]"
        case any
            set -a lines $option(__fish_complete_path $path)
        case yaml
            set -a lines $option(__fish_complete_path $path | string match -r '^.*(?:/|\.ya?ml)(?:\t.*)?$')
        case folders
            set -a lines $option(__fish_complete_directories $path '')
    end
    printf '%s\n' $lines[2..]
end

complete -c weft -e
complete -c weft -f -k -a '(__weft_complete)'
