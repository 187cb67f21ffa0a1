#pragma once
/// Factory reset: at the next boot, before anything else of ours, all that this node keeps is
/// removed, so that it starts as if it had just been set up.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/sys/disks.hpp"

namespace kgnode {

constexpr auto kResetRequest = "/var/lib/kgnode/reset.json";

struct ResetRequest {
  std::string node;
  bool erase_data = false;  // the data disk of that node becomes a blank one
  bool operator==(const ResetRequest&) const = default;
};
std::string to_text(const ResetRequest& request);
/// A damaged one is an Error: what it meant is not guessed.
Result<ResetRequest> parse_reset_request(std::string_view text);

/// Takes from each finished or unfinished data disk of this node what makes it one. One that is in
/// use is an Error. Returns their names.
Result<std::vector<std::string>> erase_data_disks(sys::Disks& disks, const std::string& node);

/// Removes everything in these folders but `kept`; a link is removed, not what it points to.
Result<> empty_folder(const std::string& folder, std::string_view kept = {});

/// Carries out the request, if there is one, and removes it at last: interrupted it is begun anew.
/// The exit code.
int run_reset();

}  // namespace kgnode
