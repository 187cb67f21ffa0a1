#pragma once
/// This node, for its support bundle.
#include "agent/support/bundle.hpp"

namespace kgnode::cli {

class RealSupportHost final : public support::Host {
 public:
  Result<std::string> ask(const std::string& route) override;
  Result<std::optional<std::string>> read(const std::string& path) override;
  Result<std::optional<std::string>> run(const std::vector<std::string>& argv) override;
  Result<std::string> read_journal(const std::vector<std::string>& words) override;
  Result<std::optional<std::string>> read_environment(const std::string& unit) override;
};

}  // namespace kgnode::cli
