#include "engine/adapters/postgres/connection.h"

#include <poll.h>

#include <pqxx/binarystring>
#include <pqxx/except>
#include <pqxx/nontransaction>

namespace sb::adapters::postgres {
namespace {

/// Adds what bounds the wait for a silent network, unless the URL says otherwise itself.
std::string WithTimeLimits(std::string url) {
  const bool is_uri = url.starts_with("postgresql://") || url.starts_with("postgres://");
  for (const auto& [key, value] :
       {std::pair("connect_timeout", "10"), std::pair("tcp_user_timeout", "20000"),
        std::pair("keepalives_idle", "10"), std::pair("keepalives_interval", "5"),
        std::pair("keepalives_count", "3")}) {
    if (url.find(key) != std::string::npos) continue;
    const char* joint = !is_uri ? " " : url.find('?') == std::string::npos ? "?" : "&";
    url += std::string(joint) + key + "=" + value;
  }
  return url;
}

std::string SessionSetUp(const DatabaseSettings& settings) {
  return "set application_name = 'switchboard';"
         "set client_encoding = 'UTF8';"
         "set timezone = 'UTC';"
         "set datestyle = 'ISO';"
         "set bytea_output = 'hex';"
         "set search_path = pg_catalog;"
         "set client_min_messages = error;"
         "set default_transaction_isolation = 'read committed';"
         "set idle_in_transaction_session_timeout = '10s';"
         "set statement_timeout = " +
         std::to_string(settings.statement_timeout.count()) +
         ";"
         "set lock_timeout = " +
         std::to_string(settings.lock_timeout.count());
}

}  // namespace

Connection::Connection(const DatabaseSettings& settings)
    : connection_(WithTimeLimits(settings.url)) {
  // Left alone, libpqxx reconnects by itself, and the session's settings are gone without a word.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection_.inhibit_reactivation(true);
#pragma GCC diagnostic pop
  connection_.set_verbosity(pqxx::connection_base::terse);
  pqxx::nontransaction(connection_).exec(SessionSetUp(settings));
}

pqxx::result Connection::Run(const Statement& statement, const Params& params) {
  pqxx::nontransaction transaction(connection_);
  const auto values = pqxx::prepare::make_dynamic_params(params.values());
  if (statement.planning == Planning::kEachTime) {
    return transaction.exec_params(statement.text, values);
  }
  if (prepared_.insert(statement.name).second) connection_.prepare(statement.name, statement.text);
  if (!params.last_bytes()) return transaction.exec_prepared(statement.name, values);
  return transaction.exec_prepared(statement.name, values,
                                   pqxx::binarystring(*params.last_bytes()));
}

bool Connection::IsStale() const {
  pollfd descriptor{connection_.sock(), POLLIN, 0};
  return !connection_.is_open() || poll(&descriptor, 1, 0) != 0;
}

std::string SqlStateOf(const std::exception& error) {
  if (dynamic_cast<const pqxx::insufficient_privilege*>(&error) != nullptr) return "42501";
  if (dynamic_cast<const pqxx::serialization_failure*>(&error) != nullptr) return "40001";
  if (dynamic_cast<const pqxx::deadlock_detected*>(&error) != nullptr) return "40P01";
  if (dynamic_cast<const pqxx::too_many_connections*>(&error) != nullptr) return "53300";
  const auto* refused = dynamic_cast<const pqxx::sql_error*>(&error);
  return refused == nullptr ? std::string() : refused->sqlstate();
}

}  // namespace sb::adapters::postgres
