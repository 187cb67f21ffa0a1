#include "storage/longhorn/parse_host.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode::storage;  // the file is about these few names
using Names = std::set<std::string>;
using Versions = std::vector<std::string>;

TEST_CASE("parse host: a package counts when it is wholly installed", "[longhorn]") {
  CHECK(parse_installed_packages("Package: nfs-common\nStatus: install ok installed\n\n"
                                 "Package: dmsetup\nStatus: hold ok installed\nVersion: 1\n\n"
                                 "Package: gone\nStatus: deinstall ok config-files\n\n"
                                 "Package: half\nStatus: install ok half-configured\n\n"
                                 "Package: broken\nStatus: install reinstreq installed\n\n"
                                 "Status: install ok installed\n") ==
        Names{"dmsetup", "nfs-common"});
  CHECK(parse_installed_packages("") == Names{});
}

TEST_CASE("parse host: NFS version 4 of a kernel's configuration", "[longhorn]") {
  CHECK(parse_nfs_config("CONFIG_NFS_FS=m\nCONFIG_NFS_V4=m\nCONFIG_NFS_V4_1=y\n"
                         "# CONFIG_NFS_V4_2 is not set\nCONFIG_NFS_V4_SECURITY_LABEL=y\n") ==
        std::map<std::string, char>{{"CONFIG_NFS_V4", 'm'}, {"CONFIG_NFS_V4_1", 'y'}});
  CHECK(parse_nfs_config("CONFIG_NFS_V4=n\n").empty());
}

TEST_CASE("parse host: the default version of NFS mounts, global options only", "[longhorn]") {
  CHECK(parse_nfs_versions("# Defaultvers=3\n[ NFSMount_Global_Options ]\n  Defaultvers = 4.2\n"
                           "nfsvers=3\n[ Server \"a\" ]\nNfsvers=2\n") == Versions{"4.2", "3"});
  CHECK(parse_nfs_versions("Defaultvers=3\n") == Versions{});
  for (const auto* good : {"4", "4.0", "4.1", "4.2"}) CHECK(is_nfs4(good));
  for (const auto* bad : {"3", "", "4.3", "40"}) CHECK_FALSE(is_nfs4(bad));
}

TEST_CASE("parse host: the initiator's name", "[longhorn]") {
  CHECK(parse_initiator_name("## comment\nInitiatorName=iqn.1993-08.org.debian:01:abc\n") ==
        "iqn.1993-08.org.debian:01:abc");
  for (const auto* bad : {"", "GenerateName=yes\n", "InitiatorName=\n", "InitiatorName=abc\n",
                          "InitiatorName=iqn.a b\n", "#InitiatorName=iqn.a\n",
                          "InitiatorName=iqn.a\nInitiatorName=iqn.b\n"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_initiator_name(bad));
  }
  CHECK_FALSE(parse_initiator_name("InitiatorName=iqn." + std::string(300, 'a')));
}
