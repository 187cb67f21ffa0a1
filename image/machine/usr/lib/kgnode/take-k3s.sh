#!/bin/sh -e
# The program and the images of containers that the disk image may bring, where K3s expects them.
from=/usr/lib/kgnode/k3s
program=/var/lib/kgnode/k3s/bin/k3s
images=/var/lib/rancher/k3s/agent/images

# Links, so that they go with their slot; K3s imports what is there at its next start.
[ ! -d "$images" ] || find "$images" -type l -lname "$from/*" -delete
[ -e "$from/k3s" ] || exit 0
mkdir -p "$images"
for archive in "$from"/images/*; do
  [ ! -e "$archive" ] || ln -s "$archive" "$images/"
done

# A copy, and only where there is none: an update of the image does not change K3s, for which servers take turns (kgnode k3s install).
[ ! -e "$program" ] || exit 0
mkdir -p "${program%/*}"
install -m 0755 "$from/k3s" "$program.baked"
sync "$program.baked"
mv -T "$program.baked" "$program"
