#compdef weft
# Completion of weft for zsh, written by: weft completions zsh

_weft() {
  local -a lines candidates
  local line word description
  lines=("${(@f)$(INIT_CWD=$PWD @WEFT@ zsh "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
  for line in $lines[2,-1]; do
    word=${line%%$'\t'*}
    description=${line#*$'\t'}
    candidates+=("${word//:/\\:}${description:+:$description}")
  done
  case $lines[1] in
    any) compset -P '--*='; _files ;;
    yaml) compset -P '--*='; _files -g '*.(yaml|yml)' ;;
    folders) compset -P '--*='; _files -/ ;;
    *) _describe -V weft candidates ;;
  esac
}

# as a file in $fpath it is the body of _weft; read by source or eval it has to tell what it completes
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _weft "$@"
else
  compdef _weft weft
fi
