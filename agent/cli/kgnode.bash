# bash completion for kgnode(8)
# shellcheck shell=bash

# _kgnode_words PATH: what may follow these verbs.
_kgnode_words() {
  case $1 in
    "") echo run early firstboot check plan apply confirm revert status dashboard doctor support-bundle open-bundle cluster firewall ban storage k3s upgrade rollback reboot reset carry-out-reboot carry-out-reset look-at-audit look-at-cluster tell-cluster rehearse-snapshots release write-slot health-gate log --version ;;
    dashboard) echo --read-only ;;
    support-bundle) echo --out --to -o ;;
    open-bundle) echo --key --out ;;
    firstboot) echo --seed --out --network ;;
    apply) echo --confirm-within -o ;;
    firewall) echo show explain ;;
    "firewall show") echo --config --role -o ;;
    "firewall explain") echo --config -o ;;
    ban) echo list add remove why scan ;;
    "ban add") echo --for -o ;;
    "ban scan") echo --summary --jail --config -o ;;
    storage) echo list plan prepare ;;
    k3s) echo status diagnose install render snapshots snapshot snapshot-key open-token restore rejoin ;;
    "k3s install") echo --sha256 ;;
    "k3s render") echo --config --out --start ;;
    "k3s snapshot-key") echo --out ;;
    "k3s open-token") echo --key ;;
    "k3s restore") echo --dry-run --token-file --others-are-stopped ;;
    "k3s rejoin") echo --confirm --hold ;;
    "storage prepare") echo --disk --confirm -o ;;
    upgrade | rollback) echo --reboot -o ;;
    health-gate) echo --within ;;
    reboot) echo --within --force -o ;;
    reset) echo --confirm --erase-data-disk -o ;;
    doctor) echo --profile --sign --key --verify -o ;;
    log) echo verify --lines -o ;;
    check | plan | confirm | revert | status | cluster | "log verify" | "ban list" | "ban remove" | "ban why" | "storage list" | "storage plan" | "k3s diagnose" | "k3s status" | "k3s snapshots" | "k3s snapshot") echo -o ;;
  esac
}

# _kgnode_path: the verbs on the line before the cursor.
_kgnode_path() {
  local word path=
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $path,$word in
      ,[a-z]*) path=$word ;;
      firewall,show | firewall,explain | log,verify | ban,list | ban,add | ban,remove | ban,why | ban,scan | storage,list | storage,plan | storage,prepare | k3s,diagnose | k3s,install | k3s,render | k3s,status | k3s,snapshots | k3s,snapshot | k3s,snapshot-key | k3s,open-token | k3s,restore | k3s,rejoin) path+=" $word" ;;
    esac
  done
  echo "$path"
}

_kgnode() {
  local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} path
  path=$(_kgnode_path)
  COMPREPLY=()
  case $before in
    -o) mapfile -t COMPREPLY < <(compgen -W "text json" -- "$cur") ;;
    --role) mapfile -t COMPREPLY < <(compgen -W "control-plane worker" -- "$cur") ;;
    --start) mapfile -t COMPREPLY < <(compgen -W "initialise join resume" -- "$cur") ;;
    --profile) mapfile -t COMPREPLY < <(compgen -W "cis anssi k3s-cis" -- "$cur") ;;
    --config | --key | --token-file | --sign | --verify) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    --seed | --out)
      if [[ $path == *-bundle ]]; then mapfile -t COMPREPLY < <(compgen -f -- "$cur"); else mapfile -t COMPREPLY < <(compgen -d -- "$cur"); fi
      ;;
    --confirm-within | --within | --for | --lines | --jail | --disk | --confirm | --sha256 | --to) ;;
    *)
      mapfile -t COMPREPLY < <(compgen -W "$(_kgnode_words "$path")" -- "$cur")
      case $path in
        check | plan | apply | upgrade | open-bundle | "ban scan" | "k3s diagnose" | "k3s open-token" | "k3s install" | "k3s restore") mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$cur") ;;
      esac
      ;;
  esac
}
complete -o filenames -F _kgnode kgnode
