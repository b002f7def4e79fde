#include "tests/sim/twoway/world.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include <nlohmann/json.hpp>

namespace sb::sim::twoway {
namespace {

using core::twoway::Conflict;
using core::twoway::Definition;
using core::twoway::Deletes;
using core::twoway::Direction;
using core::twoway::Field;
using core::twoway::FieldLimits;
using core::twoway::Shape;
using core::twoway::Side;
using core::twoway::SideShape;
using testing::FakeRecordSide;

/// Where a delete of the other side is noted.
constexpr const char* kFlagField = "left_the_other";

FieldLimits Text(std::size_t most_chars = 0, bool clears = true) {
  FieldLimits limits;
  limits.most_chars = most_chars;
  limits.clears = clears;
  return limits;
}

FieldLimits List(const char* type, std::size_t most, std::size_t least) {
  FieldLimits limits;
  limits.type = type;
  limits.most = most;
  limits.least = least;
  limits.required = least > 0;
  return limits;
}

FieldLimits Flag() {
  FieldLimits limits;
  limits.type = "boolean";
  return limits;
}

/// Contacts as Aircall has them.
SideShape ContactShape() {
  return {{"first_name", Text(12)},         {"company_name", Text(0, false)},
          {"information", Text()},          {"phone_numbers", List("phones", 4, 1)},
          {"emails", List("emails", 3, 0)}, {kFlagField, Flag()}};
}

SideShape TableShape() {
  return {{"first_name", Text(9)}, {"company", Text()}, {"note", Text()},    {"phone", Text()},
          {"mobile", Text()},      {"email", Text()},   {kFlagField, Flag()}};
}

SideShape ApiShape() {
  return {{"first_name", Text(9)},
          {"company", Text()},
          {"note", Text()},
          {"phones", List("phones", 3, 0)},
          {"emails", List("emails", 2, 0)},
          {kFlagField, Flag()}};
}

Field Mapped(const char* a, std::vector<std::string> b, Shape shape) {
  Field field;
  field.name = a;
  field.a.names = {a};
  field.b.names = std::move(b);
  field.shape = shape;
  return field;
}

std::vector<Field> Fields(bool b_is_table) {
  using Names = std::vector<std::string>;
  return {Mapped("first_name", {"first_name"}, Shape::kText),
          Mapped("company_name", {"company"}, Shape::kText),
          Mapped("information", {"note"}, Shape::kText),
          Mapped("phone_numbers", b_is_table ? Names{"phone", "mobile"} : Names{"phones"},
                 Shape::kPhones),
          Mapped("emails", b_is_table ? Names{"email"} : Names{"emails"}, Shape::kEmails)};
}

Conflict AnyPolicy(Dice& dice) {
  static const std::vector<Conflict> kPolicies = {
      Conflict::kNewest, Conflict::kNewest, Conflict::kNewest,    Conflict::kA,
      Conflict::kA,      Conflict::kB,      Conflict::kFillBlank, Conflict::kAsk};
  return dice.OneOf(kPolicies);
}

Deletes AnyDeletes(Dice& dice) {
  static const std::vector<Deletes> kRules = {Deletes::kDelete, Deletes::kDelete, Deletes::kUnlink,
                                              Deletes::kFlag, Deletes::kIgnore};
  return dice.OneOf(kRules);
}

Definition AnyDefinition(Dice& dice, bool b_is_table) {
  Definition definition;
  definition.head.workspace = "acme";
  definition.head.name = "customers";
  definition.head.version = "1.0.0";
  definition.a.name = "aircall";
  definition.b.name = "crm";
  definition.match = {core::twoway::MatchBy::kPhone, core::twoway::MatchBy::kEmail};
  definition.fields = Fields(b_is_table);
  for (Field& field : definition.fields) {
    field.conflict = AnyPolicy(dice);
    field.labels = IsList(field.shape) && !b_is_table;
    if (IsList(field.shape) && b_is_table) field.label = "Work";
    const bool one_way = !IsList(field.shape) && dice.Chance(0.1);
    if (one_way) field.direction = dice.Chance(0.5) ? Direction::kToA : Direction::kToB;
  }
  definition.deletes.to_a = AnyDeletes(dice);
  definition.deletes.to_b = AnyDeletes(dice);
  definition.deletes.flag_a = kFlagField;
  definition.deletes.flag_b = kFlagField;
  definition.deletes.brake_count = dice.Chance(0.5) ? 2 : 20;
  return definition;
}

}  // namespace

World::World(Dice& dice, ports::SyncId sync, ports::LinkStore* elsewhere)
    : own_store(elsewhere != nullptr ? nullptr : std::make_unique<testing::FakeLinkStore>(clock)),
      store(elsewhere != nullptr ? *elsewhere : *own_store),
      place{7, AccountId(1), sync} {
  b_is_table = dice.Chance(0.6);
  b_tells_events = !b_is_table && dice.Chance(0.5);
  a_shouts = dice.Chance(0.2);
  definition = AnyDefinition(dice, b_is_table);
  FakeRecordSide::Options contacts;
  contacts.shape = ContactShape();
  contacts.prefix = "a";
  contacts.knows_writes = false;
  contacts.tells_changes = false;
  contacts.index_lag = dice.Chance(0.5) ? Millis(10'000) : Millis(0);
  contacts.whole_seconds = true;
  contacts.page = 4;
  if (a_shouts) contacts.spelling = Spelled;
  FakeRecordSide::Options customers;
  customers.shape = b_is_table ? TableShape() : ApiShape();
  customers.prefix = "b";
  customers.knows_writes = b_is_table;
  customers.tells_changes = !b_tells_events;
  customers.page = 4;
  a = std::make_unique<FakeRecordSide>(contacts, clock);
  b = std::make_unique<FakeRecordSide>(customers, clock);
  shape_a_ = contacts.shape;
  shape_b_ = customers.shape;
  MakeProjectors();
}

void World::MakeProjectors() {
  using core::twoway::Projector;
  projector_a =
      std::make_unique<Projector>(definition, Side::kA, shape_a_, "FR", Projector::Equipment{});
  projector_b =
      std::make_unique<Projector>(definition, Side::kB, shape_b_, "FR", Projector::Equipment{});
}

void World::HoldBack(const std::string& field) {
  const auto at = std::ranges::find(definition.fields, field, &Field::name);
  held_back_ = *at;
  definition.fields.erase(at);
  MakeProjectors();
}

std::string World::DeployNext() {
  definition.head.version = "1.1.0";
  definition.fields.push_back(*held_back_);
  MakeProjectors();
  return held_back_->name;
}

Json World::Spelled(const std::string& field, const Json& value) {
  if (field != "company_name" || !value.is_string()) return value;
  std::string text = value.get<std::string>();
  for (char& sign : text) {
    sign = static_cast<char>(std::toupper(static_cast<unsigned char>(sign)));
  }
  return text;
}

core::twoway::Record World::Canonical(Side which, const Json& native) const {
  if (native.is_null()) return {};
  const auto projection = projector(which).Project(native);
  return projection.ok() ? projection->record : core::twoway::Record();
}

std::string World::Word(Dice& dice) {
  const std::string word = "w" + std::to_string(++words_);
  if (dice.Chance(0.1)) return "  Zo\xC3\xAB  " + word + " ";
  if (dice.Chance(0.1)) return word + "-longer-than-both";
  return word;
}

std::string World::Phone(Dice& dice) {
  const std::string digits = std::to_string(100 + dice.Below(40));
  return dice.Chance(0.2) ? "+33 1 42 68 5" + digits.substr(0, 1) + " " + digits.substr(1)
                          : "+331426 85" + digits;
}

Json World::Newcomer(Dice& dice, Side which, const std::string& phone) {
  Json native = {{"first_name", Word(dice)}};
  if (which == Side::kB && b_is_table) {
    native["phone"] = phone;
    if (dice.Chance(0.5)) native["company"] = Word(dice);
    if (dice.Chance(0.3)) native["email"] = Word(dice).substr(0, 3) + "@example.com";
    return native;
  }
  native[which == Side::kA ? "phone_numbers" : "phones"] =
      Json::array({{{"value", phone}, {"label", "Work"}}});
  if (dice.Chance(0.5)) native[which == Side::kA ? "company_name" : "company"] = Word(dice);
  return native;
}

Json World::Entries(Dice& dice, const Json& now, const std::string& added) {
  Json entries = now.is_array() ? now : Json::array();
  const bool removes = entries.size() > 1 && dice.Chance(0.5);
  if (removes) {
    entries.erase(dice.Below(entries.size()));
  } else {
    entries.push_back({{"value", added}, {"label", dice.Chance(0.5) ? "Work" : "Mobile"}});
  }
  return entries;
}

void World::EditList(Dice& dice, Side which, const Json& native, Json& values, bool phones) {
  const std::string added = phones ? Phone(dice) : "p" + std::to_string(++words_) + "@Example.com";
  if (which == Side::kB && b_is_table) {
    const char* const column = !phones ? "email" : dice.Chance(0.3) ? "phone" : "mobile";
    const bool clears = column != std::string("phone") && native.contains(column);
    values[column] = clears && dice.Chance(0.4) ? Json() : Json(added);
    return;
  }
  const char* const list = !phones ? "emails" : which == Side::kA ? "phone_numbers" : "phones";
  values[list] = Entries(dice, Member(native, list), added);
}

Json World::Edit(Dice& dice, Side which, const Json& native) {
  Json values = Json::object();
  const std::vector<std::string> texts =
      which == Side::kA ? std::vector<std::string>{"first_name", "company_name", "information"}
                        : std::vector<std::string>{"first_name", "company", "note"};
  for (std::size_t more = 0; more <= dice.Below(2); ++more) {
    if (dice.Chance(0.35)) {
      EditList(dice, which, native, values, dice.Chance(0.6));
    } else {
      values[dice.OneOf(texts)] = dice.Chance(0.15) ? Json() : Json(Word(dice));
    }
  }
  return values;
}

}  // namespace sb::sim::twoway
