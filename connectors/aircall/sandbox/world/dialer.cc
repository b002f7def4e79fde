#include "connectors/aircall/sandbox/world/dialer.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/world/refusal.h"
#include "connectors/aircall/sandbox/world/text.h"

namespace sb::aircall::sandbox {
namespace {

constexpr const char* kCampaigns = "dialer_campaign";
constexpr const char* kPhones = "dialer_phones";  // One record for each campaign: the whole list.

/// The key of a user's records. Fails when there is no such user.
Result<std::string> KeyOf(const World& world, const std::string& id_or_email) {
  const User* user = world.directory().FindUser(id_or_email);
  if (user == nullptr) return UnknownId("User");
  return std::to_string(user->id);
}

Result<Doc> Read(const World& world, const char* collection, const std::string& user) {
  const auto key = KeyOf(world, user);
  if (!key.ok()) return key.error();
  const Record* record = world.records().Find(collection, *key);
  if (record == nullptr) return UnknownId("Dialer campaign");
  return RecordDoc(*record);
}

bool Holds(const Doc& phones, const std::string& number) {
  return std::any_of(phones.begin(), phones.end(), [&](const Doc& each) {
    return PhoneDigits(each.at("number").get<std::string>()) == PhoneDigits(number);
  });
}

/// The phones of a user's campaign, which begins if need be.
Doc Begin(World& world, const User& user) {
  const std::string key = std::to_string(user.id);
  if (const Record* phones = world.records().Find(kPhones, key)) return RecordDoc(*phones);
  const std::int64_t id = world.records().NextId();
  const Doc number = user.default_number_id ? Doc(*user.default_number_id) : Doc(nullptr);
  const Doc campaign = {{"id", id}, {"number_id", number}, {"created_at", ToRfc3339(world.Now())}};
  world.records().Put(kCampaigns, key, campaign.dump(), world.Now());
  world.Note("dialer.campaign_created", id);
  return Doc::array();
}

}  // namespace

Result<Doc> ReadCampaign(const World& world, const std::string& user) {
  return Read(world, kCampaigns, user);
}

Result<Doc> ReadCampaignPhones(const World& world, const std::string& user) {
  return Read(world, kPhones, user);
}

Result<std::vector<std::string>> QueuePhones(World& world, const std::string& user,
                                             const std::vector<std::string>& phones) {
  const User* found = world.directory().FindUser(user);
  if (found == nullptr) return UnknownId("User");
  if (phones.empty()) return Refused("phone_numbers is missing: send a list of numbers");
  Doc queue = Begin(world, *found);
  std::vector<std::string> refused;
  for (const std::string& phone : phones) {
    if (!IsPhone(phone) || Holds(queue, phone)) {
      refused.push_back(phone + (IsPhone(phone) ? " is already in the dialer campaign"
                                                : " is not a valid phone number"));
      continue;
    }
    queue.push_back({{"id", world.records().NextId()},
                     {"number", phone},
                     {"called", false},
                     {"created_at", ToRfc3339(world.Now())}});
    world.Note("dialer.number_added", found->id);
  }
  world.records().Put(kPhones, std::to_string(found->id), queue.dump(), world.Now());
  return refused;
}

Status RemoveCampaignPhone(World& world, const std::string& user, std::int64_t phone_id) {
  auto queue = ReadCampaignPhones(world, user);
  if (!queue.ok()) return queue.error();
  const auto gone = std::find_if(queue->begin(), queue->end(),
                                 [&](const Doc& each) { return each.at("id") == phone_id; });
  if (gone == queue->end()) return UnknownId("Phone number");
  queue->erase(gone);
  world.records().Put(kPhones, *KeyOf(world, user), queue->dump(), world.Now());
  world.Note("dialer.number_removed", phone_id);
  return {};
}

Status RemoveCampaign(World& world, const std::string& user) {
  const auto campaign = ReadCampaign(world, user);
  if (!campaign.ok()) return campaign.error();
  const std::string key = *KeyOf(world, user);
  world.records().Remove(kPhones, key);
  world.records().Remove(kCampaigns, key);
  world.Note("dialer.campaign_deleted", campaign->at("id").get<std::int64_t>());
  return {};
}

}  // namespace sb::aircall::sandbox
