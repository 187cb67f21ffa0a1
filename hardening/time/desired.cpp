/// Of the configuration: whom to ask.
#include <format>

#include "hardening/time/time.hpp"

namespace kgnode::hardening {

Time::Desired Time::desired(const config::Config& config) {
  return {.sources = config.time.sources, .nts_sources = config.time.nts_sources};
}

std::string render_chrony(const Time::Desired& want) {
  std::string text =
      "# Written by kgnode; changes here are undone. See [time] in /etc/kgnode/node.toml.\n";
  for (const auto& name : want.nts_sources) text += std::format("server {} iburst nts\n", name);
  for (const auto& name : want.sources) text += std::format("server {} iburst\n", name);
  text +=
      "# While an authenticated source answers, the others are not believed.\n"
      "authselectmode prefer\n"
      "# Certificates cannot be judged by a clock that was never set.\n"
      "nocerttimecheck 1\n"
      "# The clock jumps in the first three updates after a start; later it is only made to run\n"
      "# faster or slower, because a jump breaks leases, certificates and the order of logs.\n"
      "makestep 1 3\n"
      "logchange 0.5\n"
      "maxupdateskew 100\n"
      "rtcsync\n"
      "driftfile /var/lib/chrony/chrony.drift\n"
      "ntsdumpdir /var/lib/chrony\n"
      "leapseclist /usr/share/zoneinfo/leap-seconds.list\n"
      "user _chrony\n"
      "# It asks and is not asked: no port is open, and commands come by its own socket.\n"
      "port 0\n"
      "cmdport 0\n";
  return text;
}

}  // namespace kgnode::hardening
