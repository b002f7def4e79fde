#include "engine/adapters/postgres/table_side.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>
#include <pqxx/result>

#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/rows.h"
#include "engine/adapters/postgres/table_home.h"
#include "engine/adapters/postgres/table_picture.h"
#include "engine/adapters/postgres/table_rows.h"
#include "engine/adapters/postgres/table_side_sql.h"
#include "engine/adapters/postgres/table_trouble.h"

namespace sb::adapters::postgres {
namespace {

using core::quota::Lane;
using core::twoway::MatchBy;
using ports::SideRecord;

constexpr std::int64_t kScanPage = 1000;
/// A table of which the statistics say that it has more is not counted, but estimated.
constexpr std::int64_t kCountedRows = 100'000;
constexpr std::size_t kPhoneDigits = 7;
constexpr char kBehind = '>';  ///< Begins a cursor of a scan: a key may be an empty text.

std::string DigitsOf(const std::string& phone) {
  std::string digits;
  std::ranges::copy_if(phone, std::back_inserter(digits),
                       [](char c) { return c >= '0' && c <= '9'; });
  return digits.size() <= kPhoneDigits ? digits : digits.substr(digits.size() - kPhoneDigits);
}

Error NoTable(const std::string& written) {
  return Conflict("LINK_SIDE_CHANGED", "there is no table " + written +
                                           " (any more); put it back, or plan and deploy the sync "
                                           "with another one");
}

Error NotPrepared() {
  return Conflict("LINK_SIDE_CHANGED",
                  "what the sync keeps in the schema switchboard of the database is not there (any "
                  "more); deploy the sync again");
}

/// Refused for what the statement says, not for a moment's trouble.
bool IsRefusal(const Error& error) {
  return error.kind == ErrorKind::kInternal;
}

}  // namespace

Result<SideRecord> TableRowOf(const pqxx::row& row) {
  SideRecord record;
  record.key = TextOf(row, "key");
  record.native = JsonOf(row, "native");
  record.changed_at = OptionalTimeOf(row, "changed_at");
  if (!record.native.is_object())
    return Internal("DATABASE_REFUSED", "a row of a table cannot be read as JSON; this is a bug");
  return record;
}

TableSide::TableSide(Database& database, TableSettings settings)
    : database_(database), settings_(std::move(settings)) {}

TableSide::~TableSide() = default;

// ---- What is there

Result<TableSide::PicturePtr> TableSide::Look() {
  if (const auto reserved = ReservedTable(settings_.spec.table)) return *reserved;
  const auto name = TableNameOf(settings_.spec.table);
  PicturePtr picture;
  const Status looked = database_.Transact("table.look", [&](Transaction& transaction) -> Status {
    auto found = LookAtTable(transaction, name.first, name.second);
    if (!found.ok()) return found.error();
    if (*found) picture = std::make_shared<const TablePicture>(std::move(**found));
    return {};
  });
  if (!looked.ok()) return looked.error();
  const std::lock_guard lock(mutex_);
  picture_ = picture;
  return picture;
}

Result<TableSide::PicturePtr> TableSide::Picture() {
  {
    const std::lock_guard lock(mutex_);
    if (picture_ != nullptr) return picture_;
  }
  auto picture = Look();
  if (!picture.ok()) return picture;
  if (*picture == nullptr) return NoTable(settings_.spec.table);
  const TableUse use{{settings_.columns.begin(), settings_.columns.end()}, {}};
  const auto missing = MissingColumns(**picture, ColumnsUsed(settings_, use));
  if (missing.empty()) return picture;
  const std::lock_guard lock(mutex_);
  picture_ = nullptr;  // it may be put right
  return Conflict("LINK_SIDE_CHANGED",
                  missing.front().reason + "; name it back, or plan and deploy the sync again");
}

Error TableSide::Judge(const Error& error, const std::string& sqlstate, About about) {
  if (!IsRefusal(error) || sqlstate.empty()) return error;
  PicturePtr before;
  {
    const std::lock_guard lock(mutex_);
    before = std::exchange(picture_, nullptr);
  }
  const auto now = Picture();
  if (!now.ok()) return now.error();
  const TableUse use{{settings_.columns.begin(), settings_.columns.end()}, {}};
  if (before != nullptr) {
    if (const auto changed = ChangedTable(*before, **now, ColumnsUsed(settings_, use)))
      return *changed;
  }
  const bool not_there = sqlstate == "42P01" || sqlstate == "3F000";
  if (about == About::kHome && not_there) return NotPrepared();
  if (about == About::kWriting) return JudgeWrite(error, sqlstate, **now);
  if (sqlstate == "42501") {
    const auto lacking = MissingPrivileges(**now, settings_, use);
    return Forbidden("LINK_PRIVILEGE_MISSING",
                     lacking.empty() ? "the database user may not do this: " + error.message
                                     : lacking.front().reason);
  }
  if (sqlstate.starts_with("22")) return RefusedRow(error, sqlstate, {});
  return error;
}

Error TableSide::JudgeWrite(const Error& error, const std::string& sqlstate,
                            const TablePicture& now) {
  if (sqlstate == "42501" && !now.guarded) {
    const TableUse use{{}, {settings_.columns.begin(), settings_.columns.end()}};
    const auto lacking = MissingPrivileges(now, settings_, use);
    return Forbidden("LINK_PRIVILEGE_MISSING", lacking.empty()
                                                   ? "the database user may not write this row"
                                                   : lacking.front().reason);
  }
  auto names = ConstraintsOf(database_, now);
  if (!names.ok()) return names.error();
  if (sqlstate == "23502") *names = now.Names();
  return RefusedRow(error, sqlstate, *names);
}

TableColumns TableSide::ColumnsOf(const TablePicture& picture) const {
  TableColumns columns;
  columns.key = picture.Find(settings_.spec.key);
  columns.updated_at = picture.Find(settings_.spec.updated_at);
  for (const PicturedColumn& column : picture.columns) {
    const bool named = settings_.columns.contains(column.name) || &column == columns.key ||
                       &column == columns.updated_at;
    const bool besides = settings_.every_column && column.may_read && !column.bytes;
    if (named || besides) columns.read.push_back(&column);
  }
  return columns;
}

Result<core::twoway::SideShape> TableSide::Shape() {
  const auto picture = Look();
  if (!picture.ok()) return picture.error();
  return *picture == nullptr ? core::twoway::SideShape() : ShapeOfTable(**picture);
}

Result<std::vector<ports::SideProblem>> TableSide::Check(const std::vector<std::string>& read,
                                                         const std::vector<std::string>& written) {
  const auto picture = Look();
  if (!picture.ok()) return picture.error();
  if (*picture == nullptr) {
    return std::vector<ports::SideProblem>{
        {"LINK_TABLE_MISSING", "",
         "there is no table " + settings_.spec.table +
             " in this database, or its schema is another one; write schema.table"}};
  }
  const TableUse use{read, written};
  auto problems = UnfitTable(**picture, settings_, use);
  for (auto& missing : MissingColumns(**picture, ColumnsUsed(settings_, use)))
    problems.push_back(std::move(missing));
  for (auto& missing : MissingPrivileges(**picture, settings_, use))
    problems.push_back(std::move(missing));
  if (const Status looked = CheckViewKey(**picture, problems); !looked.ok()) return looked.error();
  std::stable_partition(problems.begin(), problems.end(),
                        [](const auto& problem) { return !problem.advice; });
  return problems;
}

Status TableSide::CheckViewKey(const TablePicture& picture,
                               std::vector<ports::SideProblem>& problems) {
  const PicturedColumn* key = picture.Find(settings_.spec.key);
  if (picture.kind != 'v' || key == nullptr || !key->may_read || !picture.may_enter) return {};
  const auto rows = Ask("table.check_key", UnclearKeySql(picture, *key), Params());
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return {};
  problems.push_back({"LINK_TABLE_WITHOUT_KEY", key->name,
                      "the column " + key->name +
                          " of the view names several rows at once, or is null in some; name one "
                          "that is another in each row"});
  return {};
}

Status TableSide::Prepare() {
  const auto picture = Look();
  if (!picture.ok()) return picture.error();
  if (*picture == nullptr) return NoTable(settings_.spec.table);
  std::string sqlstate;
  const Status done = database_.Transact("table.prepare", [&](Transaction& transaction) {
    Status prepared = PrepareHome(transaction, **picture, settings_.feed, settings_.spec.key,
                                  settings_.spec.changes);
    sqlstate = transaction.sqlstate();
    return prepared;
  });
  return done.ok() ? done : Status(Judge(done.error(), sqlstate, About::kReading));
}

Status TableSide::Dismantle() {
  const auto leave = [&](Transaction& transaction) {
    return LeaveHome(transaction, settings_.feed);
  };
  if (Status left = database_.Transact("table.dismantle", leave); !left.ok()) return left;
  // Others may have put something there, or have no right to take it away: then it stays.
  (void)database_.Transact("table.remove_home", RemoveHome);
  return {};
}

// ---- Reading

Result<pqxx::result> TableSide::Ask(const char* name, const std::string& sql, const Params& params,
                                    About about) {
  std::string sqlstate;
  auto rows = database_.Read({name, sql.c_str(), Planning::kEachTime}, params, &sqlstate);
  if (!rows.ok()) return Judge(rows.error(), sqlstate, about);
  return rows;
}

Result<std::vector<SideRecord>> TableSide::AskRecords(const char* name, const std::string& sql,
                                                      const Params& params) {
  const auto rows = Ask(name, sql, params);
  if (!rows.ok()) return rows.error();
  std::vector<SideRecord> records;
  for (const pqxx::row& row : *rows) {
    auto record = TableRowOf(row);
    if (!record.ok()) return record.error();
    records.push_back(std::move(*record));
  }
  return records;
}

Result<std::optional<SideRecord>> TableSide::ReadRow(const TablePicture& picture,
                                                     const std::string& key) {
  auto records =
      AskRecords("table.read", ReadRowSql(picture, ColumnsOf(picture)), Params().Text(key));
  if (!records.ok()) {
    // What is no key of this type names no row.
    if (records.error().kind == ErrorKind::kInvalid) return std::optional<SideRecord>();
    return records.error();
  }
  if (records->empty()) return std::optional<SideRecord>();
  return std::optional(std::move(records->front()));
}

Result<std::optional<SideRecord>> TableSide::Read(const std::string& key, Lane /*lane*/) {
  const auto picture = Picture();
  if (!picture.ok()) return picture.error();
  return ReadRow(**picture, key);
}

Result<bool> TableSide::IsGone(const std::string& key, Lane /*lane*/) {
  const auto picture = Look();
  if (!picture.ok()) return picture.error();
  if (*picture == nullptr) return NoTable(settings_.spec.table);
  const auto columns = ColumnsOf(**picture);
  // What is hidden from us is not gone.
  if (columns.key == nullptr || (*picture)->guarded) return false;
  const auto rows = Ask("table.gone", GoneSql(**picture, *columns.key),
                        Params().Text(key).Text(settings_.feed), About::kHome);
  if (!rows.ok()) {
    if (rows.error().kind == ErrorKind::kInvalid) return false;
    return rows.error();
  }
  return !FlagOf(rows->front(), "is_there") && FlagOf(rows->front(), "same_table");
}

Result<std::vector<SideRecord>> TableSide::Find(const core::twoway::MatchKey& key, Lane /*lane*/) {
  const auto picture = Picture();
  if (!picture.ok()) return picture.error();
  const auto columns = ColumnsOf(**picture);
  const std::string value = key.by == MatchBy::kPhone ? DigitsOf(key.value) : key.value;
  const PicturedColumn* external = (*picture)->Find(settings_.spec.external_key);
  if (value.empty() || (key.by == MatchBy::kExternalKey && external == nullptr))
    return std::vector<SideRecord>();
  // Neither the last digits of a number nor a text within a list say for sure that a row has it.
  const Params params = Params().Text(value).Number(ports::kMostFound);
  if (key.by == MatchBy::kPhone)
    return AskRecords("table.find", FindPhoneSql(**picture, columns, settings_.phones), params);
  if (key.by == MatchBy::kEmail)
    return AskRecords("table.find", FindEmailSql(**picture, columns, settings_.emails), params);
  auto found = AskRecords("table.find", FindValueSql(**picture, columns, *external), params);
  if (!found.ok() && found.error().kind == ErrorKind::kInvalid) return std::vector<SideRecord>();
  return found;
}

Result<ports::SidePage> TableSide::Scan(const std::string& from, Lane /*lane*/) {
  const auto picture = Picture();
  if (!picture.ok()) return picture.error();
  const bool behind = !from.empty();
  Params params;
  params.Number(kScanPage);
  if (behind) params.Text(std::string_view(from).substr(1));
  auto records =
      AskRecords("table.scan", ScanRowsSql(**picture, ColumnsOf(**picture), behind), params);
  if (!records.ok()) return records.error();
  ports::SidePage page;
  if (static_cast<std::int64_t>(records->size()) == kScanPage)
    page.next = kBehind + records->back().key;
  page.records = std::move(*records);
  if (behind) return page;
  page.total = (*picture)->guess;
  if ((*picture)->guess < kCountedRows) {
    const auto counted =
        Ask("table.count", "select count(*) as count from " + (*picture)->Sql(), Params());
    if (!counted.ok()) return counted.error();
    page.total = NumberOf(counted->front(), "count");
  }
  return page;
}

}  // namespace sb::adapters::postgres
