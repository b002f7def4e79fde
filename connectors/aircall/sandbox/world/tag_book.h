#pragma once

#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "connectors/aircall/sandbox/world/ids.h"
#include "connectors/aircall/sandbox/world/objects.h"
#include "connectors/aircall/sandbox/world/page.h"
#include "engine/base/result.h"

namespace sb::aircall::sandbox {

/// The tags of a company. Refusals are kInvalid SANDBOX_INVALID or kNotFound SANDBOX_NOT_FOUND.
class TagBook {
 public:
  explicit TagBook(std::shared_ptr<IdSource> ids) : ids_(std::move(ids)) {}

  /// Names are unique, colours are "#RRGGBB", emojis are dropped from names (doc).
  Result<Tag> Create(const std::string& name, const std::string& color, WallTime now);
  /// Changes what is sent: the reference calls both mandatory, its own example sends one.
  Result<Tag> Update(std::int64_t id, const std::optional<std::string>& name,
                     const std::optional<std::string>& color);
  Status Remove(std::int64_t id);

  /// Puts a built-in tag in place.
  void Seed(const std::string& name, const std::string& color, const std::string& description,
            WallTime created_at);

  Result<Tag> Get(std::int64_t id) const;
  Page<Tag> List(const ListQuery& query) const;

  std::size_t size() const { return tags_.size(); }

  /// The id at a place, from 0.
  std::int64_t IdAt(std::int64_t place) const { return std::next(tags_.begin(), place)->first; }

 private:
  Status CheckName(const std::string& name, std::int64_t own_id) const;

  std::shared_ptr<IdSource> ids_;
  std::map<std::int64_t, Tag> tags_;
};

}  // namespace sb::aircall::sandbox
