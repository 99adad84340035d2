# Completion of weft for bash, written by: weft completions bash

_weft() {
  # bash takes --format=json and figure/data=mnist apart at "=" and ":"; weft wants words as they were typed
  local word typed=() count=0 open=
  for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ $count -gt 0 && ( -n $open || $word == [=:]* ) ]]; then
      typed[count - 1]+=$word
    else
      typed[count]=$word
      count=$((count + 1))
    fi
    open=
    [[ $word == *[=:] ]] && open=yes
  done
  local current=${typed[count - 1]}

  local line files= words=()
  while IFS= read -r line; do
    if [[ -z $files ]]; then files=$line; else words+=("${line%%$'\t'*}"); fi
  done < <(INIT_CWD=$PWD @WEFT@ bash "${typed[@]}" 2>/dev/null)

  # the part of the word that bash replaces
  local part=$current
  [[ $COMP_WORDBREAKS == *=* ]] && part=${part##*=}
  [[ $COMP_WORDBREAKS == *:* ]] && part=${part##*:}
  local kept=${current%"$part"}
  COMPREPLY=()
  for word in ${words[@]+"${words[@]}"}; do
    COMPREPLY+=("${word#"$kept"}")
  done

  local pattern
  case $files in
    any) pattern='*' ;;
    yaml) pattern='*.y*ml' ;;
    folders) pattern= ;;
    *) return ;;
  esac
  compopt -o filenames 2>/dev/null
  while IFS= read -r line; do
    COMPREPLY+=("$line")
  done < <(
    compgen -d -- "$part"
    [[ -n $pattern ]] && compgen -f -X "!$pattern" -- "$part" |
      while IFS= read -r line; do [[ -d $line ]] || printf '%s\n' "$line"; done
  )
}

complete -o nosort -F _weft weft 2>/dev/null || complete -F _weft weft
