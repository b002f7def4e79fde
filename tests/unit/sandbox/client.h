#pragma once

#include <map>
#include <regex>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "tests/unit/sandbox/company.h"

namespace sb::aircall::sandbox {

/// Somebody who does what rows say, one after the other, and remembers what they save.
class Client {
 public:
  explicit Client(const WorldSettings& settings) : desk_(settings) {}

  Desk& desk() { return desk_; }

  /// "POST /v1/tags", or {ask, body, as, save, wait}.
  Reply Do(const Json& step) {
    if (step.is_string()) return Ask(step.get<std::string>(), Json(), "key");
    const Json& wait = Member(step, "wait");
    if (wait.is_number()) {
      desk_.clock().Advance(std::chrono::seconds(wait.get<int>()));
      desk_.emulator().PlayDueSteps();
      return {};
    }
    const std::string as = TextMember(step, "as");
    Reply reply = Ask(TextMember(step, "ask"), Member(step, "body"), as.empty() ? "key" : as);
    Save(Member(step, "save"), reply.body);
    return reply;
  }

  /// A value in which every "{name}" is what a step saved under it, and every "int:{name}" that
  /// number.
  Json FilledJson(const Json& value) const { return Json::parse(Filled(value.dump())); }

  /// The Authorization header of "key", "app", "nobody" or "wrong".
  std::string HeaderOf(const std::string& as) {
    if (as == "nobody") return "";
    if (as == "wrong") return "Bearer 0123456789";
    if (as != "app") return desk_.BasicHeader();
    if (app_.empty()) app_ = desk_.ConnectApp();
    return app_;
  }

  void DoAll(const Json& steps) {
    for (const Json& step : steps) {
      const Reply reply = Do(step);
      EXPECT_LT(reply.status, 400) << "setting up: " << step << "\n" << reply.body;
    }
  }

 private:
  Reply Ask(const std::string& words, const Json& body, const std::string& as) {
    const std::string line = Filled(words);
    const auto space = line.find(' ');
    const std::string text = body.is_null()     ? ""
                             : body.is_string() ? Filled(body.get<std::string>())
                                                : Filled(body.dump());
    return desk_.AskAs(HeaderOf(as), line.substr(0, space), line.substr(space + 1), text);
  }

  void Save(const Json& wanted, const std::string& body) {
    if (!wanted.is_object()) return;
    const Json doc = Json::parse(body);
    for (const auto& [name, pointer] : wanted.items()) {
      const Json& value = doc.at(Json::json_pointer(pointer.get<std::string>()));
      saved_[name] = value.is_string() ? value.get<std::string>() : value.dump();
    }
  }

  std::string Filled(std::string text) const {
    for (const auto& [name, value] : saved_) {
      const std::string place = "{" + name + "}";
      for (auto at = text.find(place); at != std::string::npos; at = text.find(place)) {
        text.replace(at, place.size(), value);
      }
    }
    // In a JSON body, "int:{name}" is that number and no text.
    static const std::regex kNumber(R"re("int:(\d+)")re");
    text = std::regex_replace(text, kNumber, "$1");
    return text;
  }

  Desk desk_;
  std::string app_;
  std::map<std::string, std::string> saved_;
};

}  // namespace sb::aircall::sandbox
