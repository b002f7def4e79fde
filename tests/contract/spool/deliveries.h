#pragma once

#include <string>
#include <vector>

#include "engine/base/encoding.h"
#include "engine/ports/delivery_spool.h"
#include "tests/support/fake_clock.h"

namespace sb::testing {

/// A delivery of this body.
inline ports::InboxItem Delivery(const std::string& body) {
  ports::InboxItem item;
  item.slot = 17;
  item.account = AccountId(1001);
  item.id = EventId(4242);
  item.dedupe = Sha256(body);
  item.event = "io.aircall.call.ended";
  item.entity = "calls";
  item.entity_id = "7";
  item.received_at = kStoryTime;
  item.body = body;
  return item;
}

inline std::vector<std::string> TextsOf(const ports::SpooledGroup& group) {
  std::vector<std::string> texts;
  for (const ports::InboxItem& item : group.items) texts.push_back(item.body);
  return texts;
}

}  // namespace sb::testing
