# The image, the data volumes and the nodes.
resource "openstack_images_image_v2" "node" {
  count = var.image_id == null ? 1 : 0

  name             = "${var.cluster}-${trimsuffix(basename(coalesce(var.image_file, "none")), ".qcow2")}"
  local_file_path  = var.image_file
  container_format = "bare"
  disk_format      = "qcow2"
  visibility       = "private"
  min_disk_gb      = 10

  # UEFI: the boot loader and the kernel file are EFI programs. virtio-scsi: volumes have their whole UUID as serial number.
  properties = {
    hw_firmware_type    = "uefi"
    hw_machine_type     = "q35"
    hw_disk_bus         = "scsi"
    hw_scsi_model       = "virtio-scsi"
    hw_qemu_guest_agent = "yes"
  }

  lifecycle {
    precondition {
      condition     = var.image_file != null
      error_message = "Give image_file, the qcow2 that ./dev image makes, or image_id, an image that was uploaded before."
    }
  }
}

locals {
  image_id = var.image_id == null ? openstack_images_image_v2.node[0].id : var.image_id
}

# Fewer workers, or a destroy, would take data with them: this stops instead, and README.md says how it is done on purpose.
resource "openstack_blockstorage_volume_v3" "data" {
  for_each = local.workers

  name                 = "${each.key}-data"
  size                 = var.data_volume_size
  volume_type          = var.data_volume_type
  availability_zone    = each.value.zone
  enable_online_resize = true

  lifecycle {
    prevent_destroy = true
  }
}

# Two control planes on one host would fall together.
resource "openstack_compute_servergroup_v2" "control_planes" {
  name     = "${var.cluster}-control-planes"
  policies = ["anti-affinity"]
}

resource "openstack_compute_instance_v2" "node" {
  for_each = local.nodes

  name              = each.key
  image_id          = local.image_id
  flavor_name       = each.value.role == "worker" ? var.worker_flavor : var.control_plane_flavor
  availability_zone = each.value.zone
  config_drive      = true
  user_data         = local.user_data[each.key]

  # The first one listed carries the default route where a node has both.
  dynamic "network" {
    for_each = var.public_addresses ? [data.openstack_networking_network_v2.public.id] : []
    content {
      uuid = network.value
    }
  }

  network {
    port = openstack_networking_port_v2.vrack[each.key].id
  }

  dynamic "scheduler_hints" {
    for_each = each.value.role == "control-plane" ? [openstack_compute_servergroup_v2.control_planes.id] : []
    content {
      group = scheduler_hints.value
    }
  }

  # User data is read once; later a node is changed with kgnode apply and updated with kgnode upgrade, not made anew.
  lifecycle {
    ignore_changes = [user_data, image_id]
  }

  # Without it a node that has no public address comes up with no way out.
  depends_on = [openstack_networking_router_interface_v2.gateway]
}

resource "openstack_compute_volume_attach_v2" "data" {
  for_each = local.workers

  instance_id = openstack_compute_instance_v2.node[each.key].id
  volume_id   = openstack_blockstorage_volume_v3.data[each.key].id
}
