#!/bin/bash
# First boots that fail because of what the instance was given: documents on the config drive. To be sourced.
# shellcheck disable=SC2154 # state is a variable of cluster_lib.sh

readonly kRejected='/run/kgnode/node\.toml\.rejected'

# give NODE DOCUMENT: what comes in is that document.
give() { cat >"$state/$1/drive/openstack/latest/$2" && make_iso "$1"; }
# change NODE SED_EXPRESSION: its user data.
change() { node_toml "$1" | sed -E "$2" | give "$1" user_data; }
# cloud_config NODE ENCODING: its node.toml as a file of a #cloud-config.
cloud_config() {
  printf '#cloud-config\nwrite_files:\n- path: /etc/kgnode/node.toml\n  encoding: %s\n  content: |\n' "$2"
  node_toml "$1" | base64 -w 76 | sed 's/^/    /'
}

fault table_not_closed often console "$kRejected:3:6: "
break_table_not_closed() { printf 'schema = 1\n\n[node\nname = "%s"\n' "$1" | give "$1" user_data; }

fault role_misspelt often console "$kRejected:5:8: .*wroker.*did you mean .?worker"
break_role_misspelt() { change "$1" 's/"worker"/"wroker"/'; }

fault string_not_closed - console "$kRejected:[0-9]+:[0-9]+: "
break_string_not_closed() { change "$1" 's/^(name = ".*)"$/\1/'; }

fault key_twice - console "$kRejected:5:8: .*cannot redefine .*name"
break_key_twice() { change "$1" 's/^name = .*/&\n&/'; }

fault key_unknown - console "$kRejected:[0-9]+:1: .*vrak.*did you mean .?vrack"
break_key_unknown() { change "$1" 's/^vrack = /vrak = /'; }

fault value_of_wrong_type - console "$kRejected:[0-9]+:16: expected true or false, got a string"
break_value_of_wrong_type() { change "$1" 's/^require_sync = .*/require_sync = "no"/'; }

fault schema_of_the_future - console "$kRejected:1:10: schema is 2, but this kgnode reads only 1"
break_schema_of_the_future() { change "$1" 's/^schema = 1/schema = 2/'; }

fault server_not_listed - console "$kRejected:.*is a control plane, but its address .* is not one of the servers"
break_server_not_listed() { change "$1" 's/"worker"/"control-plane"/'; }

fault address_outside - console "$kRejected:.*10\.9\.0\.1 is not inside the vRack 10\.0\.0\.0/24"
break_address_outside() { change "$1" 's/^address = .*/address = "10.9.0.1"/'; }

fault host_name_invalid - console "$kRejected:[0-9]+:8: .Node_One. is not a host name"
break_host_name_invalid() { change "$1" 's/^name = .*/name = "Node_One"/'; }

fault ssh_key_cut_off - console "$kRejected:[0-9]+:13: the ssh-ed25519 key is damaged"
break_ssh_key_cut_off() { change "$1" 's/^ssh_keys = .*/ssh_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1"]/'; }

fault no_ssh_key - console "$kRejected:.*ssh_keys"
break_no_ssh_key() {
  in_build_root jq 'del(.public_keys, .keys)' "$state/$1/drive/openstack/latest/meta_data.json" >"$state/$1/meta"
  give "$1" meta_data.json <"$state/$1/meta"
  change "$1" '/^ssh_keys = /d'
}

fault firewall_opens_etcd - console "$kRejected:.*2379.*never reachable from outside"
break_firewall_opens_etcd() { { node_toml "$1" && printf '\n[[firewall.allow]]\nports = "2379/tcp"\n'; } | give "$1" user_data; }

fault nobody_could_log_in - console "$kRejected:.*nobody could log in"
break_nobody_could_log_in() { { node_toml "$1" | sed 's/^from = .*/from = []/' && printf '\n[firewall]\nvrack_ssh = false\n'; } | give "$1" user_data; }

fault text_is_utf16 - console "UTF-16"
break_text_is_utf16() { node_toml "$1" | iconv -f UTF-8 -t UTF-16 | give "$1" user_data; }

fault no_user_data - console "user_data.*holds no node configuration"
break_no_user_data() { rm "$state/$1/drive/openstack/latest/user_data" && make_iso "$1"; }

fault user_data_is_a_script - console "user_data on /dev/sr0: is a script: nothing is run"
break_user_data_is_a_script() { printf '#!/bin/sh\necho hello\n' | give "$1" user_data; }

fault gzip_cut_off - console "user_data on /dev/sr0: .*gzip"
break_gzip_cut_off() { node_toml "$1" | gzip | head -c 300 | give "$1" user_data; }

fault cloud_config_is_no_yaml - console "user_data on /dev/sr0: #cloud-config .*line 4 column 10"
break_cloud_config_is_no_yaml() { printf '#cloud-config\nwrite_files:\n- path: [unclosed\n  content: x\n' | give "$1" user_data; }

fault content_is_no_base64 - console "user_data on /dev/sr0: write_files ./etc/kgnode/node.toml.: content is not base64"
break_content_is_no_base64() { cloud_config "$1" b64 | sed '7s/[A-Za-z]/*/' | give "$1" user_data; }

fault mime_without_end - console "user_data on /dev/sr0: multi-part MIME"
break_mime_without_end() {
  printf 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="edge"\n\n--edg\nContent-Type: text/plain\n\nschema = 1\n' | give "$1" user_data
}

fault meta_data_is_no_json - console "meta_data.json on /dev/sr0: .*JSON"
break_meta_data_is_no_json() { printf '<html>not here</html>\n' | give "$1" meta_data.json; }

fault network_data_is_no_json - console "network_data.json on /dev/sr0: .*JSON"
break_network_data_is_no_json() { printf '{"links": [\n' | give "$1" network_data.json; }
