#include "tests/support/live/database_search.h"

#include <gtest/gtest.h>
#include <pqxx/connection>
#include <pqxx/nontransaction>
#include <pqxx/result>

namespace sb::live {
namespace {

/// A statement that gives every row of every table as text, behind the table's name; null where
/// there are none.
constexpr const char* kEveryRow = R"sql(
  select string_agg(format('select %L || t::text from %s t', c.oid::regclass || ': ', c.oid::regclass), ' union all ')
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where n.nspname = 'eng' and c.relkind = 'r')sql";

}  // namespace

void ExpectNoSecretInDatabase(const std::string& url, const Secrets& secrets) {
  try {
    pqxx::connection connection(url);
    pqxx::nontransaction session(connection);
    const pqxx::result statement = session.exec(kEveryRow);
    if (statement.empty() || statement[0][0].is_null()) return;
    const pqxx::result rows = session.exec(statement[0][0].as<std::string>());
    std::string text;
    for (const auto& row : rows) text.append(row[0].c_str()).push_back('\n');
    ExpectNoSecretIn(text, "the database", secrets);
  } catch (const pqxx::broken_connection&) {
    return;  // a test may have ended it for good
  } catch (const std::exception& error) {
    ADD_FAILURE() << "the database cannot be searched for secrets: " << error.what();
  }
}

}  // namespace sb::live
