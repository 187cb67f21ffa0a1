#include "agent/sys/proc_sys.hpp"

#include "tests/support/catch.hpp"

using kgnode::sys::proc_sys_path;
using kgnode::sys::RealProcSys;

TEST_CASE("proc_sys: dots are slashes, and a slash is a dot in a name", "[sys]") {
  CHECK(proc_sys_path("kernel.panic") == "/proc/sys/kernel/panic");
  CHECK(proc_sys_path("net.ipv4.conf.eth0/100.rp_filter") ==
        "/proc/sys/net/ipv4/conf/eth0.100/rp_filter");
}

TEST_CASE("proc_sys: a value is read with its blanks normalised", "[sys]") {
  RealProcSys kernel;
  const auto range = kernel.read("net.ipv4.ip_local_port_range").value();
  REQUIRE(range);
  CHECK_THAT(*range, Catch::Matchers::Matches("[0-9]+ [0-9]+"));
}

TEST_CASE("proc_sys: a key the kernel lacks is an answer", "[sys]") {
  RealProcSys kernel;
  CHECK(kernel.read("kernel.no_such_parameter").value() == std::nullopt);
  CHECK(kernel.read("kernel.panic.below").value() == std::nullopt);
  CHECK(kernel.read("kernel").value() == std::nullopt);
  CHECK_FALSE(kernel.write("kernel.no_such_parameter", "1"));
}

TEST_CASE("proc_sys: a key cannot leave /proc/sys", "[sys]") {
  RealProcSys kernel;
  for (const auto* key : {"", ".", "kernel.", "..kernel", "//.self.environ", "kernel.//"})
    CHECK_FALSE(kernel.read(key));
  CHECK_FALSE(kernel.read(std::string_view("kernel\0panic", 12)));
}

TEST_CASE("proc_sys: a key that takes no writes is told apart", "[sys]") {
  RealProcSys kernel;
  CHECK_FALSE(kernel.is_writable("kernel.osrelease"));
  CHECK_FALSE(kernel.is_writable("kernel.no_such_parameter"));
}
