# Who the nodes are, and the user data of each. Nothing here asks the provider; the tests evaluate this file.
locals {
  # The load balancer takes addresses of its own choice; they come from here, and no node has one of them.
  balancer_network = cidrsubnet(var.vrack, 2, 3)

  control_planes = {
    for index in range(var.control_planes) : "${var.cluster}-cp-${index + 1}" => {
      role    = "control-plane"
      address = cidrhost(var.vrack, 11 + index)
      zone    = try(var.availability_zones[index % length(var.availability_zones)], null)
    }
  }
  workers = {
    for index in range(var.workers) : "${var.cluster}-w-${index + 1}" => {
      role    = "worker"
      address = cidrhost(var.vrack, 21 + index)
      zone    = try(var.availability_zones[index % length(var.availability_zones)], null)
    }
  }
  nodes = merge(local.control_planes, local.workers)

  user_data = {
    for name, node in local.nodes : name => templatefile("${path.module}/node.toml.tftpl", {
      name             = name
      role             = node.role
      address          = node.address
      environment      = var.environment
      vrack            = var.vrack
      ssh_keys         = [for key in var.ssh_keys : trimspace(key)]
      admin_networks   = var.admin_networks
      balancer_network = local.balancer_network
      servers          = [for index in range(var.control_planes) : cidrhost(var.vrack, 11 + index)]
      token            = var.token
      # A volume is known by its UUID: its place on the bus and its kernel name are no identity.
      disk_serial = node.role == "worker" ? substr(openstack_blockstorage_volume_v3.data[name].id, 0, var.volume_serial_length) : ""
    })
  }
}
