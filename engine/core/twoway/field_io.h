#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/core/twoway/canonical.h"
#include "engine/core/twoway/definition.h"
#include "engine/core/twoway/record_kind.h"
#include "engine/core/workflow/expressions.h"

namespace sb::core::twoway {

/// How a side keeps a field.
enum class Holding {
  kValue,    ///< One value in one native field; of a list what `write` makes.
  kColumns,  ///< A list, each entry in a native field of its own.
  kEntries   ///< A list in one native field.
};

/// Where a sync reads and writes one field of one side, and by what. Borrows everything; made for
/// the moment.
struct FieldPlace {
  const Field& field;
  const SideSpec& spec;
  Side side;
  const SideShape& shape;
  const PhoneReading& reading;
  const workflow::Expressions* expressions;
};

/// One field of one side, read and written. The rules stand at Record and Projector. Fails only
/// with errors that are not the record's fault.
class FieldIo {
 public:
  explicit FieldIo(const FieldPlace& place);

  /// What the native record holds.
  Result<Canonical> Read(const Json& native) const;

  /// What the side shows once `target` is written over `now`; both canonical, null: blank.
  Result<Json> Shown(const Json& target, const Json& now) const;

  /// Puts the native fields that change into `values`.
  Status Write(const Json& target, const Json& native, Json& values) const;

  /// What is read once `value` is written; nothing: the side cannot hold it.
  Result<std::optional<Json>> Back(const Json& value) const;

  bool IsRequired() const;

 private:
  const SideField& names() const { return place_.field.at(place_.side); }

  FieldLimits LimitsOf(const std::string& name) const;
  bool IsWritable() const;
  Json RawOf(const Json& native) const;
  Result<Canonical> FromRaw(const Json& raw) const;
  Result<std::optional<Json>> ToRaw(const Json& value) const;
  Result<std::optional<Json>> Transformed(const std::string& program, const Json& value) const;
  std::optional<Json> Fitting(const Json& raw) const;
  Json Chosen(const Json& target, const Json& now) const;
  bool HasRoomFor(const std::string& key) const;
  Status WriteList(const Json& target, const Json& native, Json& values) const;
  void WriteColumns(const std::vector<Json>& wanted, const Json& native, Json& values) const;
  void WriteEntries(const std::vector<Json>& wanted, const Json& native, Json& values) const;

  const FieldPlace place_;
  const FieldLimits limits_;  ///< Of its first native field; of columns the tightest.
  const Holding holding_;
};

}  // namespace sb::core::twoway
