#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "engine/base/encoding.h"
#include "engine/ports/vault.h"

namespace sb::testing {

/// A vault without a lock: what it seals can be read, but it opens only whole and where it belongs.
class GlassVault : public ports::Vault {
 public:
  Result<std::string> Seal(const Secret& secret, const ports::SealContext& context) const override {
    return LabelOf(secret.Reveal(), context) + secret.Reveal();
  }

  Result<Secret> Open(std::string_view sealed, const ports::SealContext& context) const override {
    std::string secret(sealed.substr(std::min(sealed.size(), kLabelBytes)));
    if (!sealed.starts_with(LabelOf(secret, context)))
      return Internal("VAULT_CANNOT_OPEN", "it is damaged, or was sealed for something else");
    return Secret(std::move(secret));
  }

 private:
  static constexpr std::size_t kLabelBytes = 32;

  static std::string LabelOf(const std::string& secret, const ports::SealContext& context) {
    return Sha256(context.owner + "\n" + context.value + "\n" + secret);
  }
};

}  // namespace sb::testing
