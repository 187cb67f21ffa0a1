#!/bin/bash
# Prints what is in the disk image, as SPDX 2.3 in JSON: sbom.sh ROOT VERSION EPOCH
# Debian's packages come from dpkg's database of the tree, after what is dropped has gone; beside them are the agent and the
# libraries of which only headers are used, so that they are inside of it, and K3s where the image has one.
set -euo pipefail
root=$1
version=$2
epoch=$3

# packages TREE RELATION [PACKAGE...]: "NAME VERSION ARCHITECTURE SOURCE RELATION" of each package.
packages() {
  # dpkg also knows of packages that are not there.
  dpkg-query --admindir="$1/var/lib/dpkg" --show \
    --showformat="\${db:Status-Abbrev}\${Package} \${Version} \${Architecture} \${source:Package} $2\n" "${@:3}" | sed -n 's/^ii //p'
}

# What is baked in: "NAME VERSION SHA256" of K3s, and of each archive of its images.
k3s_files() {
  local folder=$root/usr/lib/kgnode/k3s said file
  [[ -e $folder/k3s ]] || return 0
  said=$("$folder/k3s" --version | sed -nE 's/^k3s version ([^ ]+).*/\1/p')
  [[ -n $said ]] || { echo "dev: the file given as K3s does not say which version of it it is" >&2; return 1; }
  for file in "$folder/k3s" "$folder"/images/*; do
    [[ ! -e $file ]] || echo "$(basename "$file") $said $(sha256sum "$file" | cut -d' ' -f1)"
  done
}

k3s=$(k3s_files)
{
  packages "$root" CONTAINS
  packages "${KGNODE_BUILD_ROOT:?}" BUILD_DEPENDENCY_OF 'libboost1*-dev' libcli11-dev
} | jq --raw-input --slurp --arg k3s "$k3s" --arg version "$version" --arg created "$(date -u -d "@$epoch" +%FT%TZ)" '
  def id: "SPDXRef-" + gsub("[^A-Za-z0-9.-]"; "-");
  [split("\n")[] | select(. != "") | split(" ") |
    {name: .[0], version: .[1], architecture: .[2], source: .[3], relation: .[4]}] as $debian |
  [$k3s | split("\n")[] | select(. != "") | split(" ") | {name: .[0], version: .[1], sha256: .[2]}] as $k3s |
  { spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT",
    name: "kgnode-\($version)", documentNamespace: "urn:kgnode:sbom:\($version)",
    creationInfo: {created: $created, creators: ["Tool: kgnode image/sbom.sh"]},
    packages: (
      [{SPDXID: "SPDXRef-image", name: "kgnode-image", versionInfo: $version, downloadLocation: "NOASSERTION", filesAnalyzed: false},
       {SPDXID: "SPDXRef-kgnode", name: "kgnode", versionInfo: $version, downloadLocation: "NOASSERTION", filesAnalyzed: false}] +
      [$k3s[] | {SPDXID: ("k3s-" + .name | id), name, versionInfo: .version, downloadLocation: "NOASSERTION", filesAnalyzed: false,
        checksums: [{algorithm: "SHA256", checksumValue: .sha256}]}] +
      [$debian[] | {SPDXID: (.name | id), name, versionInfo: .version, downloadLocation: "NOASSERTION", filesAnalyzed: false,
        sourceInfo: "Debian source package \(.source)",
        externalRefs: [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl",
          referenceLocator: "pkg:deb/debian/\(.name | @uri)@\(.version | @uri)?arch=\(.architecture)&distro=debian-13"}]}]),
    relationships: (
      [{spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-image"},
       {spdxElementId: "SPDXRef-image", relationshipType: "CONTAINS", relatedSpdxElement: "SPDXRef-kgnode"}] +
      [$k3s[] | {spdxElementId: "SPDXRef-image", relationshipType: "CONTAINS", relatedSpdxElement: ("k3s-" + .name | id)}] +
      [$debian[] | if .relation == "CONTAINS"
        then {spdxElementId: "SPDXRef-image", relationshipType: "CONTAINS", relatedSpdxElement: (.name | id)}
        else {spdxElementId: (.name | id), relationshipType: "BUILD_DEPENDENCY_OF", relatedSpdxElement: "SPDXRef-kgnode"} end])
  }'
