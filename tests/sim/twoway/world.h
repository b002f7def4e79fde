#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/core/twoway/definition.h"
#include "engine/core/twoway/record.h"
#include "engine/ports/link_store.h"
#include "tests/sim/twoway/dice.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_link_store.h"
#include "tests/support/fake_record_side.h"

namespace sb::sim::twoway {

/// Both sides, what is remembered of them, and the definition that a seed gave.
class World {
 public:
  /// `elsewhere`: a store that keeps the links, with nothing of this sync in it; none: one in
  /// memory.
  World(Dice& dice, ports::SyncId sync, ports::LinkStore* elsewhere);

  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// The definition as it is at first, without one of its fields; before anybody uses it.
  void HoldBack(const std::string& field);
  /// The next version, which has that field. Its name.
  std::string DeployNext();

  testing::FakeRecordSide& side(core::twoway::Side which) {
    return which == core::twoway::Side::kA ? *a : *b;
  }

  const core::twoway::Projector& projector(core::twoway::Side which) const {
    return which == core::twoway::Side::kA ? *projector_a : *projector_b;
  }

  /// How A spells a value, where it shouts.
  static Json Spelled(const std::string& field, const Json& value);

  core::twoway::Record Canonical(core::twoway::Side which, const Json& native) const;

  /// Native values as a person might enter them on this side: of a new record, with these phone
  /// numbers.
  Json Newcomer(Dice& dice, core::twoway::Side which, const std::string& phone);
  /// One or two fields, other than they are.
  Json Edit(Dice& dice, core::twoway::Side which, const Json& native);
  std::string Phone(Dice& dice);

  testing::FakeClock clock;
  const std::unique_ptr<ports::LinkStore> own_store;  ///< None where it is elsewhere.
  ports::LinkStore& store;
  core::twoway::Definition definition;
  bool b_is_table = true;  ///< Otherwise an HTTP API with lists like those of A.
  bool b_tells_events = false;
  bool a_shouts = false;  ///< A spells companies in capitals.
  std::unique_ptr<testing::FakeRecordSide> a;
  std::unique_ptr<testing::FakeRecordSide> b;
  std::unique_ptr<core::twoway::Projector> projector_a;
  std::unique_ptr<core::twoway::Projector> projector_b;
  const ports::LinkPlace place;

 private:
  std::string Word(Dice& dice);
  void MakeProjectors();
  Json Entries(Dice& dice, const Json& now, const std::string& added);
  void EditList(Dice& dice, core::twoway::Side which, const Json& native, Json& values,
                bool phones);

  int words_ = 0;
  core::twoway::SideShape shape_a_;
  core::twoway::SideShape shape_b_;
  std::optional<core::twoway::Field> held_back_;
};

}  // namespace sb::sim::twoway
