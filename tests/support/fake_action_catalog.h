#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/core/workflow/catalog.h"

namespace sb::support {

/// The actions a test wants to exist.
class FakeActionCatalog : public core::workflow::ActionCatalog {
 public:
  using EffectClass = core::workflow::EffectClass;

  /// `input_schema` null: anything goes.
  FakeActionCatalog& Add(const std::string& name, EffectClass effect, const Json& input_schema = {},
                         std::vector<std::chrono::milliseconds> read_back_waits = {}) {
    core::workflow::ActionSignature action;
    action.name = name;
    action.version = "1.0.0";
    action.effect = effect;
    action.input_schema = input_schema;
    action.read_back_waits = std::move(read_back_waits);
    if (!input_schema.is_null()) {
      // shared: see ActionSignature
      action.input = std::make_shared<const JsonSchema>(JsonSchema::Compile(input_schema).value());
    }
    actions_[name] = std::move(action);
    return *this;
  }

  /// A connector that was changed under a running workflow.
  void Remove(const std::string& name) { actions_.erase(name); }

  const core::workflow::ActionSignature* Find(const std::string& reference) const override {
    std::string name = reference.substr(0, reference.find('@'));
    if (name.ends_with(":1.0.0")) name.resize(name.size() - 6);
    const auto found = actions_.find(name);
    return found == actions_.end() ? nullptr : &found->second;
  }

  /// What events of this type are about can be read anew.
  FakeActionCatalog& AddLatest(const std::string& event_type,
                               core::workflow::LatestReading reading) {
    latest_[event_type] = std::move(reading);
    return *this;
  }

  const core::workflow::LatestReading* FindLatest(const std::string& event_type) const override {
    const auto found = latest_.find(event_type);
    return found == latest_.end() ? nullptr : &found->second;
  }

  std::vector<std::string> Names() const override {
    std::vector<std::string> names;
    for (const auto& [name, action] : actions_) names.push_back(name);
    return names;
  }

  /// The Aircall actions that the shipped workflow uses, with the shape of their real inputs.
  static FakeActionCatalog Aircall() {
    const Json id = {{"type", "integer"}, {"minimum", 1}};
    const Json text = {{"type", "string"}, {"minLength", 1}};
    const auto object = [](const Json& properties, const Json& required) {
      return Json{{"type", "object"},
                  {"additionalProperties", false},
                  {"properties", properties},
                  {"required", required}};
    };
    const Json phone = object({{"label", text}, {"value", text}}, {"label", "value"});
    const Json phones = {{"type", "array"}, {"minItems", 1}, {"items", phone}};
    Json search = object({{"phone_number", text}, {"email", text}}, Json::array());
    search["anyOf"] = {{{"required", {"phone_number"}}}, {{"required", {"email"}}}};
    using std::chrono::seconds;
    FakeActionCatalog catalog;
    catalog.Add("aircall.contacts.search", EffectClass::kRead, search)
        .Add("aircall.contacts.create", EffectClass::kVerifiable,
             object({{"first_name", text},
                     {"last_name", text},
                     {"information", text},
                     {"phone_numbers", phones}},
                    {"phone_numbers"}),
             {seconds(2), seconds(5), seconds(15)})
        .Add("aircall.contacts.upsert", EffectClass::kVerifiable,
             object({{"phone_numbers", phones},
                     {"if_new",
                      object({{"first_name", text}, {"last_name", text}, {"information", text}},
                             Json::array())}},
                    {"phone_numbers"}),
             {seconds(2), seconds(5), seconds(15)})
        .Add("aircall.contacts.update", EffectClass::kIdempotent,
             object({{"contact_id", id}, {"first_name", text}}, {"contact_id"}))
        .Add("aircall.calls.comment", EffectClass::kVerifiable,
             object({{"call_id", id}, {"content", text}}, {"call_id", "content"}),
             {seconds(0), seconds(2)})
        .Add(
            "aircall.calls.tag", EffectClass::kVerifiable,
            object({{"call_id", id}, {"tags", {{"type", "array"}, {"minItems", 1}, {"items", id}}}},
                   {"call_id", "tags"}),
            {seconds(0), seconds(2)})
        .Add("aircall.tags.list", EffectClass::kRead, object({{"per_page", id}}, Json::array()))
        .Add("aircall.calls.dial", EffectClass::kBlind, object({{"to", text}}, {"to"}));
    return catalog;
  }

 private:
  std::map<std::string, core::workflow::ActionSignature> actions_;
  std::map<std::string, core::workflow::LatestReading> latest_;
};

}  // namespace sb::support
