/// The record of a reboot, and what is said of our Node.
#include "k3s/day2/reboot.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json.hpp>

#include "k3s/join/look.hpp"
#include "k3s/snapshot/json.hpp"

namespace kgnode::k3s {
namespace {

namespace json = boost::json;

constexpr std::array kSteps = {std::pair{RebootStep::lock, std::string_view("lock")},
                               std::pair{RebootStep::cordon, std::string_view("cordon")},
                               std::pair{RebootStep::drain, std::string_view("drain")},
                               std::pair{RebootStep::reboot, std::string_view("reboot")}};

}  // namespace

std::string_view to_string(RebootStep step) {
  return std::ranges::find(kSteps, step, &decltype(kSteps)::value_type::first)->second;
}

std::string to_text(const RebootRecord& record) {
  return json::serialize(
             json::object{{"step", to_string(record.step)}, {"trouble", record.trouble}}) +
         "\n";
}

RebootRecord parse_reboot_record(std::string_view text) {
  RebootRecord record;
  const auto root = parse_object(text);
  if (!root) return record;
  const auto step = std::ranges::find(kSteps, text_at(*root, "step").value_or(""),
                                      &decltype(kSteps)::value_type::second);
  if (step != kSteps.end()) record.step = step->first;
  record.trouble = text_at(*root, "trouble").value_or("");
  return record;
}

Result<std::optional<RebootRecord>> read_reboot_record(sys::Files& files) {
  const auto text = TRY(files.read(kRebootRecord));
  return text ? std::optional(parse_reboot_record(*text)) : std::nullopt;
}

std::string to_text(const RebootWish& wish) {
  return json::serialize(json::object{{"within", wish.within.count()}, {"force", wish.force}}) +
         "\n";
}

Result<RebootWish> parse_reboot_wish(std::string_view text) {
  const auto root = parse_object(text);
  const auto within = root ? number_at(*root, "within") : std::nullopt;
  const auto force = root ? truth_at(*root, "force") : std::nullopt;
  if (!within || *within < 1 || !force)
    return fail(Error::plain("the request for a reboot is damaged: give it again"));
  return RebootWish{.within = std::chrono::seconds(*within), .force = *force};
}

std::optional<Cordon> parse_cordon(std::string_view text) {
  boost::system::error_code error;
  const auto root = json::parse(text, error);
  const auto* spec = error ? nullptr : root.find_pointer("/spec", error);
  if (spec == nullptr || !spec->is_object()) return std::nullopt;
  const auto* off = spec->get_object().if_contains("unschedulable");
  const auto* mark = root.find_pointer("/metadata/annotations/kgnode~1cordoned", error);
  return Cordon{.cordoned = off != nullptr && off->is_bool() && off->get_bool(),
                .ours = mark != nullptr && !mark->is_null()};
}

std::string cordon_patch() {
  return json::serialize(
      json::object{{"metadata", {{"annotations", json::object{{kCordonAnnotation, "reboot"}}}}},
                   {"spec", {{"unschedulable", true}}}});
}

std::string uncordon_patch() {
  return json::serialize(
      json::object{{"metadata", {{"annotations", json::object{{kCordonAnnotation, nullptr}}}}},
                   {"spec", json::object{{"unschedulable", nullptr}}}});
}

}  // namespace kgnode::k3s
