#pragma once
/// Precompiled for the tests: Catch2 above all.
#include "agent/pch/kgnode_pch.hpp"
#include "tests/support/catch.hpp"
