#include "engine/adapters/postgres/table_settings.h"

namespace sb::adapters::postgres {
namespace {

using core::twoway::Creates;
using core::twoway::Deletes;
using core::twoway::Shape;
using core::twoway::Side;

void AddNames(const std::vector<std::string>& names, std::vector<std::string>& to) {
  to.insert(to.end(), names.begin(), names.end());
}

}  // namespace

TableSettings TableSettingsOf(const core::twoway::Definition& definition, Side side,
                              const std::string& feed) {
  const bool is_a = side == Side::kA;
  TableSettings settings;
  settings.spec = definition.at(side);
  settings.feed = feed;
  for (const core::twoway::Field& field : definition.fields) {
    const std::vector<std::string>& names = field.at(side).names;
    settings.columns.insert(names.begin(), names.end());
    if (field.shape == Shape::kPhone || field.shape == Shape::kPhones)
      AddNames(names, settings.phones);
    if (field.shape == Shape::kEmail || field.shape == Shape::kEmails)
      AddNames(names, settings.emails);
  }
  const Deletes deletes = is_a ? definition.deletes.to_a : definition.deletes.to_b;
  const std::string& flag = is_a ? definition.deletes.flag_a : definition.deletes.flag_b;
  if (deletes == Deletes::kFlag && !flag.empty()) settings.columns.insert(flag);
  if (!settings.spec.external_key.empty()) settings.columns.insert(settings.spec.external_key);
  settings.every_column = !settings.spec.where.empty();
  settings.creates = definition.creates == Creates::kBoth ||
                     definition.creates == (is_a ? Creates::kInA : Creates::kInB);
  settings.deletes = deletes == Deletes::kDelete;
  return settings;
}

}  // namespace sb::adapters::postgres
