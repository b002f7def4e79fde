#include "engine/adapters/postgres/credential_rows.h"

#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {

ports::StoredCredential ReadCredential(const pqxx::row& row) {
  return {NumberOf(row, "generation"),
          BytesOf(row, "sealed"),
          OptionalTimeOf(row, "expires_at"),
          OptionalTimeOf(row, "due_at"),
          {TextOf(row, "application_tenant"), TextOf(row, "client_id")}};
}

}  // namespace sb::adapters::postgres
