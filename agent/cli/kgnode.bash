# bash completion for kgnode(8)
_kgnode() {
  local cur=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]:-}
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "run early firstboot check plan apply confirm revert status firewall log" -- "$cur")
    return
  fi
  case $verb in
    firewall) mapfile -t COMPREPLY < <(compgen -W "show explain --config -o" -- "$cur") ;;
    log) mapfile -t COMPREPLY < <(compgen -W "verify --lines -o" -- "$cur") ;;
    apply) mapfile -t COMPREPLY < <(compgen -f -W "--confirm-within -o" -- "$cur") ;;
    firstboot) mapfile -t COMPREPLY < <(compgen -d -W "--seed --out --network" -- "$cur") ;;
    check | plan) mapfile -t COMPREPLY < <(compgen -f -W "-o" -- "$cur") ;;
    *) mapfile -t COMPREPLY < <(compgen -W "-o" -- "$cur") ;;
  esac
}
complete -F _kgnode kgnode
