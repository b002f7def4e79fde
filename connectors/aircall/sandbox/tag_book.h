#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "connectors/aircall/sandbox/ids.h"
#include "connectors/aircall/sandbox/objects.h"
#include "connectors/aircall/sandbox/page.h"
#include "engine/base/result.h"

namespace sb::aircall::sandbox {

/// The tags of a company. Refusals are kInvalid SANDBOX_INVALID or kNotFound SANDBOX_NOT_FOUND.
class TagBook {
 public:
  explicit TagBook(IdSource& ids) : ids_(ids) {}

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

 private:
  Status CheckName(const std::string& name, std::int64_t own_id) const;

  IdSource& ids_;
  std::map<std::int64_t, Tag> tags_;
};

}  // namespace sb::aircall::sandbox
