#pragma once
/// Verbs that ask the running agent over its admin socket. Each prints and gives the exit code.
#include <string>

namespace kgnode::cli {

struct Request {
  std::string file;  // of the verbs that send one; "-" reads standard input
  bool json = false;
};

int show_status(const Request& request);
int show_cluster(const Request& request);
int show_k3s(const Request& request);
int run_doctor(const Request& request);  // 0: every check passed
/// 0: every rule holds, or is deviated from for a reason. `sign` names a secret key file, or
/// nothing.
int run_benchmark(const Request& request, const std::string& profile, const std::string& sign);
/// Offline: is this report as it was signed with that key. 0: it is.
int verify_report(const std::string& report, const std::string& key);
int show_plan(const Request& request);  // 0 nothing to do, 2 changes
int apply_file(const Request& request, const std::string& window);
int confirm_change(const Request& request);
int revert_change(const Request& request);
int show_firewall(const Request& request);
int explain_packet(const Request& request, const std::string& from, const std::string& to);
int list_bans(const Request& request);
int add_ban(const Request& request, const std::string& source, const std::string& time);
int remove_ban(const Request& request, const std::string& source);
int explain_ban(const Request& request, const std::string& address);
int list_disks(const Request& request);
int plan_disk(const Request& request);  // 0 nothing to do, 2 changes
int prepare_disk(const Request& request, const std::string& disk, const std::string& token);
int show_upgrade(const Request& request);
int upgrade(const Request& request, bool reboot);
int roll_back(const Request& request, bool reboot);
int reboot(const Request& request, const std::string& within, bool force);
int reset(const Request& request, const std::string& name, bool erase_data);
int show_log(const Request& request, unsigned lines);
int verify_log(const Request& request);

}  // namespace kgnode::cli
