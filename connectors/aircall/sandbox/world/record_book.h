#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "connectors/aircall/sandbox/world/clock.h"

namespace sb::aircall::sandbox {

/// One JSON document of a collection: what Aircall keeps without rules of its own.
struct Record {
  std::int64_t id = 0;     ///< Its place in the order of making.
  std::string collection;  ///< "sms_template"
  std::string key;         ///< Its name within the collection, often the id of what it is about.
  WallTime created_at;
  std::string text;  ///< JSON, as it stands on the wire.
};

/// Everything of a company that is data alone: message configurations, templates, campaign
/// registrations, dialer campaigns, exports, conversation intelligence. A new such resource is a
/// row of a route table and a collection here.
class RecordBook {
 public:
  /// Makes or replaces; a replaced one keeps its id and its time.
  const Record& Put(const std::string& collection, const std::string& key, std::string text,
                    WallTime now);
  /// Null when there is none. Valid until it is removed.
  const Record* Find(const std::string& collection, const std::string& key) const;
  bool Remove(const std::string& collection, const std::string& key);
  /// The whole collection, oldest first.
  std::vector<const Record*> All(const std::string& collection) const;

  /// A number for a record, or for a part of one.
  std::int64_t NextId() { return next_id_++; }

 private:
  std::int64_t next_id_ = 4001;
  std::map<std::pair<std::string, std::string>, Record> records_;
};

}  // namespace sb::aircall::sandbox
