#include "agent/health/parse_proc.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode;
using namespace kgnode::health;
using namespace std::chrono_literals;

TEST_CASE("health parse: memory", "[health]") {
  CHECK(parse_meminfo("MemTotal:       2048 kB\nMemFree: 1 kB\nMemAvailable:   1024 kB\n") ==
        Memory{2U << 20U, 1U << 20U});
  for (const auto* bad :
       {"", "MemTotal: 2048 kB\n", "MemTotal: x kB\nMemAvailable: 1 kB\n",
        "MemTotal: 0 kB\nMemAvailable: 0 kB\n", "MemTotal: 1 kB\nMemAvailable: 2 kB\n",
        "MemTotal: 18446744073709551615 kB\nMemAvailable: 2 kB\n"})
    CHECK_FALSE(parse_meminfo(bad));
}

TEST_CASE("health parse: pressure, with and without a second line", "[health]") {
  const auto both = parse_pressure(
      "some avg10=0.00 avg60=12.50 avg300=0.10 total=1000\n"
      "full avg10=0.00 avg60=1.25 avg300=0.00 total=500\n");
  CHECK(both == Pressure{{12.5, 1000us}, {1.25, 500us}});
  CHECK(parse_pressure("some avg10=0.00 avg60=1.00 avg300=0.10 total=7\n") ==
        Pressure{{1, 7us}, {}});
  for (const auto* bad : {"", "some avg60=1.0", "some avg60=x total=1", "some avg60=1 total=-1",
                          "some avg60=nan total=1", "full avg60=1.0 total=1\n",
                          "some avg60=1 total=1\nfull avg60=1\n"})
    CHECK_FALSE(parse_pressure(bad));
}

TEST_CASE("health parse: load", "[health]") {
  CHECK(parse_loadavg("0.20 1.50 2.25 1/180 4321\n") == Load{0.2, 1.5, 2.25});
  for (const auto* bad : {"", "1 2", "1 2 x 1/1 1", "inf 1 1"}) CHECK_FALSE(parse_loadavg(bad));
}

TEST_CASE("health parse: time of the processors, guests not counted twice", "[health]") {
  CHECK(parse_stat("cpu  1 2 3 100 50 4 5 6 7 8\ncpu0 1 2 3 4 5 6 7 8 9 10\ncpu1 1\nintr 5\n") ==
        ProcessorTime{.busy = 21, .idle = 150, .processors = 2});
  for (const auto* bad :
       {"", "cpu 1 2 3 4 5 6 7 8", "cpu  1 2 3\ncpu0 1\n", "cpu  1 2 3 4 5 6 7 x\ncpu0 1\n"})
    CHECK_FALSE(parse_stat(bad));
}

TEST_CASE("health parse: a named number, and only of that name", "[health]") {
  CHECK(parse_named("oom_kills 1\noom_kill 3\n", "oom_kill") == 3);
  CHECK_FALSE(parse_named("oom_kills 1\n", "oom_kill"));
  CHECK_FALSE(parse_named("oom_kill -1\n", "oom_kill"));
}

TEST_CASE("health parse: names of units, made fit to print", "[health]") {
  CHECK(parse_units("a.service loaded failed failed What it is\n\nb@\x1b.timer x\n") ==
        std::vector<std::string>{"a.service", "b@\\x1b.timer"});
  CHECK(parse_units("").empty());
}

TEST_CASE("health parse: how a mount point is mounted", "[health]") {
  const std::vector<std::string> mounts{"/", "/var", "/srv"};
  const auto row = [](const std::string& target, const std::string& own, const std::string& rest) {
    return "36 35 98:0 / " + target + " " + own + " shared:1 master:2 - " + rest + "\n";
  };
  using Modes = std::map<std::string, MountMode>;
  CHECK(parse_mount_modes(row("/", "ro,relatime", "erofs /dev/dm-0 ro,user_xattr") +
                              row("/var", "rw,nodev", "ext4 /dev/vda4 rw,errors=remount-ro") +
                              row("/other", "ro", "ext4 /dev/vdb ro"),
                          mounts) == Modes{{"/", {"erofs", true, true}}, {"/var", {"ext4"}}});
  // After an error the file system itself is read-only, and each mount of it looks as before.
  CHECK(parse_mount_modes(row("/var", "rw", "ext4 /dev/vda4 ro"), mounts) ==
        Modes{{"/var", {"ext4", true, false}}});
  for (const auto* closed : {"ext4 /dev/vda4 rw,emergency_ro", "ext4 /dev/vda4 rw,shutdown"})
    CHECK(parse_mount_modes(row("/var", "rw", closed), mounts) ==
          Modes{{"/var", {"ext4", true, false}}});
  CHECK(parse_mount_modes(row("/var", "ro", "ext4 /dev/vda4 rw"), mounts) ==
        Modes{{"/var", {"ext4", true, false}}});
  CHECK(parse_mount_modes(row("/srv", "ro", "xfs x ro") + row("/srv", "rw", "xfs y rw"), mounts) ==
        Modes{{"/srv", {"xfs"}}});
  for (const auto* text : {"", "36 35 98:0 / /var rw - ext4 x", "- ext4 x rw", "a b c d /var ro e"})
    CHECK(parse_mount_modes(text, mounts).empty());
}

TEST_CASE("health parse: what is wanted read-only", "[health]") {
  using Wanted = std::map<std::string, bool>;
  CHECK(parse_fstab("# / ext4\nUUID=1 / ext4 errors=remount-ro 0 1\nUUID=2 /usr ext4 nodev,ro 0 2\n"
                    "UUID=3 /short ext4\n") == Wanted{{"/", false}, {"/usr", true}});
}

TEST_CASE("health parse: taint bits", "[health]") {
  CHECK(decode_taint(0).empty());
  const auto known = decode_taint(1U << 7U | 1U << 12U);
  REQUIRE(known.size() == 2);
  CHECK(known[0] == Taint{"an oops", true});
  CHECK_FALSE(known[1].serious);
  CHECK(decode_taint(std::uint64_t{1} << 63U).size() == 1);
}

TEST_CASE("health parse: sockets that wait for others", "[health]") {
  const std::string head = "  sl  local_address rem_address   st tx_queue rx_queue tr\n";
  const auto row = [](const std::string& local, const std::string& state) {
    return "   0: " + local + " 00000000:0000 " + state +
           " 00000000:00000000 00:00000000 00000000     0        0 4711 1 x\n";
  };
  CHECK(parse_sockets(head + row("00000000:1F90", "0A"), Protocol::tcp) ==
        std::vector<Waiting>{{{Protocol::tcp, 8080, 8080}, 4711}});
  CHECK(parse_sockets(row("00000000:1F90", "07"), Protocol::udp).size() == 1);
  CHECK(parse_sockets(row("00000000000000000000000000000000:0050", "0A"), Protocol::tcp).size() ==
        1);
  for (const auto* loopback :
       {"0100007F:1F90", "3500007F:0035", "00000000000000000000000001000000:1F90",
        "0000000000000000FFFF00000100007F:1F90"})
    CHECK(parse_sockets(row(loopback, "0A"), Protocol::tcp).empty());
  for (const auto* other : {"0000:1F90", "00000000:FFFFF", "00000000:0000", "00000000"})
    CHECK(parse_sockets(row(other, "0A"), Protocol::tcp).empty());
  CHECK(parse_sockets(row("00000000:1F90", "01"), Protocol::tcp).empty());
}
