#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/aircall/sandbox/stage/stage.h"

namespace sb::aircall::sandbox {

/// Whose company a request concerns, and what its credential is worth there.
struct Identity {
  Stage* stage = nullptr;
  CallerKind kind = CallerKind::kNobody;
};

/// What follows "Basic " or "Bearer " in an Authorization header, in any case of its letters.
std::optional<std::string> CredentialOf(const std::string& header, std::string_view scheme);

/// Every company of this sandbox, each alone on its stage. At least one; the first is meant when
/// nothing names another. Guarded by its owner.
class Companies {
 public:
  Companies(const WorldSettings& settings, int count, const Clock& clock);

  Stage& first() { return *stages_.front(); }

  const std::vector<std::unique_ptr<Stage>>& all() const { return stages_; }

  /// Null when there is none.
  Stage* Find(std::int64_t company_id);

  /// The company an Authorization header opens; the first one, as nobody, when it opens none.
  Identity IdentityOf(const std::string& authorization);

  void SetBaseUrl(const std::string& base_url);

 private:
  std::vector<std::unique_ptr<Stage>> stages_;
};

}  // namespace sb::aircall::sandbox
