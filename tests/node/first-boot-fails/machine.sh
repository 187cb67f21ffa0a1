#!/bin/bash
# First boots that fail because of what the machine is: drives, cards, disks, the metadata service. To be sourced.
# shellcheck disable=SC2154 # state is a variable of cluster_lib.sh

# The other nodes hear of what the agent itself cannot do: it has its configuration and the way to them.
fault disk_of_somebody often beacon 'degraded: storage: .*carries ext4 "photos"'
break_disk_of_somebody() { in_build_root mkfs.ext4 -q -L photos "$state/$1/disk.img"; }

fault disk_missing - beacon 'degraded: storage: .*no disk'
break_disk_missing() { change "$1" 's/^disk = .*/disk = { serial = "VOLUME-7" }/'; }

fault disk_too_small - beacon 'degraded: storage: .*(min_size|smaller|GiB)'
break_disk_too_small() { change "$1" 's/^disk = .*/disk = { path = "\/dev\/sdb", min_size = "100GiB" }/'; }

fault address_on_no_link - console '(no link has network\.address|no interface has) 10\.0\.0\.99'
break_address_on_no_link() { change "$1" 's/^address = .*/address = "10.0.0.99"/'; }

fault vrack_card_missing - console '(no card with MAC fa:16:3e:ff:ff:ff is here|no interface has 10\.0\.0\.[0-9]+;)'
break_vrack_card_missing() { sed "s/$(mac "$1" 1)/fa:16:3e:ff:ff:ff/" "$state/$1/drive/openstack/latest/network_data.json" >"$state/$1/network" && give "$1" network_data.json <"$state/$1/network"; }

fault drive_is_empty - console '/dev/sr0 labelled .config-2.: .*no meta data'
break_drive_is_empty() { rm -r "$state/$1/drive/openstack" && touch "$state/$1/drive/README" && make_iso "$1"; }

fault drive_is_damaged - console '/dev/sr0 labelled .config-2.: '
break_drive_is_damaged() { dd if=/dev/zero of="$state/$1/drive.iso" bs=2048 seek=17 count=8 conv=notrunc status=none; }

fault drive_is_of_another_kind - console '/dev/sr0 labelled .config-2.: holds .ext4., neither iso9660 nor vfat'
break_drive_is_of_another_kind() { truncate -s 8M "$state/$1/drive.iso.new" && in_build_root mkfs.ext4 -q -L config-2 "$state/$1/drive.iso.new" && mv "$state/$1/drive.iso.new" "$state/$1/drive.iso"; }

fault nobody_answers - console 'metadata service: no answer .*no config drive that can be taken'
break_nobody_answers() { rm "$state/$1/drive.iso"; }

fault service_is_a_web_page - console 'metadata service: no answer .*meta_data.json names no instance'
break_service_is_a_web_page() {
  printf '<html>Welcome</html>' | give "$1" meta_data.json
  rm "$state/$1/drive.iso"
  serve "$1" "$(public_address "$1")"
}

fault service_has_no_user_data - console 'metadata service: no answer .*user_data.*status 500'
break_service_has_no_user_data() {
  echo 500 >"$state/$1/drive/openstack/latest/user_data.status"
  rm "$state/$1/drive.iso"
  serve "$1" "$(public_address "$1")"
}

fault var_is_read_only - console '/var/lib/kgnode.*[Rr]ead-only file system'
break_var_is_read_only() { mount --bind "$state/$1/var" "$state/$1/var" && mount -o remount,ro,bind "$state/$1/var"; }

fault var_is_full - console '/var/lib/kgnode.*[Nn]o space left'
break_var_is_full() {
  mv "$state/$1/var" "$state/$1/var.full" && mkdir "$state/$1/var"
  mount -t tmpfs -o size=400M,mode=755 full "$state/$1/var"
  cp -a "$state/$1/var.full/." "$state/$1/var/" && rm -rf "$state/$1/var.full"
  dd if=/dev/zero of="$state/$1/var/filler" bs=1M count=500 status=none 2>/dev/null || true
}

fault token_file_missing - beacon 'joining: .*token to join with: "/run/secrets/k3s-token" is not there'
break_token_file_missing() { change "$1" 's/^token = .*/token = { file = "\/run\/secrets\/k3s-token" }/'; }

fault token_missing - beacon 'joining: there is no token to join with$'
break_token_missing() { change "$1" '/^token = /d'; }

fault token_of_another_cluster - beacon 'joining: server 10\.0\.0\.11 does not take the token'
break_token_of_another_cluster() { change "$1" 's/^token = .*/token = "00000000000000000000000000000000"/'; }

# Whom a node knows alone is not there, so that nobody hears it.
fault server_does_not_answer - console 'server 10\.0\.0\.77[: ]'
break_server_does_not_answer() { change "$1" 's/^servers = .*/servers = ["10.0.0.77"]/'; }
