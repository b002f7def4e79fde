#include "engine/adapters/postgres/sink_work.h"

namespace sb::adapters::postgres {

namespace {

Error RowRefused(const std::string& sqlstate, const std::string& refusal) {
  std::string why = "SQLSTATE " + sqlstate;
  if (!refusal.empty()) why += ", " + refusal;
  if (sqlstate == "P0001") why += ", raised by a trigger";
  return Invalid("SYNC_ROW_REFUSED", "the table refuses the row (" + why +
                                         "): change what the table allows, or the object at the "
                                         "provider");
}

}  // namespace

Error SinkError(const Error& error, const std::string& sqlstate, const std::string& refusal) {
  if (sqlstate == "42501") {
    return Forbidden("SYNC_DESTINATION_FORBIDDEN",
                     "the database user may not do this in the destination; it must be able to "
                     "create the schema, or own it");
  }
  if (sqlstate.starts_with("53")) {
    return Unavailable("SYNC_DESTINATION_FULL",
                       "the destination has no room or no connections left; it is tried again");
  }
  // A value that does not fit, a constraint or a trigger that somebody has added.
  if (sqlstate.starts_with("22") || sqlstate.starts_with("23") || sqlstate == "P0001") {
    return RowRefused(sqlstate, refusal);
  }
  // A schema, a table, a column or a type that is not there, or is there already.
  if (sqlstate.starts_with("42") || sqlstate.starts_with("3F")) {
    return Conflict("SYNC_TABLES_CHANGED", "the tables are not as they were planned (" +
                                               error.message + "); plan and deploy the sync again");
  }
  return error;
}

Result<pqxx::result> SinkWork::Run(const char* name, const std::string& sql, const Params& params) {
  auto rows = transaction_.Run({name, sql.c_str(), Planning::kEachTime}, params);
  if (!rows.ok()) return SinkError(rows.error(), transaction_.sqlstate(), transaction_.refusal());
  return rows;
}

Status SinkWork::Do(const char* name, const std::string& sql, const Params& params) {
  const auto rows = Run(name, sql, params);
  return rows.ok() ? Status() : Status(rows.error());
}

Status SinkWork::TakeTurn(const std::string& schema) {
  return Do("sink.turn", "select pg_advisory_xact_lock(hashtextextended($1, 0))",
            Params().Text("switchboard sink " + schema));
}

}  // namespace sb::adapters::postgres
