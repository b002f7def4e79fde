// The views of PostgresRowSink, and the questions to them.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <pqxx/result>

#include "engine/adapters/postgres/array_text.h"
#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/postgres_row_sink.h"
#include "engine/adapters/postgres/rows.h"
#include "engine/adapters/postgres/sink_sql.h"
#include "engine/adapters/postgres/sink_work.h"

namespace sb::adapters::postgres {
namespace {

using core::sync::AnalyticsView;

/// How we know our views again: their comment begins so.
constexpr const char* kOurViewMark = "Switchboard: ";

/// What has these names already: whether it is a view of ours.
constexpr const char* kNamesTakenSql = R"sql(
  select c.relname as name,
         c.relkind = 'v' and coalesce(obj_description(c.oid, 'pg_class'), '') like $3 || '%' as ours
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
   where n.nspname = $1 and c.relname = any($2::text[]))sql";

/// Names in queries without a schema are those of this one, and of no other.
Status LookInto(SinkWork& work, const std::string& schema) {
  return work.Do("sink.search_path", "select set_config('search_path', $1, true)",
                 Params().Text(QuotedName(schema)));
}

Result<std::map<std::string, bool>> NamesTaken(SinkWork& work, const std::string& schema,
                                               const std::vector<AnalyticsView>& views) {
  ArrayText names;
  for (const AnalyticsView& view : views) names.AddText(view.name);
  const auto rows =
      work.Run("sink.names", kNamesTakenSql, Params().Text(schema).Array(names).Text(kOurViewMark));
  if (!rows.ok()) return rows.error();
  std::map<std::string, bool> taken;
  for (const pqxx::row& row : *rows) taken[TextOf(row, "name")] = FlagOf(row, "ours");
  return taken;
}

/// Those that can be made, where what has their names is ours.
std::vector<AnalyticsView> Makeable(const std::vector<AnalyticsView>& views,
                                    const std::map<std::string, bool>& taken,
                                    ports::SinkViews& outcome) {
  std::vector<AnalyticsView> makeable;
  std::set<std::string> refused;
  for (const AnalyticsView& view : views) {
    const auto there = taken.find(view.name);
    const auto use = std::ranges::find_if(
        view.uses, [&](const std::string& each) { return refused.contains(each); });
    std::string reason;
    if (there != taken.end() && !there->second) {
      reason = "something of that name is there already, and is not ours";
    } else if (use != view.uses.end()) {
      reason = "it reads '" + *use + "', which is left out itself";
    }
    if (reason.empty()) {
      makeable.push_back(view);
      outcome.made.push_back(view.name);
    } else {
      refused.insert(view.name);
      outcome.left_out.push_back({view.name, reason});
    }
  }
  return makeable;
}

Status CreateViews(SinkWork& work, const std::string& schema,
                   const std::vector<AnalyticsView>& views) {
  for (const AnalyticsView& view : views) {
    const std::string name = TableName(schema, view.name);
    Status done =
        work.Do("sink.view", "create or replace view " + name + " as " + view.sql, Params());
    if (done.ok()) {
      done = work.Do("sink.view",
                     "comment on view " + name + " is " + QuotedText(kOurViewMark + view.title),
                     Params());
    }
    if (!done.ok()) return done;
  }
  return {};
}

/// Whatever stands on another one first.
Status DropViews(SinkWork& work, const std::string& schema, const std::vector<AnalyticsView>& views,
                 const std::map<std::string, bool>& taken) {
  for (auto view = views.rbegin(); view != views.rend(); ++view) {
    if (!taken.contains(view->name)) continue;
    Status done = work.Do("sink.view", "drop view " + TableName(schema, view->name), Params());
    if (!done.ok() && work.sqlstate() == "2BP01") {
      return Conflict("SYNC_VIEWS_IN_USE", "the view '" + view->name +
                                               "' has other columns now, and views of yours stand "
                                               "on it; drop those, deploy again, make them anew");
    }
    if (!done.ok()) return done;
  }
  return {};
}

/// What a refused question means.
Error AskError(const Error& error, const std::string& sqlstate) {
  if (sqlstate == "57014") {
    return TimedOut("SYNC_QUERY_TOO_SLOW",
                    "the database did not answer in time; ask for a shorter time");
  }
  if (sqlstate.starts_with("22")) {
    return Invalid("SYNC_QUERY_VALUE_REFUSED",
                   "the database refuses a value of the question (" + error.message + ")");
  }
  if (error.code == "SYNC_TABLES_CHANGED") {
    return Invalid("SYNC_QUERY_REFUSED", "the database does not understand the question (" +
                                             error.message + "); deploy the sync again");
  }
  return error;
}

Result<pqxx::result> AskInside(Transaction& transaction, const std::string& schema,
                               const ports::SinkQuery& asked) {
  SinkWork work(transaction);
  Status ready = work.Do("sink.ask", "set transaction read only", Params());
  if (ready.ok()) ready = LookInto(work, schema);
  if (ready.ok()) {
    ready = work.Do("sink.ask", "select set_config('statement_timeout', $1, true)",
                    Params().Text(std::to_string(asked.timeout.count())));
  }
  if (!ready.ok()) return ready.error();
  Params params;
  for (const std::string& value : asked.query.values) params.Text(value);
  auto rows = work.Run("sink.ask",
                       "select * from (" + asked.query.sql + ") as answer limit " +
                           std::to_string(asked.most_rows + 1),
                       params);
  if (!rows.ok()) return AskError(rows.error(), work.sqlstate());
  return rows;
}

ports::SinkTable TableOf(const pqxx::result& rows, int most_rows) {
  ports::SinkTable table;
  for (pqxx::row_size_type i = 0; i < rows.columns(); ++i)
    table.columns.emplace_back(rows.column_name(i));
  for (const pqxx::row& row : rows) {
    if (table.rows.size() == static_cast<std::size_t>(most_rows)) {
      table.cut = true;
      break;
    }
    std::vector<core::sync::Cell>& cells = table.rows.emplace_back();
    for (const pqxx::field& field : row) {
      cells.push_back(field.is_null() ? core::sync::Cell() : core::sync::Cell(field.c_str()));
    }
  }
  return table;
}

}  // namespace

Result<ports::SinkViews> PostgresRowSink::MakeViews(const std::string& schema,
                                                    const std::vector<AnalyticsView>& views) {
  ports::SinkViews outcome;
  bool columns_changed = false;
  const auto make = [&](Transaction& transaction) -> Status {
    outcome = {};
    SinkWork work(transaction);
    Status done = work.TakeTurn(schema);
    if (done.ok()) done = LookInto(work, schema);
    if (!done.ok()) return done;
    const auto taken = NamesTaken(work, schema, views);
    if (!taken.ok()) return taken.error();
    const std::vector<AnalyticsView> makeable = Makeable(views, *taken, outcome);
    if (columns_changed) done = DropViews(work, schema, makeable, *taken);
    if (done.ok()) done = CreateViews(work, schema, makeable);
    if (!done.ok()) columns_changed = !columns_changed && work.sqlstate() == "42P16";
    return done;
  };
  Status done = database_.Transact("sink.views", make);
  // Rights on a view live as long as it does: it is dropped only where it cannot be replaced.
  if (!done.ok() && columns_changed) done = database_.Transact("sink.views", make);
  if (!done.ok()) return done.error();
  return outcome;
}

Result<ports::SinkTable> PostgresRowSink::Ask(const std::string& schema,
                                              const ports::SinkQuery& query) {
  ports::SinkTable table;
  const Status done = database_.Transact("sink.ask", [&](Transaction& transaction) -> Status {
    const auto rows = AskInside(transaction, schema, query);
    if (!rows.ok()) return rows.error();
    table = TableOf(*rows, query.most_rows);
    return {};
  });
  if (!done.ok()) return done.error();
  return table;
}

}  // namespace sb::adapters::postgres
