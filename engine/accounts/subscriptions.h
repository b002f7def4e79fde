#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/accounts/provider.h"
#include "engine/accounts/provider_spec.h"
#include "engine/base/result.h"
#include "engine/ports/account_store.h"
#include "engine/ports/gap_store.h"

namespace sb::accounts {

/// Provider names of the events that an account needs: those behind the wanted CloudEvents types,
/// those by which records are seen to settle where that is wanted, and those that the connector
/// always wants. Sorted, each once. Types that the connector does not send are left out.
std::vector<std::string> EventNames(const connector::Connector& connector,
                                    const std::vector<std::string>& types);

/// Where the provider is to send an account's events.
struct WebhookTarget {
  std::string url;
  std::string name;  ///< How the provider's own pages call it.
};

/// The provider's webhook for one account. Blocks.
///
/// The hook id in our URL is unguessable and belongs to one account, so a webhook with our URL is
/// ours: looking for it first makes creating one safe to repeat after a lost answer, and leaves no
/// second one behind.
class Subscriptions {
 public:
  Subscriptions(const Provider& provider, const WebhookSpec& spec)
      : provider_(provider), spec_(spec) {}

  /// How the webhook is looked after besides.
  struct Care {
    /// Told what is wrong with it before anything is changed; where that fails, nothing is.
    std::function<Status(ports::GapReason)> found_wrong = {};
    /// It is written also where it looks as it should.
    bool always_write = false;
  };

  /// Makes the provider's webhook carry exactly `events` (at least one) and returns it as it is
  /// then. Fails as the actions do, and with kUnavailable WEBHOOK_WITHOUT_TOKEN when the provider
  /// gives no token to know it by.
  Result<ports::WebhookSubscription> Ensure(const ports::WebhookSubscription& current,
                                            const WebhookTarget& target,
                                            const std::vector<std::string>& events,
                                            const Care& care) const;

  Result<ports::WebhookSubscription> Ensure(const ports::WebhookSubscription& current,
                                            const WebhookTarget& target,
                                            const std::vector<std::string>& events) const {
    return Ensure(current, target, events, Care());
  }

  /// Removes every webhook of ours: that with the remote id and those with our URL.
  Status Remove(const ports::WebhookSubscription& current, const WebhookTarget& target) const;

  /// A webhook as the provider has it.
  struct Remote {
    std::string id;
    std::string url;
    std::string token;
    std::vector<std::string> events;  ///< Sorted.
    bool active = true;
  };

  /// Every webhook of ours, as it stands; changes nothing.
  Result<std::vector<Remote>> FindOurs(const ports::WebhookSubscription& current,
                                       const WebhookTarget& target) const;

 private:
  Result<Remote> Read(const Json& webhook) const;
  /// Without its token, no delivery of a webhook could be told from a forged one.
  static bool CanBeKept(const Remote& remote, const ports::WebhookSubscription& current);
  /// Of ours that which can be kept, where there is one; its id is empty otherwise. All others of
  /// ours are removed.
  Result<Remote> KeepOne(const ports::WebhookSubscription& current,
                         const std::vector<Remote>& ours) const;
  Result<Remote> CreateOrFind(const ports::WebhookSubscription& current,
                              const WebhookTarget& target,
                              const std::vector<std::string>& events) const;
  Result<Remote> Create(const WebhookTarget& target, const std::vector<std::string>& events) const;
  Status Update(const Remote& remote, const WebhookTarget& target,
                const std::vector<std::string>& events) const;
  Status Delete(const std::string& id) const;

  const Provider& provider_;
  const WebhookSpec& spec_;
};

/// What is wrong with the webhook that we have registered, compared with what the provider was
/// asked for when it was last written; nothing when it is as it was left, or none was registered.
/// That we want other events by now is no fault of it.
std::optional<ports::GapReason> FaultOf(const std::vector<Subscriptions::Remote>& ours,
                                        const ports::WebhookSubscription& current,
                                        const WebhookTarget& target);

}  // namespace sb::accounts
