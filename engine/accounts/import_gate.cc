#include "engine/accounts/import_gate.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "engine/core/sync/rows.h"

namespace sb::accounts {
namespace {

using core::sync::ImportVerdict;
using ports::Skip;

std::string KeyAtGate(const ImportScene& scene, const ports::SinkRow& row) {
  return core::sync::KeyOf(scene.stream, row.row.cells);
}

Skip ToSkip(ImportVerdict verdict, std::string key, WallTime age, WallTime at) {
  Skip skip;
  skip.key = std::move(key);
  skip.code = std::move(verdict.code);
  skip.rule = std::move(verdict.rule);
  skip.reason = std::move(verdict.reason);
  skip.age = age;
  skip.at = at;
  return skip;
}

}  // namespace

Result<std::optional<core::sync::ImportLine>> ImportGate::LineOf(const ImportScene& scene) {
  std::optional<core::sync::ImportLine> line;
  if (!scene.filter.first_import) return line;
  const auto drawn = skips_.FirstImportOf(scene.place);
  if (!drawn.ok()) return drawn.error();
  if (*drawn) line = (*drawn)->line;
  return line;
}

Result<std::vector<Skip>> ImportGate::Sift(const ImportScene& scene,
                                           const std::vector<Json>& objects,
                                           const std::vector<std::size_t>& object_of,
                                           std::vector<ports::SinkRow>& rows) {
  auto verdicts =
      core::sync::JudgeObjects(scene.stream, scene.filter, objects, clock_.Now(), expressions_);
  if (!verdicts.ok()) return verdicts.error();
  const auto line = LineOf(scene);
  if (!line.ok()) return line.error();
  std::vector<ports::SinkRow> inside;
  std::vector<std::pair<Skip, ports::SinkRow>> doubtful;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ImportVerdict verdict = (*verdicts)[object_of[i]];
    std::string key = KeyAtGate(scene, rows[i]);
    const WallTime age = core::sync::AgeOf(scene.stream, rows[i].row.cells);
    if (verdict.passes() && scene.filter.first_import) {
      const bool surveys = scene.survey_until && age < *scene.survey_until;
      verdict = core::sync::JudgeByCap(*scene.filter.first_import, surveys, *line, age, key);
    }
    if (verdict.passes()) {
      inside.push_back(std::move(rows[i]));
      continue;
    }
    keys.push_back(key);
    doubtful.emplace_back(ToSkip(std::move(verdict), std::move(key), age, rows[i].at),
                          std::move(rows[i]));
  }
  rows = std::move(inside);
  std::vector<Skip> skips;
  if (doubtful.empty()) return skips;
  const auto known = scene.sink.Known(scene.schema, scene.stream, keys);
  if (!known.ok()) return known.error();
  for (auto& [skip, row] : doubtful) {
    if (known->contains(skip.key))
      rows.push_back(std::move(row));
    else
      skips.push_back(std::move(skip));
  }
  return skips;
}

Status ImportGate::KeepKnown(const ImportScene& scene, std::vector<ports::SinkRow>& rows) {
  std::vector<std::string> keys;
  for (const ports::SinkRow& row : rows) keys.push_back(KeyAtGate(scene, row));
  if (keys.empty()) return {};
  const auto known = scene.sink.Known(scene.schema, scene.stream, keys);
  if (!known.ok()) return known.error();
  std::erase_if(rows,
                [&](const ports::SinkRow& row) { return !known->contains(KeyAtGate(scene, row)); });
  return {};
}

Status ImportGate::Note(const ImportScene& scene, const std::vector<Skip>& skips,
                        const std::vector<ports::SinkRow>& rows) {
  if (!skips.empty()) {
    if (Status entered = skips_.Enter(scene.place, skips); !entered.ok()) return entered;
  }
  std::vector<std::string> keys;
  for (const ports::SinkRow& row : rows) keys.push_back(KeyAtGate(scene, row));
  return keys.empty() ? Status() : skips_.Import(scene.place, keys, clock_.Now());
}

}  // namespace sb::accounts
