/// Ethernet cards as /sys/class/net lists them.
#include "agent/sys/links.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <format>
#include <optional>

#include "agent/base/text.hpp"
#include "agent/sys/files.hpp"

namespace kgnode::sys {
namespace {

constexpr std::string_view kEthernet = "1";  // ARPHRD_ETHER

std::string attribute(RealFiles& files, const std::string& path) {
  const auto text = files.read(path, Files::kReadLimit);
  return text ? std::string(trim(text->value_or(""))) : std::string();
}

// A card hangs on a device of a bus. In a container a card is one end of a pair and has none; there
// its name tells, as no bridge or container link is called so.
bool is_card(const std::string& folder, const std::string& name) {
  struct stat status{};
  return ::stat((folder + "/" + name + "/device").c_str(), &status) == 0 ||
         name.starts_with("eth") || name.starts_with("en") || name == "host0";
}

}  // namespace

std::vector<EthernetCard> list_ethernet_cards(const std::string& folder) {
  RealFiles files;
  std::vector<EthernetCard> cards;
  const auto names = files.list(folder);
  if (!names) return cards;
  for (const auto& name : *names) {
    const auto path = std::format("{}/{}", folder, name);
    // DEVTYPE names what is not a plain card: vlan, bridge, bond, wlan.
    if (attribute(files, path + "/type") != kEthernet || !is_card(folder, name) ||
        attribute(files, path + "/uevent").contains("DEVTYPE="))
      continue;
    cards.push_back(
        {.name = name,
         .mac = to_lower(attribute(files, path + "/address")),
         .index = parse_int<unsigned>(attribute(files, path + "/ifindex")).value_or(0)});
  }
  std::ranges::sort(cards, {}, &EthernetCard::index);
  return cards;
}

}  // namespace kgnode::sys
