#!/bin/bash
# The verb behind `./dev image`: trees, lock, and the disk image when something that goes into it has changed. To be sourced by dev.
# shellcheck disable=SC2154 # checkout, tree and build_root are variables of dev, results one of the test runner

need_image_trees() {
  configure build
  need_tree machine node.packages machine.packages
  export KGNODE_MACHINE_TREE=$tree
  need_tree image-tools image-tools.packages
  export KGNODE_TOOLS_TREE=$tree
}

# need_update_key: what updates are signed with; made once, in the cache, unless the caller names one. The image has KEY.pub.
need_update_key() {
  export KGNODE_UPDATE_KEY=${KGNODE_UPDATE_KEY:-$KGNODE_CACHE/update-key}
  [[ -e $KGNODE_UPDATE_KEY ]] || inside build/bundle-tool key "$KGNODE_UPDATE_KEY"
}

# made_from: stands for all that goes into the disk image.
made_from() {
  {
    echo "$KGNODE_MACHINE_TREE $KGNODE_TOOLS_TREE $build_root"
    # shellcheck disable=SC2086 # a folder or none
    find image agent/systemd agent/cli/kgnode.bash docs/man build/kgnode build/bundle-tool "$KGNODE_UPDATE_KEY.pub" $baked -type f -exec sha256sum {} + | LC_ALL=C sort
  } | sha256sum
}

baked= # folder with K3s, which is laid over the root tree

# bake NAME MODE FILE SHA256: a file that the image has below /usr/lib/kgnode/k3s.
bake() {
  local file=$3 found
  [[ $file == /* ]] || file=$started_in/$file
  [[ -f $file ]] || die "image: $3 is no file"
  [[ $4 =~ ^[0-9a-f]{64}$ ]] || die "image: after $3 its SHA-256 is needed, 64 digits from 0-9a-f"
  found=$(sha256sum "$file" | cut -d' ' -f1)
  [[ $found == "$4" ]] || die "image: $3 has the SHA-256 $found, not $4"
  baked=$KGNODE_CACHE/image-k3s
  install -D -m "$2" "$file" "$baked/usr/lib/kgnode/k3s/$1"
}

# bake_k3s OPTION...: what the verb was given.
bake_k3s() {
  rm -rf --one-file-system "${KGNODE_CACHE:?}/image-k3s"
  while (($#)); do
    case $1 in
      --k3s) bake k3s 0755 "${2:-}" "${3:-}" ;;
      --k3s-images) bake "images/$(basename "${2:-}")" 0644 "${2:-}" "${3:-}" ;;
      *) die "image: unknown option '$1': there are --k3s, --k3s-images and --update-lock" ;;
    esac
    shift $(($# < 3 ? $# : 3))
  done
  [[ -z $baked || -e $baked/usr/lib/kgnode/k3s/k3s ]] || die "image: --k3s-images are for the K3s that --k3s names"
}

lock_is_advice= # for tests, which must run after the archive has moved on

check_lock() {
  echo "==> compare packages with the lock"
  image/lock.sh check && return
  [[ -n $lock_is_advice ]] || die "image: the packages are not those of image/packages.lock"
  [[ -z $results ]] || record vm "skip the packages of the image are those of its lock # the archive has others by now: ./dev image --update-lock"
}

# need_image: the disk image in build/image, made again when something that goes into it has changed.
need_image() {
  local folder=build/image version made
  need_image_trees
  stage "build" ninja_build build "installed bundle-tool"
  need_update_key
  check_lock
  version=$(sed -nE "s/^project\(.* version: '([^']+)'.*/\1/p" meson.build)
  export KGNODE_IMAGE=$checkout/$folder/kgnode-$version.raw
  made=$(made_from)
  [[ $made != "$(cat "$folder/.made-from" 2>/dev/null)" ]] || return 0
  rm -rf "$folder"
  stage "make $folder/kgnode-$version.raw" image/disk-image.sh ${baked:+--with "$baked"} "$version" "$checkout/$folder"
  echo "$made" >"$folder/.made-from"
  [[ -z ${SUDO_UID:-} ]] || chown -R "$SUDO_UID:$SUDO_GID" "$folder"
}

verb_image() {
  case ${1:-} in
    --update-lock)
      need_image_trees
      image/lock.sh update
      ;;
    *)
      bake_k3s "$@"
      need_image
      ;;
  esac
}
