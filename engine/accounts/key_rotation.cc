#include "engine/accounts/key_rotation.h"

#include <algorithm>

#include "engine/connector/connector.h"

namespace sb::accounts {
namespace {

constexpr int kBatch = 100;
constexpr std::size_t kMostFailures = 20;

Error NotEverywhere(const std::string& key_id, const std::vector<InstanceId>& lacking) {
  std::string numbers;
  for (const InstanceId id : lacking) {
    numbers += (numbers.empty() ? "" : ", ") + std::to_string(id.number());
  }
  return Conflict("VAULT_KEY_NOT_EVERYWHERE",
                  "vault key " + key_id + " is unknown to instance " + numbers +
                      ": give it to every instance and start each again, then rotate");
}

}  // namespace

Result<std::vector<EncryptionKey>> KeyRotation::Keys() {
  const auto uses = deps_.data_keys.Uses();
  if (!uses.ok()) return uses.error();
  const auto check = deps_.data_keys.Find(ports::kKeyCheck);
  if (!check.ok()) return check.error();
  std::vector<EncryptionKey> keys;
  for (const std::string& id : deps_.wrapping_keys.ids()) keys.push_back({{id}, true});
  for (const ports::KeyUse& use : *uses) {
    const auto known =
        std::ranges::find(keys, use.key_id, [](const auto& key) { return key.use.key_id; });
    if (known == keys.end()) {
      keys.push_back({use, false});
    } else {
      known->use = use;
    }
  }
  for (EncryptionKey& key : keys) key.wraps = *check && (*check)->key_id == key.use.key_id;
  return keys;
}

// First of all: what is wrapped from now on needs no second look, so that one pass is enough.
Status KeyRotation::MoveCheck() {
  const std::string& newest = deps_.wrapping_keys.ids().front();
  const auto lacking = deps_.data_keys.Lacking(newest);
  if (!lacking.ok()) return lacking.error();
  if (!lacking->empty()) return NotEverywhere(newest, *lacking);
  const auto check = deps_.data_keys.Find(ports::kKeyCheck);
  if (!check.ok()) return check.error();
  if (!*check || (*check)->key_id == newest) return {};
  const auto anew = deps_.wrapping_keys.Rewrap(**check);
  if (!anew.ok()) return anew.error();
  const auto moved = deps_.data_keys.MoveCheck({**check, *anew});
  if (!moved.ok()) return moved.error();
  if (*moved) return {};
  return Conflict("VAULT_KEY_CHANGED",
                  "another instance started, or changed the vault key, at this moment; try again");
}

/// One pass over all that is to be moved.
class KeyRotation::Round {
 public:
  Round(const Dependencies& deps, const Tell& tell) : deps_(deps), tell_(tell) {
    progress_.key_id = deps.wrapping_keys.ids().front();
  }

  Result<RotationProgress> Work() {
    if (Status counted = Count(); !counted.ok()) return counted.error();
    if (!Say()) return progress_;
    for (const auto part : {&Round::DataKeys, &Round::Credentials, &Round::Secrets}) {
      const auto finished = (this->*part)();
      if (!finished.ok()) return finished.error();
      if (!*finished) break;
    }
    return progress_;
  }

 private:
  Status Count() {
    const auto uses = deps_.data_keys.Uses();
    if (!uses.ok()) return uses.error();
    for (const ports::KeyUse& use : *uses) {
      progress_.total += use.early_values;
      if (use.key_id != progress_.key_id) progress_.total += use.data_keys;
    }
    return {};
  }

  bool Say() {
    const bool heard = tell_(progress_);
    progress_.failures.clear();
    return heard;
  }

  void Fail(const std::string& what, const Error& error) {
    ++progress_.failed;
    if (progress_.failures.size() < kMostFailures) progress_.failures.push_back({what, error});
  }

  /// These return false when nobody listens any more.
  Result<bool> DataKeys() {
    std::string after;
    for (;;) {
      const auto keys = deps_.data_keys.NotUnder(progress_.key_id, after, kBatch);
      if (!keys.ok()) return keys.error();
      if (keys->empty()) return true;
      after = keys->back().owner;
      std::vector<ports::DataKeyStore::Rewrapping> rewrapped;
      for (const ports::DataKey& key : *keys) {
        auto anew = deps_.wrapping_keys.Rewrap(key);
        if (anew.ok()) {
          rewrapped.push_back({key, std::move(anew).value()});
        } else {
          Fail(key.owner, anew.error());
        }
      }
      const auto stored = deps_.data_keys.Rewrap(rewrapped);
      if (!stored.ok()) return stored.error();
      progress_.done += static_cast<std::int64_t>(keys->size());
      if (!Say()) return false;
    }
  }

  /// Seals a value of the early form anew.
  template <typename Early>
  Status Move(const Early& early, const std::string& sealed, const ports::SealContext& context) {
    ++progress_.done;
    const auto secret = deps_.vault.Open(sealed, context);
    if (!secret.ok() && secret.error().kind != ErrorKind::kInternal) return secret.error();
    if (!secret.ok()) {
      Fail(context.value, secret.error());
      return {};
    }
    const auto anew = deps_.vault.Seal(*secret, context);
    if (!anew.ok()) return anew.error();
    const auto stored = deps_.early_values.Replace(early, *anew);
    return stored.ok() ? Status() : Status(stored.error());
  }

  Result<bool> Credentials() {
    AccountId after;
    for (;;) {
      const auto early = deps_.early_values.Credentials(after, kBatch);
      if (!early.ok()) return early.error();
      if (early->empty()) return true;
      after = early->back().account;
      for (const ports::EarlyCredential& each : *early) {
        const Status moved = Move(
            each, each.stored.sealed,
            connector::CredentialContext(each.account, each.connector, each.stored.generation));
        if (!moved.ok()) return moved.error();
      }
      if (!Say()) return false;
    }
  }

  Result<bool> Secrets() {
    ports::StoredSecret after;
    for (;;) {
      const auto early = deps_.early_values.Secrets(after, kBatch);
      if (!early.ok()) return early.error();
      if (early->empty()) return true;
      after = early->back();
      for (const ports::StoredSecret& each : *early) {
        const Status moved = Move(each, each.sealed, ports::SecretContext(each.tenant, each.name));
        if (!moved.ok()) return moved.error();
      }
      if (!Say()) return false;
    }
  }

  const Dependencies& deps_;
  const Tell& tell_;
  RotationProgress progress_;
};

Result<RotationProgress> KeyRotation::Rotate(const Tell& tell) {
  if (Status moved = MoveCheck(); !moved.ok()) return moved.error();
  return Round(deps_, tell).Work();
}

}  // namespace sb::accounts
