#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/base/time.h"
#include "engine/core/sync/streams.h"

// Kinds of records that a connector can read and write: data of its folder (records/<name>.yaml).
namespace sb::core::twoway {

/// What a side can hold in one of its native fields. It decides what the field shows after a write.
struct FieldLimits {
  std::string type = "text";   ///< "text", "number", "boolean", "phones", "emails", "json".
  std::size_t most_chars = 0;  ///< 0: any number. What is longer is cut there.
  std::size_t most = 0;        ///< Of a list: entries at most; 0: any number.
  std::size_t least = 0;       ///< Of a list: the last so many cannot be taken away.
  bool clears = true;          ///< False: once it has a value, it always has one.
  bool writable = true;
  bool required = false;  ///< A record cannot be made without it.
  /// Of a list whose entries cannot be without label: what a new one is called that has none.
  std::string blank_label;
  std::string comment;

  bool operator==(const FieldLimits&) const = default;
};

/// Native fields of a side by name, as people may map them.
using SideShape = std::map<std::string, FieldLimits>;

/// One use of an action. `with` has "${ jq }" over what the user of it says.
struct RecordUse {
  std::string action;  ///< Without connector: "contacts.get".
  Json with = Json::object();
  std::string pick;  ///< jq over its output: the record or records.

  bool operator==(const RecordUse&) const = default;
};

/// Uses of an action to change a record. `each` is jq that makes the list of its inputs; it sees
/// the record as it is (.) and $target (native fields that are to change, with their new values).
struct RecordChange {
  std::string action;
  std::string each;
  std::string pick;  ///< jq over its output: the object as it is now. Empty: it does not tell it.

  bool operator==(const RecordChange&) const = default;
};

/// A kind of record of a connector.
struct RecordKind {
  std::string name;    ///< "contact"
  std::string stream;  ///< By which all of them are read (streams/<stream>.yaml): "contacts".
  SideShape fields;
  std::string key;         ///< jq over the provider's object: what names it, a text or a number.
  std::string native;      ///< jq: native fields out of the provider's object.
  std::string changed_at;  ///< jq: when it changed last, RFC 3339 or Unix seconds; may be empty.
  RecordUse read;          ///< Sees $key.
  std::vector<RecordUse> find_phone;  ///< See $value (E.164); `pick` gives a list of the objects
                                      ///< that have it, oldest first.
  std::vector<RecordUse> find_email;
  RecordUse create;  ///< Sees $target. `pick` gives the object.
  std::vector<RecordChange> changes;
  RecordUse remove;                            ///< Sees $key.
  RecordUse prove;                             ///< Succeeds only with a credential that is good.
  Millis ask_every = std::chrono::minutes(1);  ///< Without events: how often changes are asked for.
  std::vector<std::string> changed_events;     ///< CloudEvents types whose data is the object.
  std::vector<std::string> gone_events;
  std::string event_key;    ///< jq over an event's data: the record's key.
  std::string event_whole;  ///< jq over it: has it all that `native` reads? Empty: always.
};

/// By connector, then by the record's name.
using RecordCatalog = std::map<std::string, std::map<std::string, RecordKind>>;

}  // namespace sb::core::twoway
