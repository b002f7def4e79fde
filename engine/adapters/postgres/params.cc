#include "engine/adapters/postgres/params.h"

#include <utility>

namespace sb::adapters::postgres {

Params& Params::Add(std::optional<std::string> value) {
  values_.push_back(std::move(value));
  return *this;
}

Params& Params::Number(std::int64_t value) {
  return Add(std::to_string(value));
}

Params& Params::NumberOrNull(std::optional<std::int64_t> value) {
  return value ? Number(*value) : Add(std::nullopt);
}

Params& Params::Text(std::string_view value) {
  return Add(CleanText(value));
}

Params& Params::Bytes(std::string_view value) {
  return Add(BytesText(value));
}

Params& Params::BytesOrNull(std::string_view value) {
  return value.empty() ? Add(std::nullopt) : Bytes(value);
}

Params& Params::Time(WallTime value) {
  return Add(TimeText(value));
}

Params& Params::Chosen(const ports::Choice<std::string>& choice) {
  ArrayText words;
  for (const std::string& word : choice.ids) words.AddText(word);
  return Number(static_cast<std::int64_t>(choice.mode)).Array(words);
}

Params& Params::Chosen(const ports::Choice<ports::InboxSource>& choice) {
  ArrayText sources;
  for (const ports::InboxSource source : choice.ids)
    sources.AddNumber(static_cast<std::int64_t>(source));
  return Number(static_cast<std::int64_t>(choice.mode)).Array(sources);
}

Params& Params::TimeOrNull(std::optional<WallTime> value) {
  return value ? Time(*value) : Add(std::nullopt);
}

Params& Params::Array(const ArrayText& value) {
  return Add(value.Text());
}

Params& Params::LastBytes(std::string value) {
  last_bytes_ = std::move(value);
  return *this;
}

}  // namespace sb::adapters::postgres
