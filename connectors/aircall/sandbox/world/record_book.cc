#include "connectors/aircall/sandbox/world/record_book.h"

#include <algorithm>

namespace sb::aircall::sandbox {

const Record& RecordBook::Put(const std::string& collection, const std::string& key,
                              std::string text, WallTime now) {
  const auto [place, is_new] = records_.try_emplace({collection, key});
  Record& record = place->second;
  if (is_new) record = {NextId(), collection, key, now, {}};
  record.text = std::move(text);
  return record;
}

const Record* RecordBook::Find(const std::string& collection, const std::string& key) const {
  const auto found = records_.find({collection, key});
  return found == records_.end() ? nullptr : &found->second;
}

bool RecordBook::Remove(const std::string& collection, const std::string& key) {
  return records_.erase({collection, key}) > 0;
}

std::vector<const Record*> RecordBook::All(const std::string& collection) const {
  std::vector<const Record*> all;
  for (auto each = records_.lower_bound({collection, ""});
       each != records_.end() && each->first.first == collection; ++each) {
    all.push_back(&each->second);
  }
  std::sort(all.begin(), all.end(),
            [](const Record* left, const Record* right) { return left->id < right->id; });
  return all;
}

}  // namespace sb::aircall::sandbox
