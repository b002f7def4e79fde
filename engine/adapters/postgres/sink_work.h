#pragma once

#include <string>

#include <pqxx/result>

#include "engine/adapters/postgres/database.h"
#include "engine/adapters/postgres/params.h"
#include "engine/base/result.h"

namespace sb::adapters::postgres {

/// What a refusal means where the tables are not ours alone.
Error SinkError(const Error& error, const std::string& sqlstate, const std::string& refusal);

/// The statements of one transaction of a sink, told apart by a purpose in errors. For one thread.
class SinkWork {
 public:
  explicit SinkWork(Transaction& transaction) : transaction_(transaction) {}

  /// Fails as ports::RowSink does.
  Result<pqxx::result> Run(const char* name, const std::string& sql, const Params& params);
  Status Do(const char* name, const std::string& sql, const Params& params);
  /// Waits until nobody else writes to the schema.
  Status TakeTurn(const std::string& schema);

  /// Of the last failure.
  const std::string& sqlstate() const { return transaction_.sqlstate(); }

 private:
  Transaction& transaction_;
};

}  // namespace sb::adapters::postgres
