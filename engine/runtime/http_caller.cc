#include "engine/runtime/http_caller.h"

#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/core/workflow/http_call.h"
#include "engine/runtime/http_exchange.h"
#include "engine/runtime/not_done.h"
#include "engine/runtime/openapi.h"
#include "engine/runtime/openapi_document.h"

namespace sb::runtime {

namespace wf = core::workflow;

namespace {

/// An answer becomes part of the run's journal.
constexpr std::size_t kMostAnswer = 1024UL * 1024;

Error Incomplete(const std::string& kind, const char* needed) {
  return Forbidden("SECRET_INVALID", "the authentication " + kind + " needs " + needed +
                                         ", and what was given for it has none");
}

/// The one scheme of a policy: {"basic", {...}}.
std::pair<std::string, Json> SchemeOf(const Json& policy) {
  if (!policy.is_object() || policy.size() != 1) return {};
  return {policy.begin().key(), policy.front()};
}

Result<Json> ToRequest(const Result<DocumentShelf::Document>& document, const std::string& uri,
                       const Json& call) {
  return document.ok() ? OpenApiRequest(**document, uri, call) : Result<Json>(document.error());
}

}  // namespace

struct HttpCaller::Job {
  ports::ActionCall call;
  Done done;
  ports::HttpRequest request;
  std::size_t plain_headers = 0;  ///< So many of its headers stand for no credential.
  Json policy;                    ///< With its secrets.
  std::string token;              ///< Of OAuth 2: what the request carries.
  bool token_renewed = false;

  bool IsOpenApi() const { return call.action == wf::kOpenApiAction; }

  /// A document that not everybody may read is kept for those who may.
  std::string DocumentKey() const {
    if (policy.is_null()) return request.url;
    return ToText(call.account) + " " + Sha256(DumpJson(policy)) + " " + request.url;
  }
};

HttpCaller::HttpCaller(Dependencies dependencies)
    : deps_(std::move(dependencies)),
      tokens_({deps_.http, deps_.clock, deps_.home, deps_.request_timeout,
               [this] { return MayAct(); }}) {}

HttpCaller::~HttpCaller() = default;

void HttpCaller::Perform(ports::ActionCall call, Done done) {
  auto job = std::make_shared<Job>();
  job->call = std::move(call);
  job->done = std::move(done);
  deps_.home.Post([this, job] { Accept(job); });
}

void HttpCaller::ReadBack(ports::ActionCall call, WallTime /*requested_at*/, ReadBackDone done) {
  done(Internal("READ_BACK_UNDEFINED", "a call of " + call.action + " cannot be looked up"));
}

void HttpCaller::Stop() {
  stopped_ = true;
  for (auto& [account, lanes] : lanes_) {
    for (auto& lane : lanes.waiting) {
      for (const SharedJob& job : std::exchange(lane, {})) job->done(Stopping());
    }
  }
}

void HttpCaller::Accept(SharedJob job) {
  if (stopped_) return job->done(Stopping());
  const AccountId account = job->call.account;
  lanes_[account].waiting[static_cast<std::size_t>(job->call.lane)].push_back(std::move(job));
  Pump(account);
}

void HttpCaller::Pump(AccountId account) {
  const auto found = lanes_.find(account);
  if (found == lanes_.end()) return;
  Lanes& lanes = found->second;
  std::vector<SharedJob> ready;
  for (auto& lane : lanes.waiting) {
    for (; !lane.empty() && lanes.in_flight < kMostInFlight; ++lanes.in_flight) {
      ready.push_back(std::move(lane.front()));
      lane.pop_front();
    }
  }
  if (lanes.in_flight == 0) lanes_.erase(found);
  for (const SharedJob& job : ready) Begin(job);
}

void HttpCaller::Begin(const SharedJob& job) {
  const Json document = {{"method", "GET"}, {"uri", TextMember(job->call.input, "document")}};
  job->request = RenderHttpCall(job->IsOpenApi() ? document : job->call.input, job->call.op_key);
  job->plain_headers = job->request.headers.size();
  if (!job->IsOpenApi()) job->request.most_body = kMostAnswer;
  if (job->call.authentication.is_null()) return Go(job);
  deps_.pool.Post([this, job] {
    auto policy = deps_.secrets.FillIn(job->call.account, job->call.authentication);
    deps_.home.Post([this, job, policy = std::move(policy)] {
      if (!policy.ok()) return Finish(job, policy.error());
      job->policy = *policy;
      Go(job);
    });
  });
}

void HttpCaller::Go(const SharedJob& job) {
  if (job->IsOpenApi()) {
    if (auto document = documents_.Find(job->DocumentKey(), deps_.clock.Now()))
      return MakeRequest(job, std::move(document));
  }
  if (job->policy.is_null()) return Admit(job);
  Authenticate(job);
}

void HttpCaller::Authenticate(const SharedJob& job) {
  const auto [kind, scheme] = SchemeOf(job->policy);
  if (kind == "bearer") {
    const std::string token =
        scheme.is_string() ? scheme.get<std::string>() : CredentialText(scheme, "token");
    if (token.empty()) return Finish(job, Incomplete(kind, "a token"));
    return Authorize(job, "Bearer", token);
  }
  if (kind == "oauth2") {
    if (TextMember(scheme, "authority").empty())
      return Finish(job, Incomplete(kind, "an authority"));
    return UseToken(job);
  }
  const std::string name = CredentialText(scheme, "username");
  const std::string password = CredentialText(scheme, "password");
  if (name.empty()) return Finish(job, Incomplete(kind, "a username"));
  if (kind == "basic") return Authorize(job, "Basic", ToBase64(name + ":" + password));
  job->request.digest = ports::HttpLogin{name, Secret(password)};
  Admit(job);
}

void HttpCaller::Authorize(const SharedJob& job, const std::string& scheme,
                           const std::string& parameter) {
  auto& headers = job->request.headers;
  headers.resize(job->plain_headers);
  headers.emplace_back("Authorization", scheme + " " + parameter);
  if (job->call.authorized_headers.is_object()) {
    const auto made = deps_.secrets.FillIn(job->call.authorized_headers, scheme, parameter);
    if (!made.ok()) return Finish(job, made.error());
    for (const auto& [name, value] : made->items()) headers.emplace_back(name, PlainText(value));
  }
  Admit(job);
}

void HttpCaller::UseToken(const SharedJob& job) {
  tokens_.Get(job->call.account, job->policy.front(), [this, job](Result<std::string> token) {
    if (!token.ok()) return Finish(job, token.error());
    job->token = *token;
    Authorize(job, "Bearer", *token);
  });
}

bool HttpCaller::MayAct() const {
  return !deps_.may_act || deps_.may_act();
}

void HttpCaller::Admit(const SharedJob& job) {
  if (stopped_) return Finish(job, Stopping());
  job->request.may_leave = [this] { return MayAct(); };
  if (!job->call.on_admitted) return Send(job);
  const auto admitted_at = deps_.clock.SinceBoot();
  job->call.on_admitted([this, job, admitted_at](bool go) {
    const auto in_time = [this, admitted_at] {
      return deps_.clock.SinceBoot() - admitted_at <= deps_.start_window;
    };
    job->request.may_leave = [this, in_time] { return MayAct() && in_time(); };
    if (go && in_time()) return Send(job);
    Finish(job, NotStarted());
  });
}

void HttpCaller::Send(const SharedJob& job) {
  if (!MayAct()) return Finish(job, NotStarted());
  deps_.http.Send(
      job->request, deps_.request_timeout, [this, job](Result<ports::HttpResponse> answer) {
        deps_.home.Post([this, job, answer = std::move(answer)] { OnAnswer(job, answer); });
      });
}

void HttpCaller::OnAnswer(const SharedJob& job, Result<ports::HttpResponse> answer) {
  if (!answer.ok()) {
    Error error = answer.error();
    // An answer did come: there is no doubt, but nothing that a repetition would better.
    if (error.code == "HTTP_ANSWER_TOO_LARGE") error.kind = ErrorKind::kInvalid;
    return Finish(job, error.code == "HTTP_NOT_STARTED" ? NotStarted() : error);
  }
  if (answer->status == 401 && !job->token.empty() && !std::exchange(job->token_renewed, true)) {
    tokens_.Drop(job->call.account, job->policy.front(), job->token);
    return UseToken(job);
  }
  const std::string& uri = job->request.url;
  if (!job->IsOpenApi())
    return Finish(job, JudgeHttpAnswer(job->call.input, uri, *answer, deps_.clock.Now()));
  const Status taken = JudgeHttpStatus({{"method", "GET"}}, uri, *answer, deps_.clock.Now());
  if (!taken.ok()) return Finish(job, taken.error());
  OnDocument(job, std::move(answer->body));
}

void HttpCaller::OnDocument(const SharedJob& job, std::string text) {
  deps_.pool.Post([this, job, text = std::move(text)] {
    const auto document = ReadOpenApiDocument(text);
    auto request = ToRequest(document, job->request.url, job->call.input);
    deps_.home.Post([this, job, document, size = text.size(), request = std::move(request)] {
      if (document.ok()) documents_.Put(job->DocumentKey(), *document, size, deps_.clock.Now());
      Finish(job, request);
    });
  });
}

void HttpCaller::MakeRequest(const SharedJob& job, DocumentShelf::Document document) {
  deps_.pool.Post([this, job, document = std::move(document)] {
    auto request = ToRequest(document, job->request.url, job->call.input);
    deps_.home.Post([this, job, request = std::move(request)] { Finish(job, request); });
  });
}

void HttpCaller::Finish(const SharedJob& job, Result<Json> result) {
  deps_.metrics.Count("switchboard_actions_total",
                      {{"action", job->call.action},
                       {"result", result.ok() ? "ok" : ToString(result.error().kind)}});
  const AccountId account = job->call.account;
  if (const auto lanes = lanes_.find(account); lanes != lanes_.end()) --lanes->second.in_flight;
  job->done(std::move(result));
  Pump(account);
}

}  // namespace sb::runtime
