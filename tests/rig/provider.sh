#!/bin/bash
# What a provider runs beside the nodes, as stand-ins in the namespace of the bridges: a DHCP server on the public side and the
# metadata service at 169.254.169.254 and fe80::a9fe:a9fe. To be sourced after lib.sh. They end with the cluster.
# shellcheck disable=SC2154 # state and checkout are variables of cluster_lib.sh

# stand_in NAME ARGUMENTS...: tests/rig/NAME_standin.py, in the background; its output is in state/NAME.log.
stand_in() {
  local name=$1
  shift
  in_netns net "$checkout/image/enter.sh" "${KGNODE_BUILD_ROOT:?}" "$checkout" \
    python3 "$checkout/tests/rig/${name}_standin.py" "$@" >>"$state/$name.log" 2>&1 </dev/null &
}

# link_local NODE LINK: the IPv6 address that a card gives itself (RFC 4291, appendix A).
link_local() {
  printf 'fe80::f816:3eff:fe00:%x' $(($2 * 256 + $(index "$1")))
}

# add_provider NODE...
add_provider() {
  local node leases=()
  for node in "$@"; do
    leases+=("$(mac "$node" 0)=$(public_address "$node")")
  done
  add_address net public 169.254.169.254/32
  add_address net public fe80::a9fe:a9fe/64
  mkdir -p "$state/metadata"
  stand_in dhcp public 203.0.113.1 203.0.113.1 "${leases[@]}"
  stand_in metadata "$state/metadata"
}

# serve NODE ADDRESS: the documents of a node's config drive for whoever asks from this address.
serve() {
  mkdir -p "$state/metadata/$2"
  cp -a "$state/$1/drive/openstack" "$state/metadata/$2/"
}

# refuse ADDRESS STATUS
refuse() {
  mkdir -p "$state/metadata/$1"
  echo "$2" >"$state/metadata/$1/status"
}

# asked NAME PATTERN: a line of a stand-in's output.
asked() {
  grep -qE "$2" "$state/$1.log"
}
