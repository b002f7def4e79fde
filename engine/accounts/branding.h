#pragma once

#include "engine/base/result.h"
#include "engine/ports/session_store.h"

namespace sb::accounts {

/// Whether a page can be shown with it: lengths, the logo's address, and that what is written in
/// the accent colour can be read. Fails with kInvalid BRANDING_INVALID, naming the field.
Status CheckBranding(const ports::Branding& branding);

}  // namespace sb::accounts
