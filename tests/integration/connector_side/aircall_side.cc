#include "tests/integration/connector_side/aircall_side.h"

#include <stdexcept>
#include <utility>

#include "embedded/ConnectorFiles.h"
#include "engine/adapters/jq/jq_expressions.h"
#include "engine/adapters/phone/phone_number_reader.h"
#include "tests/support/sandbox_port.h"

namespace sb::syncs {
namespace {

using aircall::sandbox::World;

const core::workflow::Expressions& JqOfSides() {
  static const adapters::jq::JqExpressions kJq;
  return kJq;
}

const core::personal::PhoneNumbers& PhonesOfSides() {
  static const adapters::phone::PhoneNumberReader kPhones;
  return kPhones;
}

const connector::Library& ShippedLibrary() {
  static const auto kLibrary =
      connector::Library::Load(embedded::ConnectorFiles(), {}, JqOfSides());
  if (!kLibrary.ok()) throw std::runtime_error(kLibrary.error().message);
  return **kLibrary;
}

aircall::sandbox::WorldSettings SettingsWith(const std::vector<std::string>& switches) {
  aircall::sandbox::WorldSettings settings;
  settings.base_url = "https://api.aircall.io";
  [[maybe_unused]] Status set = settings.switches.Set("rate.limit", "0");
  for (const std::string& each : switches) {
    set = settings.switches.SetFromText(each);
    if (!set.ok()) throw std::runtime_error(set.error().message);
  }
  return settings;
}

std::optional<std::string> TextOrNothing(const Json& native, const char* name) {
  const std::string text = TextMember(native, name);
  return text.empty() ? std::nullopt : std::optional(text);
}

std::vector<aircall::sandbox::Detail> DetailsIn(const Json& native, const char* name) {
  std::vector<aircall::sandbox::Detail> details;
  for (const Json& entry : Member(native, name))
    details.push_back({0, TextMember(entry, "label"), TextMember(entry, "value")});
  return details;
}

}  // namespace

Json Entries(const std::vector<std::pair<std::string, std::string>>& entries) {
  Json list = Json::array();
  for (const auto& [label, value] : entries) list.push_back({{"value", value}, {"label", label}});
  return list;
}

AircallSide::AircallSide(const std::vector<std::string>& switches)
    : emulator_(SettingsWith(switches), clock_) {
  const auto key = emulator_.api_key();
  actions_ = std::make_unique<testing::DirectActions>(testing::DirectActions::Dependencies{
      ShippedLibrary(),
      JqOfSides(),
      clock_,
      {"api_key", {{"api_id", Secret(key.id)}, {"api_token", Secret(key.token)}}},
      [this](const ports::HttpRequest& request) { return testing::AskSandbox(emulator_, request); },
      &PhonesOfSides(),
      "US"});
  Restart();
}

void AircallSide::Restart() {
  side_.reset();
  memory_ = std::make_unique<SideMemory>();
  const connector::Connector& aircall = *ShippedLibrary().FindConnector("aircall");
  side_ = std::make_unique<ConnectorSide>(
      ConnectorSide::Dependencies{*actions_, JqOfSides(), clock_, *memory_}, aircall,
      aircall.records.at("contact"), AccountId(7));
}

std::string AircallSide::Made(const Json& native) {
  aircall::sandbox::ContactDraft draft;
  draft.first_name = TextOrNothing(native, "first_name");
  draft.last_name = TextOrNothing(native, "last_name");
  draft.company_name = TextOrNothing(native, "company_name");
  draft.information = TextOrNothing(native, "information");
  draft.phones = DetailsIn(native, "phone_numbers");
  draft.emails = DetailsIn(native, "emails");
  std::string key;
  emulator_.Look([&](World& world) {
    const auto made = world.CreateContact(draft);
    if (!made.ok()) throw std::runtime_error(made.error().message);
    key = std::to_string(made->id);
  });
  return key;
}

std::optional<aircall::sandbox::Contact> AircallSide::There(const std::string& key) {
  std::optional<aircall::sandbox::Contact> contact;
  emulator_.Look([&](World& world) {
    if (auto found = world.contacts().Get(std::stoll(key)); found.ok()) contact = *found;
  });
  return contact;
}

std::size_t AircallSide::HowMany() {
  std::size_t count = 0;
  emulator_.Look(
      [&](World& world) { count = static_cast<std::size_t>(world.contacts().List({}, {}).total); });
  return count;
}

void AircallSide::DeletedInAircall(const std::string& key) {
  emulator_.Look([&](World& world) {
    [[maybe_unused]] const Status removed = world.RemoveContact(std::stoll(key));
  });
}

void AircallSide::Fault(const std::string& method, const std::string& path,
                        const std::string& action) {
  const Json fault = {{"match", {{"method", method}, {"path_regex", path}}}, {"action", action}};
  const auto reply = emulator_.Handle({.method = "POST",
                                       .path = "/_sandbox/faults",
                                       .query = {},
                                       .content_type = "application/json",
                                       .body = fault.dump()});
  if (reply.status != 201) throw std::runtime_error(reply.body);
}

void AircallSide::LoseAnswer(const std::string& method, const std::string& path) {
  Fault(method, path, "drop_after");
}

void AircallSide::LoseRequest(const std::string& method, const std::string& path) {
  Fault(method, path, "drop_before");
}

Json AircallSide::NativeOf(const std::string& key) {
  const auto record = side_->Read(key, kLane);
  return record.ok() && *record ? (*record)->native : Json();
}

Result<ports::SideWritten> AircallSide::Set(const std::string& key, const Json& values) {
  [[maybe_unused]] const auto before = actions_->NewActions();
  const Json native = NativeOf(key);
  ports::SideWrite write;
  write.op_key = "op-1";
  write.key = key;
  write.values = values;
  for (const auto& [name, value] : values.items()) write.expected[name] = native.at(name);
  write.at = clock_.Now();
  return side_->Update(write, kLane);
}

}  // namespace sb::syncs
