#pragma once
/// The documents of one source, read into values. Pure.
#include "agent/firstboot/types.hpp"

namespace kgnode::firstboot {

/// Whatever cannot be understood is in `notes`; the rest is in the result.
SeedData read_seed(const RawSeed& raw, Notes& notes);

/// A good answer says who the instance is; a service that is still starting does not.
bool is_good_answer(const RawSeed& raw);

}  // namespace kgnode::firstboot
