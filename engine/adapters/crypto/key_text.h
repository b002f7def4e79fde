#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/secret.h"

namespace sb::adapters::crypto {

/// Keys as they are handed over: 64 hexadecimal characters each, the newest first, apart by white
/// space or commas; 16 at most. The results hold 32 raw bytes each. `source` begins the refusal:
/// "the key file /etc/vault.key". Fails with kInvalid VAULT_KEY_INVALID.
Result<std::vector<Secret>> ParseKeys(const Secret& text, const std::string& source);

}  // namespace sb::adapters::crypto
