#pragma once
/// What each route does: from a checked call to an answer of the node. Named in routes.cpp.
#include "agent/api/routes.hpp"

namespace kgnode::api {

Task<Answer<boost::json::value>> list_routes(const Call& call, Node& node);
Task<Answer<boost::json::value>> show_status(const Call& call, Node& node);
Task<Answer<boost::json::value>> show_health(const Call& call, Node& node);
Task<Answer<boost::json::value>> run_doctor(const Call& call, Node& node);
Task<Answer<boost::json::value>> show_cluster(const Call& call, Node& node);
Task<Answer<boost::json::value>> show_figures(const Call& call, Node& node);
Task<Answer<boost::json::value>> show_k3s(const Call& call, Node& node);
Task<Answer<boost::json::value>> make_plan(const Call& call, Node& node);
Task<Answer<boost::json::value>> apply(const Call& call, Node& node);
Task<Answer<boost::json::value>> confirm(const Call& call, Node& node);
Task<Answer<boost::json::value>> revert(const Call& call, Node& node);
Task<Answer<boost::json::value>> show_firewall(const Call& call, Node& node);
Task<Answer<boost::json::value>> explain(const Call& call, Node& node);
Task<Answer<boost::json::value>> list_bans(const Call& call, Node& node);
Task<Answer<boost::json::value>> add_ban(const Call& call, Node& node);
Task<Answer<boost::json::value>> remove_ban(const Call& call, Node& node);
Task<Answer<boost::json::value>> explain_ban(const Call& call, Node& node);
Task<Answer<boost::json::value>> list_storage(const Call& call, Node& node);
Task<Answer<boost::json::value>> prepare_storage(const Call& call, Node& node);
Task<Answer<boost::json::value>> show_upgrade(const Call& call, Node& node);
Task<Answer<boost::json::value>> upgrade(const Call& call, Node& node);
Task<Answer<boost::json::value>> rollback(const Call& call, Node& node);
Task<Answer<boost::json::value>> show_reboot(const Call& call, Node& node);
Task<Answer<boost::json::value>> reboot(const Call& call, Node& node);
Task<Answer<boost::json::value>> reset(const Call& call, Node& node);
Task<Answer<boost::json::value>> show_log(const Call& call, Node& node);
Task<Answer<boost::json::value>> verify_log(const Call& call, Node& node);

}  // namespace kgnode::api
