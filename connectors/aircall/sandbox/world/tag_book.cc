#include "connectors/aircall/sandbox/world/tag_book.h"

#include <algorithm>
#include <cctype>

#include "connectors/aircall/sandbox/world/refusal.h"
#include "connectors/aircall/sandbox/world/text.h"

namespace sb::aircall::sandbox {
namespace {

Status CheckColor(const std::string& color) {
  const bool hex = color.size() == 7 && color.front() == '#' &&
                   std::all_of(color.begin() + 1, color.end(), [](char c) {
                     return std::isxdigit(static_cast<unsigned char>(c)) != 0;
                   });
  if (hex) return {};
  return Refused("color is not a hexadecimal colour such as #00B388");
}

}  // namespace

Result<Tag> TagBook::Create(const std::string& name, const std::string& color, WallTime now) {
  const std::string clean = WithoutEmojis(name);
  if (Status status = CheckName(clean, 0); !status.ok()) return status.error();
  if (Status status = CheckColor(color); !status.ok()) return status.error();
  const Tag tag{ids_->Next(IdKind::kTag), clean, color, std::nullopt, now};
  tags_.emplace(tag.id, tag);
  return tag;
}

Result<Tag> TagBook::Update(std::int64_t id, const std::optional<std::string>& name,
                            const std::optional<std::string>& color) {
  const auto found = tags_.find(id);
  if (found == tags_.end()) return UnknownId("Tag");
  Tag changed = found->second;
  if (name) changed.name = WithoutEmojis(*name);
  if (color) changed.color = *color;
  if (Status status = CheckName(changed.name, id); !status.ok()) return status.error();
  if (Status status = CheckColor(changed.color); !status.ok()) return status.error();
  return found->second = changed;
}

Status TagBook::Remove(std::int64_t id) {
  if (tags_.erase(id) == 0) return UnknownId("Tag");
  return {};
}

void TagBook::Seed(const std::string& name, const std::string& color,
                   const std::string& description, WallTime created_at) {
  const Tag tag{ids_->Next(IdKind::kTag), name, color, description, created_at};
  tags_.emplace(tag.id, tag);
}

Result<Tag> TagBook::Get(std::int64_t id) const {
  const auto found = tags_.find(id);
  if (found == tags_.end()) return UnknownId("Tag");
  return found->second;
}

Page<Tag> TagBook::List(const ListQuery& query) const {
  std::vector<const Tag*> all;
  for (const auto& [id, tag] : tags_) all.push_back(&tag);
  const TimeOf<Tag> created = [](const Tag& each) { return each.created_at; };
  return TakePage<Tag>(std::move(all), query, WindowRule::kFromOn, created, created);
}

Status TagBook::CheckName(const std::string& name, std::int64_t own_id) const {
  if (IsBlank(name)) return Refused("name is missing");
  const bool taken = std::any_of(tags_.begin(), tags_.end(), [&](const auto& each) {
    return each.second.name == name && each.first != own_id;
  });
  if (taken) return Refused("name is already taken by another tag");
  return {};
}

}  // namespace sb::aircall::sandbox
