/// Names of kernel modules, and lists of them as the kernel and depmod write them.
#include "agent/base/kernel_modules.hpp"

#include <algorithm>

#include "agent/base/text.hpp"

namespace kgnode {

std::string module_name(std::string_view name) {
  std::string normal(name);
  std::ranges::replace(normal, '-', '_');
  return normal;
}

std::set<std::string> parse_proc_modules(std::string_view text) {
  std::set<std::string> names;
  for (const auto line : split(text, '\n')) {
    const auto words = split_words(line);
    if (!words.empty()) names.insert(module_name(words[0]));
  }
  return names;
}

std::set<std::string> parse_module_files(std::string_view text) {
  std::set<std::string> names;
  for (const auto line : split(text, '\n')) {
    const auto path = line.substr(0, line.find(':'));
    const auto slash = path.rfind('/');
    const auto file = slash == std::string_view::npos ? path : path.substr(slash + 1);
    const auto end = file.find(".ko");
    if (end != std::string_view::npos && end > 0) names.insert(module_name(file.substr(0, end)));
  }
  return names;
}

}  // namespace kgnode
