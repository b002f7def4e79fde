#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/connector/connector.h"
#include "engine/core/personal/phone_numbers.h"
#include "engine/core/workflow/expressions.h"
#include "engine/ports/action_performer.h"
#include "engine/ports/clock.h"
#include "engine/ports/http_client.h"

namespace sb::testing {

/// Performs actions of real connectors at once, without lanes, quota and journal: what a provider
/// answers is told by a function. On the caller's thread. Thread-safe if the provider is.
class DirectActions : public ports::ActionPerformer {
 public:
  using Provider = std::function<Result<ports::HttpResponse>(const ports::HttpRequest&)>;

  struct Dependencies {
    const connector::Library& connectors;
    const core::workflow::Expressions& expressions;
    const ports::Clock& clock;
    connector::Credential credential;
    Provider provider;
    const core::personal::PhoneNumbers* phones = nullptr;
    std::string region = {};
  };

  explicit DirectActions(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  void Perform(ports::ActionCall call, Done done) override {
    {
      const std::lock_guard lock(mutex_);
      calls_.push_back(call);
    }
    if (refuse) {
      if (auto error = refuse(call)) return done(*error);
    }
    const auto found = deps_.connectors.FindAction(call.action);
    if (found.action == nullptr) return done(Invalid("ACTION_UNKNOWN", call.action));
    auto input = connector::WithPlainPhones(*found.action, call.input, deps_.region, deps_.phones);
    if (!input.ok()) return done(input.error());
    auto request = connector::RenderRequest(*found.connector, *found.action, *input,
                                            deps_.credential, deps_.expressions);
    if (!request.ok()) return done(request.error());
    const auto answer = deps_.provider(*request);
    if (!answer.ok()) return done(answer.error());
    done(connector::JudgeResponse(*found.connector, *found.action, *input, *answer,
                                  deps_.expressions, deps_.clock.Now()));
  }

  void ReadBack(ports::ActionCall call, WallTime requested_at, ReadBackDone done) override {
    const auto found = deps_.connectors.FindAction(call.action);
    const auto plain =
        connector::WithPlainPhones(*found.action, call.input, deps_.region, deps_.phones);
    if (!plain.ok()) return done(plain.error());
    const connector::ReadBackSpec& spec = *found.action->read_back;
    auto input = connector::ReadBackInput(spec, *plain, requested_at, deps_.expressions);
    if (!input.ok()) return done(input.error());
    ports::ActionCall reading = call;
    reading.action = found.connector->name + "." + spec.action;
    reading.input = *std::move(input);
    Perform(std::move(reading), [&](const Result<Json>& output) {
      if (!output.ok()) return done(output.error());
      done(connector::ReadBackFound(spec, *plain, requested_at, *output, deps_.expressions));
    });
  }

  /// Asked before a call is performed: what it fails with.
  std::function<std::optional<Error>(const ports::ActionCall&)> refuse;

  std::vector<ports::ActionCall> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

  /// Names of the actions since the last look, without their connector.
  std::vector<std::string> NewActions() {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (; looked_ < calls_.size(); ++looked_) {
      const std::string& action = calls_[looked_].action;
      names.push_back(action.substr(action.find('.') + 1));
    }
    return names;
  }

 private:
  Dependencies deps_;
  mutable std::mutex mutex_;
  std::vector<ports::ActionCall> calls_;
  std::size_t looked_ = 0;
};

}  // namespace sb::testing
