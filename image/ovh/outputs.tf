# What one needs to go on. Nothing secret.
output "nodes" {
  description = "Role, vRack address and public address of each node."
  value = {
    for name, node in local.nodes : name => {
      role           = node.role
      vrack_address  = node.address
      public_address = var.public_addresses ? openstack_compute_instance_v2.node[name].access_ip_v4 : null
    }
  }
}

output "load_balancer_address" {
  description = "Public address of the load balancer: the Kubernetes API on 6443, ingress on 80 and 443."
  value       = openstack_networking_floatingip_v2.cluster.address
}

output "data_volumes" {
  description = "Volume of each worker; its UUID is the serial number that the node looks for."
  value       = { for name, volume in openstack_blockstorage_volume_v3.data : name => volume.id }
}

output "image_id" {
  description = "The image in the region: the same for a second cluster there, as image_id."
  value       = local.image_id
}
