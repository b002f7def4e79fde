#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "engine/base/json_schema.h"

namespace sb::core::workflow {

/// What repeating a request may do; it decides intent, retry and read-back (docs/architecture.md).
enum class EffectClass {
  kRead,        ///< Changes nothing: repeat freely.
  kIdempotent,  ///< The same request again has the same effect: repeat with the same input.
  kKeyed,       ///< Carries an idempotency key: repeat with the same key.
  kVerifiable,  ///< Repeating would do it twice, but the effect can be found by reading back.
  kBlind,       ///< Neither: an unknown outcome waits for a person.
};

const char* ToString(EffectClass effect);

/// What the language must know of a connector action.
struct ActionSignature {
  std::string name;     ///< "aircall.contacts.search"
  std::string version;  ///< "1.0.0"
  EffectClass effect = EffectClass::kBlind;
  std::shared_ptr<const JsonSchema>
      input;  // shared: one compiled schema serves every workflow that calls it
  Json input_schema;
  std::vector<std::chrono::milliseconds>
      read_back_waits;  ///< kVerifiable: when to look, each after the last.
};

/// How the object that an event is about is read anew.
struct LatestReading {
  std::string action;  ///< "aircall.calls.get"
  std::string by;      ///< The member of its input that takes the object's key: "call_id".
  std::string key;     ///< The member of the event's data that holds the key: "id".
  Json with;           ///< What else goes into the input; null: nothing.
};

/// The actions that exist. Immutable while the program runs; thread-safe.
class ActionCatalog {
 public:
  virtual ~ActionCatalog() = default;

  /// `reference` is "aircall.contacts.search", with ":1.0.0" and "@default" allowed behind it; null
  /// if unknown.
  virtual const ActionSignature* Find(const std::string& reference) const = 0;
  /// Every name, sorted: for suggestions.
  virtual std::vector<std::string> Names() const = 0;

  /// How to read anew what events of this type are about; null where nobody knows, or where they
  /// tell that it is gone.
  virtual const LatestReading* FindLatest(const std::string& /*event_type*/) const {
    return nullptr;
  }
};

}  // namespace sb::core::workflow
