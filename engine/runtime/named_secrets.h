#pragma once

#include "engine/base/ids.h"
#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/core/workflow/expressions.h"
#include "engine/ports/account_store.h"
#include "engine/ports/secret_store.h"
#include "engine/ports/vault.h"

namespace sb::runtime {

/// Puts a tenant's named secrets into the authentications of its workflows' calls. Thread-safe;
/// blocking.
class NamedSecrets {
 public:
  struct Dependencies {
    ports::AccountStore& accounts;
    ports::SecretStore& secrets;
    ports::Vault& vault;
    const core::workflow::Expressions& expressions;
  };

  explicit NamedSecrets(Dependencies dependencies) : deps_(dependencies) {}

  /// The policy (core/workflow/http_call.h) with the secrets of the account's tenant in their
  /// places. For the moment of sending: never store or log it. Fails with kForbidden
  /// SECRET_NOT_FOUND, and as the stores, the vault and expressions do.
  Result<Json> FillIn(AccountId account, const Json& policy) const;
  /// `headers` with $authorization: a scheme such as "Bearer", and what stands behind it. As
  /// FillIn.
  Result<Json> FillIn(const Json& headers, const std::string& scheme,
                      const std::string& parameter) const;

 private:
  Result<Json> Read(const std::string& tenant, const std::string& name) const;

  Dependencies deps_;
};

}  // namespace sb::runtime
