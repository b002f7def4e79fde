#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "engine/base/time.h"
#include "engine/core/sync/scan.h"

namespace sb::core::sync {

/// What a column of a table holds.
enum class ColumnType { kText, kBigint, kNumeric, kBoolean, kTimestamp, kJson };

/// "text", "bigint", "numeric", "boolean", "timestamp", "json".
const char* ToString(ColumnType type);
/// The reverse; nothing for any other name.
std::optional<ColumnType> ColumnTypeFrom(const std::string& name);

/// Where in an object a value stands: members to follow, or a jq program over the object.
struct Source {
  std::vector<std::string> path;  ///< Empty, without a program: the object itself.
  std::string program;            ///< Empty: the path says it.

  bool operator==(const Source&) const = default;
};

struct Column {
  std::string name;
  ColumnType type = ColumnType::kText;
  Source from;
  bool in_events = true;  ///< False: only lists and direct reads tell it.
  std::string comment;

  bool operator==(const Column&) const = default;
};

/// A column that holds the key of a row of another stream's table.
struct Relation {
  std::string column;
  std::string stream;

  bool operator==(const Relation&) const = default;
};

/// Rows that are a part of an object and live and die with it. Their table begins with the columns
/// of the parent's key, which are named <parent's singular>_<column>.
struct ChildTable {
  std::string table;
  std::string title;
  Source items;                  ///< A list; whatever else counts as an empty one.
  std::vector<Column> columns;   ///< Read from an item.
  std::vector<std::string> key;  ///< Of its columns; together with the parent's key it is the
                                 ///< primary key. "position": the place in the list.
  std::vector<Relation> relations;
  bool in_events = true;  ///< False: events do not carry them.

  bool operator==(const ChildTable&) const = default;
};

/// An action of the provider and its input, in which "${ jq }" has arguments. What is not found by
/// following members sees $page.
struct Reading {
  std::string action;  ///< Without connector: "calls.list".
  Json with = Json::object();
  Source items;                 ///< Of the output: the objects; of a direct read, the object.
  std::optional<Source> more;   ///< Whether another page follows; nothing: there is one page.
  std::optional<Source> total;  ///< How many objects the window has; nothing: it is not told.
};

/// The way by which an event tells of an object.
struct LiveEvent {
  std::string type;   ///< "io.aircall.call.ended"
  int rank = 0;       ///< Among events of the same second.
  bool gone = false;  ///< After it the object is not there any more.
};

/// Rows of a stream's table that have one value in one column, under a name of their own.
struct NamedView {
  std::string name;    ///< "call_ended"
  std::string column;  ///< By which its rows are told from the others: "type".
  std::string value;
  std::string comment;

  bool operator==(const NamedView&) const = default;
};

/// What a rule is told besides the object ($limit).
enum class LimitType { kNone, kDuration, kBytes, kTexts };

/// A rule by which a definition can choose objects of the stream.
struct ImportRule {
  std::string name;   ///< "max_age"
  std::string title;  ///< What has to hold.
  LimitType limit = LimitType::kNone;
  bool limit_optional = false;  ///< $limit may be null.
  std::string passes;           ///< jq over the object, which sees $limit and $now (Unix seconds).
  std::string reason;           ///< jq likewise: a text that says why it does not, with the values.

  bool operator==(const ImportRule&) const = default;
};

/// What is replicated of one collection of a provider. Made from connectors/<name>/streams/.
struct Stream {
  std::string name;  ///< "calls"; also that of its table.
  std::string title;
  std::string singular;  ///< "call": what child tables call its key.
  Reading list;          ///< Sees $from, $to (Unix seconds) and $page.
  ScanShape shape;
  std::optional<Source> window_at;   ///< What the window looks at; nothing: the list has no window.
  std::optional<Reading> changes;    ///< A list of newest changes first, of the same objects.
  std::optional<Source> changed_at;  ///< By what that list is ordered.
  std::optional<Reading> get;        ///< Reads one; sees $id. "Not found" proves its absence.
  bool detailed = false;             ///< The list leaves parts out: each object is read by `get`.
  /// So long before what is known a window begins: objects change after they have begun.
  Millis overlap{0};
  std::vector<std::string> key;  ///< Columns; empty: there is one object, which has no key.
  std::vector<Column> columns;
  std::vector<Relation> relations;
  std::vector<ChildTable> children;
  std::vector<std::string> leave_out;  ///< Members that are not copied, at any depth: links that
                                       ///< die, secrets.
  std::set<std::string> known;         ///< Members that objects are known to have; empty: any.
  std::string derived;                 ///< See DerivedProgram (rows.h).
  std::vector<LiveEvent> live;
  std::string event_program;  ///< jq over an event's data: the object; empty: the data itself.
  /// Its objects are the events themselves, as the inbox has them: nothing is ever read, nothing
  /// goes away. There is one such stream, made by the engine (EventsStream).
  bool from_inbox = false;
  /// No list shows its objects. Events name them (`event_program` gives the key), and each is read
  /// by itself (`get`).
  bool by_name = false;
  std::vector<NamedView> views;  ///< Of its table.

  std::vector<ImportRule> rules;

  /// Whether there is a list to read.
  bool is_listed() const { return !from_inbox && !by_name; }

  const Column* FindColumn(const std::string& column) const;
  /// Null: the stream has no such rule.
  const ImportRule* FindRule(const std::string& rule) const;
  /// The column that holds what the window looks at; null where the stream has no windows.
  const Column* WindowColumn() const;
};

/// The streams of the connectors that exist, and where they can be replicated into. Immutable;
/// thread-safe.
class StreamCatalog {
 public:
  virtual ~StreamCatalog() = default;

  /// Names of connectors that have streams, sorted.
  virtual std::vector<std::string> Sources() const = 0;
  /// By the stream's name; null where there is no such connector, or it has none.
  virtual const std::map<std::string, Stream>* FindStreams(const std::string& connector) const = 0;
};

}  // namespace sb::core::sync
