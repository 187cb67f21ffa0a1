#pragma once
/// Catch2 under one name.
#include <catch2/catch_all.hpp>
