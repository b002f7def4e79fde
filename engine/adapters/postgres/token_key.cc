#include "engine/adapters/postgres/token_key.h"

#include <pqxx/result>

#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {

Result<std::string> SealedTokenKey(Database& database, const std::string& sealed) {
  const auto left = database.Write(kTokenKeyLeave, Params().Bytes(sealed));
  if (!left.ok()) return left.error();
  const auto found = database.Read(kTokenKeyFind, Params());
  if (!found.ok()) return found.error();
  return BytesOf(found->front(), "sealed");
}

}  // namespace sb::adapters::postgres
