# The private network in the vRack, its gateway, and a port with a fixed address for each node.
data "openstack_networking_network_v2" "public" {
  name     = var.public_network
  external = true
}

resource "openstack_networking_network_v2" "vrack" {
  name           = "${var.cluster}-vrack"
  admin_state_up = true
  mtu            = var.mtu

  value_specs = {
    "provider:network_type"    = "vrack"
    "provider:segmentation_id" = tostring(var.vlan_id)
  }
}

# No DHCP: every port has its address in the config drive, and a DHCP server would take two more.
resource "openstack_networking_subnet_v2" "vrack" {
  name        = "${var.cluster}-vrack"
  network_id  = openstack_networking_network_v2.vrack.id
  cidr        = var.vrack
  ip_version  = 4
  enable_dhcp = false
  gateway_ip  = cidrhost(var.vrack, 1)

  allocation_pool {
    start = cidrhost(local.balancer_network, 1)
    end   = cidrhost(local.balancer_network, -2)
  }
}

# A floating address of the load balancer needs it, and so do nodes without a public address.
resource "openstack_networking_router_v2" "gateway" {
  name                = "${var.cluster}-gateway"
  external_network_id = data.openstack_networking_network_v2.public.id
}

resource "openstack_networking_router_interface_v2" "gateway" {
  router_id = openstack_networking_router_v2.gateway.id
  subnet_id = openstack_networking_subnet_v2.vrack.id
}

resource "openstack_networking_port_v2" "vrack" {
  for_each = local.nodes

  name           = "${each.key}-vrack"
  network_id     = openstack_networking_network_v2.vrack.id
  admin_state_up = true

  fixed_ip {
    subnet_id  = openstack_networking_subnet_v2.vrack.id
    ip_address = each.value.address
  }
}
