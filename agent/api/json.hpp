#pragma once
/// The values of the API as JSON. An absent value is null, never a missing key.
#include <span>

#include <boost/json.hpp>

#include "agent/api/node_api.hpp"

namespace kgnode::api {

boost::json::object to_json(const core::StepView& step);
boost::json::object to_json(const core::Finding& finding);
boost::json::object to_json(const core::Condition& condition);
boost::json::object to_json(const core::Check& check);
boost::json::object to_json(const core::BenchmarkItem& item);
boost::json::object to_json(const DomainStatus& domain);
boost::json::object to_json(const Status& status);
boost::json::object to_json(const Applied& applied);
boost::json::object to_json(const core::LogReport& report);

/// {"changes": is there anything to do, "domains": [...]}
boost::json::object make_plan_json(std::span<const core::Condition> domains);
/// {"checks": [...], "passed", "failed", "unknown", "not_applicable": how many of each}
boost::json::object make_doctor_json(std::span<const core::Check> checks);
boost::json::object make_benchmark_json(core::Profile profile,
                                        std::span<const core::BenchmarkItem> items);
/// {"phase", "reason", "healthy"}: healthy is null while the phase does not tell.
boost::json::object make_health_json(const Status& status);

}  // namespace kgnode::api
