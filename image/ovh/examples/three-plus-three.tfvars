# Three control planes and three workers. The token comes from the environment: export TF_VAR_token=$(openssl rand -hex 32)
cluster    = "demo"
image_file = "../../build/image/kgnode-0.1.0.qcow2"

control_planes       = 3
workers              = 3
control_plane_flavor = "b3-8"
worker_flavor        = "b3-16"
data_volume_size     = 200

vrack   = "10.0.0.0/24"
vlan_id = 100

ssh_keys       = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ops"]
admin_networks = ["203.0.113.0/24"]
