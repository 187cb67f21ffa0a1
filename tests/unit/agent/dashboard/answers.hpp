#pragma once
/// What an agent in a cluster of seven answers, some of them in trouble.
#include <fstream>
#include <iterator>
#include <string>

#include <boost/json.hpp>

#include "agent/dashboard/model.hpp"

namespace test {

inline kgnode::dashboard::Answers make_answers() {
  std::ifstream file(std::string(TEST_DATA) + "/dashboard/answers.json");
  const auto all = boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
  return {.status = all.at("status"),
          .cluster = all.at("cluster"),
          .k3s = all.at("k3s"),
          .figures = all.at("figures"),
          .log = all.at("log"),
          .silence = {}};
}

}  // namespace test
