#include "engine/adapters/postgres/vault_check.h"

#include <pqxx/result>

#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {

Result<std::string> SealedVaultCheck(Database& database, const std::string& sealed) {
  const auto left = database.Write(kVaultCheckLeave, Params().Bytes(sealed));
  if (!left.ok()) return left.error();
  const auto found = database.Read(kVaultCheckFind, Params());
  if (!found.ok()) return found.error();
  return BytesOf(found->front(), "sealed");
}

}  // namespace sb::adapters::postgres
