/// Remembers files before they are changed: attributes in owned.json, texts beside it.
#include "agent/state/kept_files.hpp"

#include <format>

#include "agent/base/text.hpp"
#include "agent/state/pending.hpp"

namespace kgnode::state {
namespace {

constexpr std::string_view kFiles = "files";
constexpr std::string_view kAttributes = "attributes";
constexpr std::string_view kWritten = "written";

bool is_of_system(const std::string& path) { return path.starts_with(kSystemFolder); }

std::string original_of(const std::string& path) { return std::string(kOriginals) + path; }

std::string to_text(const sys::Files::Attributes& attributes) {
  return std::format("{:04o} {} {}", attributes.mode, attributes.uid, attributes.gid);
}

Result<sys::Files::Attributes> parse_attributes(const std::string& path, std::string_view text) {
  const auto words = split_words(text);
  if (words.size() == 3) {
    const auto mode = parse_int<mode_t>(words[0], 8);
    const auto uid = parse_int<uid_t>(words[1]);
    const auto gid = parse_int<gid_t>(words[2]);
    if (mode && uid && gid) return sys::Files::Attributes{.mode = *mode, .uid = *uid, .gid = *gid};
  }
  return fail(Error::plain(std::format(
      "what is kept of {} is damaged: {} instead of mode and owner", quote(path), quote(text))));
}

}  // namespace

Result<> KeptFiles::remember(const std::string& path) {
  if (!is_of_system(path) || owned_.of(kFiles).contains(path)) return {};
  const auto text = TRY(files_.read(path, kReadLimit));
  if (!text) return owned_.remember(kFiles, path, std::nullopt);
  const auto attributes = TRY(files_.attributes(path));
  TRY(files_.replace(original_of(path), *text, 0600));
  // From here on the text is kept; without the entry nobody asks for it.
  return owned_.remember(kFiles, path, to_text(attributes.value_or(Attributes{.mode = 0644})));
}

/// Before the file: if we are stopped in between, what is there is still as before.
Result<> KeptFiles::note_written(const std::string& path, std::string_view content) {
  if (!is_of_system(path) || content.starts_with(kMark)) return {};
  TRY(owned_.forget(kWritten, path));
  return owned_.remember(kWritten, path, hash_text(content));
}

Result<> KeptFiles::replace(const std::string& path, std::string_view content, mode_t mode) {
  TRY(remember(path));
  TRY(note_written(path, content));
  return files_.replace(path, content, mode);
}

Result<> KeptFiles::remove(const std::string& path) {
  TRY(remember(path));
  return files_.remove(path);
}

Result<> KeptFiles::set_attributes(const std::string& path, const Attributes& wanted) {
  const auto now = is_of_system(path) ? TRY(files_.attributes(path)) : std::nullopt;
  if (now) TRY(owned_.remember(kAttributes, path, to_text(*now)));
  return files_.set_attributes(path, wanted);
}

Result<std::map<std::string, KeptFile>> KeptFiles::kept() {
  std::map<std::string, KeptFile> all;
  for (const auto& [path, before] : owned_.of(kAttributes)) {
    if (before)
      all[path] = {
          .before = TRY(parse_attributes(path, *before)), .text = {}, .only_attributes = true};
  }
  const auto written = owned_.of(kWritten);
  for (const auto& [path, before] : owned_.of(kFiles)) {
    KeptFile file;
    if (const auto found = written.find(path); found != written.end())
      file.written = found->second.value_or("");
    if (before) {
      file.before = TRY(parse_attributes(path, *before));
      const auto text = TRY(files_.read(original_of(path), kReadLimit));
      if (!text)
        return fail(Error::plain(std::format(
            "{} is gone, which held {} as it was before this agent: put a file there to go on",
            quote(original_of(path)), quote(path))));
      file.text = *text;
    }
    all[path] = std::move(file);
  }
  return all;
}

Result<> KeptFiles::forget(const std::string& path) {
  TRY(owned_.forget(kFiles, path));
  TRY(owned_.forget(kAttributes, path));
  TRY(owned_.forget(kWritten, path));
  return files_.remove(original_of(path));
}

}  // namespace kgnode::state
