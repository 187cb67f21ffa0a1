#include "agent/base/kernel_modules.hpp"

#include "tests/support/catch.hpp"

using kgnode::parse_module_files;
using kgnode::parse_proc_modules;
using Names = std::set<std::string>;

TEST_CASE("kernel modules: the first word of each line of /proc/modules", "[modules]") {
  CHECK(parse_proc_modules("") == Names{});
  CHECK(parse_proc_modules("dm_crypt 69632 0 - Live 0x0000\nnfs 1 2 a,b, Live 0x0\n") ==
        Names{"dm_crypt", "nfs"});
}

TEST_CASE("kernel modules: names of depmod's lists, compressed or not", "[modules]") {
  CHECK(parse_module_files("kernel/fs/nfs/nfs.ko.xz: kernel/net/sunrpc/sunrpc.ko.xz\n"
                           "kernel/drivers/usb/storage/usb-storage.ko\nvxlan.ko.zst:\n") ==
        Names{"nfs", "usb_storage", "vxlan"});
  CHECK(parse_module_files("\n: x.ko\n.ko\nnothing here\n") == Names{});
}
