#pragma once
/// Between the files of the judge.
#include <chrono>
#include <string>
#include <vector>

#include "agent/health/judge.hpp"

namespace kgnode::health {

Verdict could_not_tell(Verdict verdict, const Error& error);
/// "3m": for people.
std::string ago(std::chrono::steady_clock::duration time);

std::vector<Verdict> judge_interface(const Expected& want, const Readings& now,
                                     const Events& events);
Verdict judge_units(const Readings& now);
Verdict judge_kernel(const Readings& now);
/// Nothing without a sensor.
std::vector<Verdict> judge_temperature(const Readings& now);
/// Of each mount point whether it can be written to.
std::vector<Verdict> judge_modes(const Readings& now);
Verdict judge_listeners(const Expected& want, const Readings& now);

}  // namespace kgnode::health
