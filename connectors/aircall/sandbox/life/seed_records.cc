#include <array>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/life/seed.h"
#include "connectors/aircall/sandbox/render/render.h"
#include "connectors/aircall/sandbox/world/voice_agents.h"

namespace sb::aircall::sandbox {
namespace {

struct Seed {
  const char* collection;
  const char* key;
  Doc doc;
};

// The keys of templates are not collected: chosen by us, in the case that the reference names.
std::array<Seed, 4> Seeds() {
  return {{
      {"sms_template",
       "5101",
       {{"id", 5101},
        {"name", "Order on its way"},
        {"body", "Your order is on its way."},
        {"created_at", "2026-01-02T09:30:00.000Z"}}},
      {"sms_template",
       "5102",
       {{"id", 5102},
        {"name", "Call back later"},
        {"body", "We tried to reach you and will call again."},
        {"created_at", "2026-01-02T09:31:00.000Z"}}},
      {"whatsapp_template",
       "5201",
       {{"id", "5201"},
        {"name", "order_update"},
        {"language", "en_US"},
        {"category", "UTILITY"},
        {"status", "APPROVED"},
        {"bodyText", "Hello {{1}}, your order is on its way."},
        {"createdAt", "2026-01-02T09:32:00.000Z"}}},
      {"voice_agent", kVoiceAgentId, {{"id", kVoiceAgentId}, {"name", "Harbour Pilot"}}},
  }};
}

}  // namespace

void SeedRecords(RecordBook& records, const Directory& directory) {
  const WallTime founded = directory.users.front().created_at;
  for (const Seed& seed : Seeds()) {
    records.Put(seed.collection, seed.key, seed.doc.dump(), founded);
  }
}

}  // namespace sb::aircall::sandbox
