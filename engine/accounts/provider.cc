#include "engine/accounts/provider.h"

#include <future>
#include <utility>

namespace sb::accounts {
namespace {

using core::workflow::Arguments;

constexpr Millis kRequestTimeout{10'000};

}  // namespace

Result<ports::HttpResponse> SendAndWait(ports::HttpClient& http, ports::HttpRequest request,
                                        Millis timeout) {
  auto promise = std::make_shared<std::promise<Result<ports::HttpResponse>>>();  // shared with the
                                                                                 // client's thread
  auto future = promise->get_future();
  http.Send(std::move(request), timeout, [promise](Result<ports::HttpResponse> response) {
    promise->set_value(std::move(response));
  });
  return future.get();
}

PerformAction ForAccount(ports::ActionPerformer& performer, const connector::Connector& connector,
                         AccountId account, core::quota::Lane lane) {
  return [&performer, &connector, account, lane](const std::string& action, const Json& input) {
    ports::ActionCall call;
    call.account = account;
    call.action = connector.name + "." + action;
    call.input = input;
    call.lane = lane;
    return ports::PerformAndWait(performer, std::move(call));
  };
}

PerformAction WithCredential(ports::HttpClient& http, const connector::Connector& connector,
                             const connector::Credential& credential,
                             const core::workflow::Expressions& expressions,
                             const ports::Clock& clock) {
  return [&](const std::string& name, const Json& input) -> Result<Json> {
    const auto action = connector.actions.find(name);
    if (action == connector.actions.end()) {
      return Invalid("ACTION_UNKNOWN",
                     "the connector " + connector.name + " has no action '" + name + "'");
    }
    auto request =
        connector::RenderRequest(connector, action->second, input, credential, expressions);
    if (!request.ok()) return request.error();
    const auto response = SendAndWait(http, std::move(*request), kRequestTimeout);
    if (!response.ok()) return response.error();
    return connector::JudgeResponse(connector, action->second, input, *response, expressions,
                                    clock.Now());
  };
}

Result<Json> Provider::Output(const ActionUse& use, const Arguments& arguments) const {
  const auto input =
      core::workflow::EvaluateTemplate(expressions_, use.with, Json::object(), arguments);
  if (!input.ok()) return input.error();
  return perform_(use.action, *input);
}

Result<Json> Provider::Use(const ActionUse& use, const Arguments& arguments) const {
  auto output = Output(use, arguments);
  if (!output.ok() || use.pick.empty()) return output;
  return expressions_.Evaluate(use.pick, *output, arguments);
}

Result<std::vector<Json>> Provider::List(const Listing& listing, int max_pages) const {
  std::vector<Json> items;
  for (int page = 1; page <= max_pages; ++page) {
    const Arguments arguments = {{"page", page}};
    const auto output = Output(listing.use, arguments);
    if (!output.ok()) return output.error();
    const auto picked = expressions_.Evaluate(listing.use.pick, *output, arguments);
    if (!picked.ok()) return picked.error();
    if (picked->is_array()) items.insert(items.end(), picked->begin(), picked->end());
    if (listing.more.empty()) break;
    const auto more = expressions_.Evaluate(listing.more, *output, arguments);
    if (!more.ok()) return more.error();
    if (*more != true) break;
  }
  return items;
}

Result<Json> Provider::Read(const std::string& source, const Json& from) const {
  return expressions_.Evaluate(source, from, {});
}

std::string AsText(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_number() ? value.dump() : std::string();
}

}  // namespace sb::accounts
