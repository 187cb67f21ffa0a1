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
    find image agent/systemd agent/cli/kgnode.bash docs/man build/kgnode build/bundle-tool "$KGNODE_UPDATE_KEY.pub" -type f -exec sha256sum {} + | LC_ALL=C sort
  } | sha256sum
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
  stage "make $folder/kgnode-$version.raw" image/disk-image.sh "$version" "$checkout/$folder"
  echo "$made" >"$folder/.made-from"
  [[ -z ${SUDO_UID:-} ]] || chown -R "$SUDO_UID:$SUDO_GID" "$folder"
}

verb_image() {
  case ${1:-} in
    "") need_image ;;
    --update-lock)
      need_image_trees
      image/lock.sh update
      ;;
    *) die "image: unknown option '$1': only --update-lock is there" ;;
  esac
}
