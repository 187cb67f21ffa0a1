/// Carries out a plan.
#include "agent/firstboot/write.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <format>

#include "agent/base/text.hpp"
#include "agent/sys/rooted_file.hpp"

namespace kgnode::firstboot {
namespace {

struct Writer {
  const std::string& root;
  sys::Files& files;
  Notes& notes;

  bool put(const std::string& path, std::string_view content, mode_t mode) {
    auto done = files.replace(root + path, content, mode);
    if (!done) notes.error(path, done.error().message());
    return done.has_value();
  }
  bool put(const OutFile& file) { return put(file.path, file.content, file.mode); }
  void put_network(const std::vector<OutFile>& network);
  void put_user_file(const OutFile& file, bool replace);
  void put_hostname(const std::string& name);
};

void Writer::put_network(const std::vector<OutFile>& network) {
  const std::string folder(kNetworkdFolder);
  for (const auto& file : network) put(file);
  const auto names = files.list(root + folder);
  if (!names) return notes.error(folder, names.error().message());
  for (const auto& name : *names) {
    const auto path = std::format("{}/{}", kNetworkdFolder, name);
    if (!is_our_network_file(name) || std::ranges::contains(network, path, &OutFile::path))
      continue;
    auto removed = files.remove(root + path);
    if (!removed) notes.error(path, removed.error().message());
  }
}

/// On the image /etc/kgnode is a link of our own into /var: the only one that is followed.
std::string follow_own_link(const std::string& root, const std::string& path) {
  constexpr std::string_view kFolder = "/etc/kgnode";
  if (!path.starts_with(std::string(kFolder) + "/")) return path;
  std::error_code error;
  const auto target = std::filesystem::read_symlink(root + std::string(kFolder), error);
  return error || !target.is_absolute() ? path : target.string() + path.substr(kFolder.size());
}

void Writer::put_user_file(const OutFile& file, bool replace) {
  const auto path = follow_own_link(root, file.path);
  const auto done = sys::write_beneath(
      root.empty() ? "/" : root,
      {.path = path, .content = file.content, .mode = file.mode, .replace = replace});
  if (!done) notes.error(file.from, done.error().message());
}

void Writer::put_hostname(const std::string& name) {
  if (name.empty()) return;
  const auto there = files.read(root + "/etc/hostname", sys::Files::kReadLimit);
  const bool same = there && trim(there->value_or("")) == name;
  // Read-only is the image's way: the name is set at every boot there.
  const auto written = same ? Result<>() : files.replace(root + "/etc/hostname", name + "\n", 0644);
  if (!written && written.error().code() != std::errc::read_only_file_system)
    notes.error("/etc/hostname", written.error().message());
  if (root.empty() && ::sethostname(name.data(), name.size()) < 0)
    notes.error("host name", Error::from_errno("set " + quote(name)).message());
}

}  // namespace

void write_output(const Output& output, const std::string& root, sys::Files& files, Notes& notes) {
  Writer writer{.root = root, .files = files, .notes = notes};
  writer.put_network(output.network);
  writer.put_hostname(output.hostname);
  for (const auto& file : output.files) writer.put_user_file(file, output.replace_files);
  if (output.rejected) writer.put(*output.rejected);
  // State first: a crash in between leaves a missing node.toml, which the next boot writes.
  if (output.state) writer.put(kStatePath, to_json(*output.state), 0600);
  if (output.token && !writer.put(*output.token)) return;
  if (output.node_toml) writer.put(*output.node_toml);
}

}  // namespace kgnode::firstboot
