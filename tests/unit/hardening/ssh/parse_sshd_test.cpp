#include "hardening/ssh/parse_sshd.hpp"

#include "tests/support/catch.hpp"

using kgnode::hardening::parse_sshd_config;
using kgnode::hardening::parse_sshd_options;

TEST_CASE("parse sshd: options of sshd -T, several lines for one option in their order", "[ssh]") {
  const auto options = parse_sshd_options("port 22\nhostkey /a\nHostKey /b\nlisten\n\n  x  y z \n");
  CHECK(options ==
        kgnode::hardening::SshdOptions{
            {"port", {"22"}}, {"hostkey", {"/a", "/b"}}, {"listen", {""}}, {"x", {"y z"}}});
}

TEST_CASE("parse sshd: directives of a configuration file without its comments", "[ssh]") {
  using Lines = std::vector<std::pair<std::string, std::string>>;
  CHECK(parse_sshd_config(
            "# PermitRootLogin yes\n\nPermitRootLogin no\n  usepam=yes\nX = y\nMatch\tall\n") ==
        Lines{{"permitrootlogin", "no"}, {"usepam", "yes"}, {"x", "y"}, {"match", "all"}});
  CHECK(parse_sshd_config("").empty());
}
