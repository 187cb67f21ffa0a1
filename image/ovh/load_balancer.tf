# One load balancer: the API to the control planes, HTTP and HTTPS to the ingress of the workers. TLS is not ended here.
data "openstack_loadbalancer_flavor_v2" "size" {
  name = var.load_balancer_flavor
}

locals {
  # Nodes see the balancer's address, not the client's: who may reach the API has to be decided in front of it.
  services = {
    api   = { port = 6443, member_port = 6443, nodes = local.control_planes, allowed = distinct(concat(var.admin_networks, [var.vrack])) }
    http  = { port = 80, member_port = 30080, nodes = local.workers, allowed = null }
    https = { port = 443, member_port = 30443, nodes = local.workers, allowed = null }
  }
}

resource "openstack_lb_loadbalancer_v2" "cluster" {
  name          = var.cluster
  vip_subnet_id = openstack_networking_subnet_v2.vrack.id
  flavor_id     = data.openstack_loadbalancer_flavor_v2.size.id

  depends_on = [openstack_networking_router_interface_v2.gateway]
}

resource "openstack_networking_floatingip_v2" "cluster" {
  pool    = var.public_network
  port_id = openstack_lb_loadbalancer_v2.cluster.vip_port_id
}

resource "openstack_lb_listener_v2" "service" {
  for_each = local.services

  name            = "${var.cluster}-${each.key}"
  loadbalancer_id = openstack_lb_loadbalancer_v2.cluster.id
  protocol        = "TCP"
  protocol_port   = each.value.port
  allowed_cidrs   = each.value.allowed

  # kubectl logs -f and watches are quiet for minutes.
  timeout_client_data = each.key == "api" ? 600000 : null
  timeout_member_data = each.key == "api" ? 600000 : null
}

resource "openstack_lb_pool_v2" "service" {
  for_each = local.services

  name        = "${var.cluster}-${each.key}"
  listener_id = openstack_lb_listener_v2.service[each.key].id
  protocol    = "TCP"
  lb_method   = "LEAST_CONNECTIONS"
}

resource "openstack_lb_members_v2" "service" {
  for_each = local.services

  pool_id = openstack_lb_pool_v2.service[each.key].id

  dynamic "member" {
    for_each = each.value.nodes
    content {
      name          = member.key
      address       = member.value.address
      protocol_port = each.value.member_port
      subnet_id     = openstack_networking_subnet_v2.vrack.id
    }
  }
}

resource "openstack_lb_monitor_v2" "service" {
  for_each = local.services

  name        = "${var.cluster}-${each.key}"
  pool_id     = openstack_lb_pool_v2.service[each.key].id
  type        = "TCP"
  delay       = 5 # must be more than timeout
  timeout     = 3
  max_retries = 3
}
