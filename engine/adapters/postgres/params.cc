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

Params& Params::Array(const ArrayText& value) {
  return Add(value.Text());
}

}  // namespace sb::adapters::postgres
