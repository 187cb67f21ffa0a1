#pragma once
/// A folder that goes away with the test.
#include <cstdlib>
#include <filesystem>
#include <string>

namespace test {

class TempDir {
 public:
  TempDir() {
    std::string name = std::filesystem::temp_directory_path() / "kgnode-test-XXXXXX";
    path_ = ::mkdtemp(name.data()) == nullptr ? "" : name;
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace test
