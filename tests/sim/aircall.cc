#include "tests/sim/aircall.h"

#include <memory>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "tests/support/sandbox_port.h"

namespace sb::sim {
namespace {

using namespace std::chrono_literals;
using aircall::sandbox::Outgoing;

/// A process answers and is answered when it is not frozen.
void WhenAwake(Timeline& timeline, const Life& life, Timeline::Event event) {
  if (life.CanRun(timeline.Now())) return event();
  timeline.At(life.frozen_until,
              [&timeline, &life, event = std::move(event)] { WhenAwake(timeline, life, event); });
}

aircall::sandbox::WorldSettings Strict() {
  aircall::sandbox::WorldSettings settings;
  (void)settings.switches.SetFromText("rate.limit=" + std::to_string(kRequestsAMinute)).ok();
  return settings;
}

Result<ports::HttpResponse> NoAnswer(Flaw flaw) {
  if (flaw == Flaw::kWritesRepeatedBlindly)
    return Unavailable("HTTP_UNREACHABLE", "nothing was sent, it is believed");
  return InDoubt("HTTP_NO_ANSWER", "no complete answer came");
}

}  // namespace

Aircall::Aircall(Timeline& timeline, int companies)
    : timeline_(timeline), clock_(timeline), emulator_(Strict(), clock_, companies) {
  emulator_.SetBaseUrl("http://aircall.sim");
  companies_ = emulator_.company_keys();
}

const aircall::sandbox::ApiKey& Aircall::key(int company) const {
  return companies_[static_cast<std::size_t>(company)].key;
}

std::int64_t Aircall::id(int company) const {
  return companies_[static_cast<std::size_t>(company)].company.id;
}

void Aircall::Send(const Life& life, ports::HttpRequest request, Millis timeout,
                   ports::HttpClient::Done done, Flaw flaw) {
  if (life.dead) return done(Cancelled("HTTP_STOPPED", "the program is stopping"));
  const bool lost = timeline_.Chance(lost_percent);
  const bool takes_effect = !lost || timeline_.Chance(60);
  const Millis way = lost ? timeline_.Between(5ms, timeout - 100ms) : timeline_.Between(5ms, 80ms);
  auto answer = [this, &life, done = std::move(done)](Result<ports::HttpResponse> response) {
    WhenAwake(timeline_, life, [&life, done, response = std::move(response)] {
      if (!life.dead) done(response);
    });
  };
  timeline_.After(timeline_.Between(0ms, 5ms), [=, this, &life, request = std::move(request)] {
    WhenAwake(timeline_, life, [=, this, &life] {
      if (life.dead) return;
      if (request.may_leave && !request.may_leave())
        return answer(Unavailable("HTTP_NOT_STARTED", "it may not leave any more"));
      if (lost) timeline_.After(timeout, [=] { answer(NoAnswer(flaw)); });
      if (!takes_effect) return;
      timeline_.After(way, [=, this] {
        auto response = Answer(request);
        if (lost) return;
        timeline_.After(way, [=] { answer(response); });
      });
    });
  });
}

Result<ports::HttpResponse> Aircall::Answer(const ports::HttpRequest& request) {
  if (!request.url.starts_with("http://shop.sim/")) return testing::AskSandbox(emulator_, request);
  for (const auto& [name, value] : request.headers) {
    if (name == "Idempotency-Key")
      orders_[TextMember(Json::parse(request.body), "phone")].insert(value);
  }
  return ports::HttpResponse{200, {{"content-type", "application/json"}}, "{}"};
}

Json Aircall::Ask(const std::string& method, const std::string& path, const Json& body,
                  int company) {
  aircall::sandbox::Request request{.method = method, .path = path, .query = ""};
  const auto mark = path.find('?');
  if (mark != std::string::npos) {
    request.path = path.substr(0, mark);
    request.query = path.substr(mark + 1);
  }
  if (company >= 0) {
    const auto& own = key(company);
    request.authorization = "Basic " + ToBase64(own.id + ":" + own.token);
  }
  request.content_type = "application/json";
  if (!body.is_null()) request.body = DumpJson(body);
  const auto reply = emulator_.Handle(request);
  if (reply.status >= 400) throw std::logic_error(method + " " + path + ": " + reply.body);
  return Json::parse(reply.body);
}

std::int64_t Aircall::MissCall(int company, const std::string& from) {
  const Json placed = Ask("POST", "/_sandbox/calls?company=" + std::to_string(id(company)),
                          {{"direction", "inbound"}, {"from", from}, {"answered", false}});
  return placed.at("call").at("id").get<std::int64_t>();
}

Json Aircall::Log(const std::string& name, int company) {
  return Ask("GET", "/_sandbox/" + name + "?company=" + std::to_string(id(company)), nullptr)
      .at(name);
}

void Aircall::DeliverTo(Receiver receiver) {
  receiver_ = std::move(receiver);
  for (int company = 0; company < size(); ++company) {
    Ask("POST", "/v1/webhooks",
        {{"url", "https://switchboard.sim/" + std::to_string(company)}, {"events", {"call.ended"}}},
        company);
  }
  Turn();
}

void Aircall::Turn() {
  emulator_.PlayDueSteps();
  while (const auto message = emulator_.TakeDelivery()) Hand(*message);
  timeline_.After(100ms, [this] { Turn(); });
}

// Whoever does not answer in time is asked again later, by the sandbox's own rules.
void Aircall::Hand(const Outgoing& message) {
  auto answered = std::make_shared<bool>(false);
  auto finish = [this, answered, message, began = timeline_.Now()](int status) {
    if (std::exchange(*answered, true)) return;
    const auto took = std::chrono::floor<Millis>(timeline_.Now() - began);
    emulator_.FinishDelivery(message, {.at = began, .status = status, .took = took});
  };
  timeline_.After(10s, [finish] { finish(0); });
  const int company = std::stoi(message.url.substr(message.url.rfind('/') + 1));
  const int times = timeline_.Chance(10) ? 2 : 1;
  for (int i = 0; i < times; ++i) {
    timeline_.After(timeline_.Between(1ms, 40ms), [=, this] {
      receiver_(company, message.body, [finish](bool taken) { finish(taken ? 200 : 503); });
    });
  }
}

}  // namespace sb::sim
