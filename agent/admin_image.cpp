/// The verbs about slots of the image.
#include <format>

#include <boost/json.hpp>

#include "agent/admin.hpp"
#include "agent/base/text.hpp"
#include "agent/reset.hpp"
#include "agent/slot_work.hpp"
#include "agent/slots/record.hpp"

namespace kgnode {
namespace {

using boost::json::value;
using slots::to_string;

std::unexpected<api::ApiError> refuse(unsigned status, std::string message) {
  return std::unexpected(api::ApiError{.status = status, .message = std::move(message)});
}

value to_json(const std::optional<slots::Record>& record) {
  if (!record) return nullptr;
  return {{"version", record->version},
          {"from", record->from},
          {"outcome", to_string(record->outcome)},
          {"reason", record->reason.empty() ? value(nullptr) : value(record->reason)}};
}

bool is_at_work(std::string_view state) { return state == "activating" || state == "queued"; }

}  // namespace

/// {"running", "root_hash", "update": the last one, "at_work", "done", "total", "error"}
Task<api::Answer<value>> Admin::upgrade_status() {
  const auto image = parts_.image.read();
  if (!image) co_return refuse(500, image.error().message());
  const auto state = co_await parts_.units.state(kSlotUnit);
  if (!state) co_return refuse(500, state.error().message());
  const auto result = parts_.files.read(kSlotResult);
  const auto error = result && *result ? std::string(trim(**result)) : std::string();
  const auto text = parts_.files.read(slots::kProgressPath);
  const auto progress = slots::parse_progress(text ? text->value_or("") : "");
  co_return value{{"running", image->running.version},
                  {"root_hash", image->running.root_hash},
                  {"update", to_json(image->record)},
                  {"at_work", is_at_work(*state)},
                  {"finished", result && *result},
                  {"error", error.empty() ? value(nullptr) : value(error)},
                  {"done", progress ? progress->done : 0},
                  {"total", progress ? progress->total : 0}};
}

/// To a unit of its own: it blocks for minutes, and asks the network. What follows "?" in a URL may
/// be a key to it, and is not recorded.
Task<api::Answer<value>> Admin::ask_slot_unit(std::string request, api::Peer by) {
  const auto image = parts_.image.read();
  if (!image) co_return refuse(500, image.error().message());
  if (image->running.root_hash.empty()) {
    co_return refuse(409,
                     "this node does not run from an image with two slots: update the package "
                     "kgnode instead");
  }
  const auto state = co_await parts_.units.state(kSlotUnit);
  if (!state) co_return refuse(500, state.error().message());
  if (is_at_work(*state))
    co_return refuse(409, "a slot is being written: kgnode upgrade shows how far it is");
  if (auto recorded = record(
          by, {.event = "slot", .text = request.substr(0, request.find('?')), .outcome = "begun"});
      !recorded)
    co_return std::unexpected(recorded.error());
  for (const auto* path : {kSlotResult, slots::kProgressPath}) {
    if (const auto removed = parts_.files.remove(path); !removed)
      co_return refuse(500, removed.error().message());
  }
  if (const auto written = parts_.files.replace(kSlotRequest, request + "\n", 0600); !written)
    co_return refuse(500, written.error().message());
  if (const auto started = co_await parts_.units.start(kSlotUnit); !started)
    co_return refuse(500, started.error().message());
  co_return value{{"begun", true}};
}

Task<api::Answer<value>> Admin::upgrade(std::string source, api::Peer by) {
  if (source.size() > 4096 || printable(source) != source) {
    co_return refuse(400, "the source is no printable path or URL");
  }
  co_return co_await ask_slot_unit("write " + source, std::move(by));
}

Task<api::Answer<value>> Admin::rollback(api::Peer by) {
  co_return co_await ask_slot_unit("rollback", std::move(by));
}

Task<api::Answer<value>> Admin::reset(std::string name, bool erase_data, api::Peer by) {
  const auto image = parts_.image.read();
  if (!image) co_return refuse(500, image.error().message());
  // Without the image's first boot behind it there would be no way in afterwards.
  if (image->running.root_hash.empty())
    co_return refuse(409, "this node does not run from an image: set it up anew instead");
  const auto& config = parts_.commit.config();
  const auto own = config ? config->node.name : std::string();
  if (name != own) {
    co_return refuse(409, config ? std::format("this node is {}, not {}: nothing is reset",
                                               quote(own), quote(printable(name)))
                                 : "this node has no configuration, so there is nothing to reset");
  }
  const auto text =
      std::format("factory reset, the data disk is {}", erase_data ? "erased" : "kept");
  if (auto recorded = record(by, {.event = "reset", .text = text, .outcome = "begun"}); !recorded)
    co_return std::unexpected(recorded.error());
  const auto request = to_text(ResetRequest{.node = own, .erase_data = erase_data});
  if (const auto written = parts_.files.replace(kResetRequest, request, 0600); !written)
    co_return refuse(500, written.error().message());
  // At once: a node that forgets its cluster asks it nothing any more.
  if (const auto started = co_await parts_.units.start("reboot.target"); !started)
    co_return refuse(500, started.error().message());
  co_return value{{"begun", true}};
}

}  // namespace kgnode
