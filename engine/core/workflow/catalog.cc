#include "engine/core/workflow/catalog.h"

namespace sb::core::workflow {

const char* ToString(EffectClass effect) {
  switch (effect) {
    case EffectClass::kRead:
      return "read";
    case EffectClass::kIdempotent:
      return "idempotent";
    case EffectClass::kKeyed:
      return "keyed";
    case EffectClass::kVerifiable:
      return "verifiable";
    case EffectClass::kBlind:
      return "blind";
  }
  return "blind";
}

}  // namespace sb::core::workflow
