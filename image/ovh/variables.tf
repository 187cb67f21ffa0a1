# What is asked of the caller. Addresses, keys, token and the image have no default.

variable "cluster" {
  description = "Name of the cluster: the first part of the name of everything that is made."
  type        = string
  default     = "kgnode"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,30}$", var.cluster))
    error_message = "cluster begins with a lower-case letter, then has letters, digits and hyphens, at most 31 in all."
  }
}

variable "environment" {
  description = "production or development: sets retention and strictness of the nodes."
  type        = string
  default     = "production"

  validation {
    condition     = contains(["production", "development"], var.environment)
    error_message = "environment is \"production\" or \"development\"."
  }
}

variable "image_file" {
  description = "Path of kgnode-VERSION.qcow2, which is uploaded. Not needed with image_id."
  type        = string
  default     = null
}

variable "image_id" {
  description = "An image that is in the region already, with the properties that docs/ovh.md lists. Nothing is uploaded then."
  type        = string
  default     = null
}

variable "control_planes" {
  description = "Number of control planes: odd, because etcd needs a majority."
  type        = number
  default     = 3

  validation {
    condition     = contains([1, 3, 5, 7], var.control_planes)
    error_message = "control_planes is 1, 3, 5 or 7: an even number tolerates no more failures than the odd one below it."
  }
}

variable "workers" {
  description = "Number of workers, each with a data volume."
  type        = number
  default     = 3

  validation {
    condition     = var.workers >= 1 && var.workers <= 170 && floor(var.workers) == var.workers
    error_message = "workers is a whole number from 1 to 170: more have no address between .21 and the load balancer's range."
  }
}

variable "control_plane_flavor" {
  description = "Flavor of control planes."
  type        = string
  default     = "b3-8"
}

variable "worker_flavor" {
  description = "Flavor of workers."
  type        = string
  default     = "b3-16"
}

variable "availability_zones" {
  description = "Zones over which nodes are spread in turn, in a region that has several. Empty: the provider decides."
  type        = list(string)
  default     = []
}

variable "vrack" {
  description = "Network of the vRack. Control planes get .11 and up, workers .21 and up, the last quarter is the load balancer's."
  type        = string
  default     = "10.0.0.0/24"

  validation {
    condition     = can(regex("^(10|172[.](1[6-9]|2[0-9]|3[01])|192[.]168)[.][0-9.]+/(1[6-9]|2[0-4])$", var.vrack)) && try(cidrsubnet(var.vrack, 0, 0) == var.vrack, false)
    error_message = "vrack is a private IPv4 network from /16 to /24 whose host bits are zero, such as \"10.0.0.0/24\"."
  }
}

variable "vlan_id" {
  description = "VLAN of the private network in the vRack. 0 is untagged and what dedicated servers see; nodes never tag."
  type        = number
  default     = 100

  validation {
    condition     = var.vlan_id >= 0 && var.vlan_id <= 4000 && floor(var.vlan_id) == var.vlan_id
    error_message = "vlan_id is a whole number from 0 to 4000."
  }
}

variable "mtu" {
  description = "MTU of the private network. The platform's own default is 9000; what passes a gateway needs 1500."
  type        = number
  default     = 1500

  validation {
    condition     = var.mtu >= 1500 && var.mtu <= 9000
    error_message = "mtu is from 1500 to 9000."
  }
}

variable "public_network" {
  description = "The provider's public network: nodes get an address there, and the load balancer its floating one."
  type        = string
  default     = "Ext-Net"
}

variable "public_addresses" {
  description = "Whether each node has a public address. Without one it reaches the Internet through the gateway, and its operator through the vRack only."
  type        = bool
  default     = true
}

variable "ssh_keys" {
  description = "Public keys that may log in: Ed25519, Ed25519-SK, or RSA from 3072 bits, one line of a .pub file each."
  type        = list(string)

  validation {
    condition     = length(var.ssh_keys) > 0 && alltrue([for key in var.ssh_keys : can(regex("^(ssh-ed25519|sk-ssh-ed25519@openssh.com|ssh-rsa) [A-Za-z0-9+/=]+( |$)", key))])
    error_message = "ssh_keys has at least one line of a .pub file, without options; ECDSA and DSA keys are not accepted."
  }
}

variable "admin_networks" {
  description = "Networks from which SSH and the Kubernetes API may be reached over the Internet."
  type        = list(string)

  validation {
    condition     = length(var.admin_networks) > 0 && alltrue([for network in var.admin_networks : try(cidrsubnet(network, 0, 0) == network, false)])
    error_message = "admin_networks has at least one network whose host bits are zero, such as \"203.0.113.0/24\" or \"203.0.113.7/32\"."
  }

  validation {
    condition     = !contains(var.admin_networks, "0.0.0.0/0") && !contains(var.admin_networks, "::/0")
    error_message = "admin_networks must not be everyone: name the networks of the operators."
  }
}

variable "token" {
  description = "Join token of the cluster, for example from: openssl rand -hex 32. Give it as TF_VAR_token, in no file."
  type        = string
  sensitive   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9.-]{32,200}$", var.token)) && substr(var.token, 0, 3) != "K10"
    error_message = "token has 32 to 200 letters, digits, \".\" or \"-\", and does not begin with K10: the cluster is new and has no certificate to name yet."
  }
}

variable "data_volume_size" {
  description = "Size in GiB of the data volume of each worker. May grow later, never shrink."
  type        = number
  default     = 200

  validation {
    condition     = var.data_volume_size >= 20 && var.data_volume_size <= 12000 && floor(var.data_volume_size) == var.data_volume_size
    error_message = "data_volume_size is a whole number of GiB from 20 to 12000."
  }
}

variable "data_volume_type" {
  description = "Type of the data volumes, as the region offers them: openstack volume type list."
  type        = string
  default     = "high-speed"
}

variable "volume_serial_length" {
  description = "How much of a volume's UUID a node sees as serial number: 36 with virtio-scsi, 20 with virtio-blk (an image_id of your own)."
  type        = number
  default     = 36

  validation {
    condition     = contains([20, 36], var.volume_serial_length)
    error_message = "volume_serial_length is 36 (virtio-scsi) or 20 (virtio-blk)."
  }
}

variable "load_balancer_flavor" {
  description = "Size of the load balancer, as the region offers them: openstack loadbalancer flavor list."
  type        = string
  default     = "small"
}
