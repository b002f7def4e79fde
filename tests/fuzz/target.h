#pragma once

#include <string_view>

namespace sb::fuzz {

/// What a target does with one input: each program of this folder has one. libFuzzer calls it with
/// inputs of its own
/// (`make fuzz`), the replay with those of the corpus (`make test`).
void Try(std::string_view input);

/// Something that must hold for every input. Where it does not, the process ends, which is how both
/// notice.
void Must(bool holds, std::string_view what);

}  // namespace sb::fuzz
