#pragma once

#include <string>

#include "engine/ports/session_store.h"

namespace sb::edge {

/// The style sheet that gives our pages a platform's colours, so that everything stays readable in
/// light and in dark; empty when it has none of its own. Holds nothing but checked colours.
std::string StyleOf(const ports::Branding& branding);

}  // namespace sb::edge
