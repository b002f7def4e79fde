#include "engine/runtime/http_caller.h"

#include <algorithm>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/base/log.h"
#include "engine/core/workflow/http_call.h"
#include "engine/core/workflow/scope.h"
#include "engine/runtime/http_exchange.h"
#include "engine/runtime/openapi.h"

namespace sb::runtime {

namespace wf = core::workflow;

namespace {

constexpr std::size_t kMostTokens = 1000;
constexpr Millis kTokenMargin = std::chrono::seconds(30);  ///< A token is not used up to its end.
constexpr std::int64_t kShortestToken = 60;                ///< Seconds, where the server says none.

Error NotStarted() {
  return Unavailable("ACTION_NOT_STARTED", "the request was not sent; it will be tried again");
}

Error Stopping() {
  return Cancelled("ENGINE_STOPPING",
                   "the engine is stopping; the work goes on after its next start");
}

/// The names of all secrets that a policy uses: `use: name`, and `$secrets.name` in expressions.
void FindSecrets(const Json& value, std::set<std::string>& names) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (!wf::IsExpression(text)) return;
    if (const auto read = wf::MembersRead(wf::ExpressionSource(text), "secrets"))
      names.insert(read->begin(), read->end());
  }
  if (!value.is_structured()) return;
  if (value.is_object() && value.size() == 1 && Member(value, "use").is_string())
    names.insert(value["use"].get<std::string>());
  for (const Json& part : value) FindSecrets(part, names);
}

/// The policy with the secrets in their places.
Result<Json> FillIn(const Json& policy, const Json& secrets, const wf::Expressions& expressions) {
  Json filled = policy;
  for (Json& scheme : filled) {
    if (Member(scheme, "use").is_string()) scheme = secrets[scheme["use"].get<std::string>()];
  }
  return wf::EvaluateTemplate(expressions, filled, Json(), {{"secrets", secrets}});
}

std::string Field(const Json& scheme, const char* name) {
  const Json& value = Member(scheme, name);
  return value.is_number() ? DumpJson(value) : TextMember(scheme, name);
}

std::string Joined(const Json& words) {
  std::string text;
  if (!words.is_array()) return text;
  for (const Json& word : words) {
    if (word.is_string()) text += (text.empty() ? "" : " ") + word.get<std::string>();
  }
  return text;
}

std::string BasicHeader(const std::string& name, const std::string& password) {
  return "Basic " + ToBase64(name + ":" + password);
}

ports::HttpRequest TokenRequest(const Json& oauth) {
  const Json& client = Member(oauth, "client");
  const std::string path = TextMember(Member(oauth, "endpoints"), "token");
  std::string authority = TextMember(oauth, "authority");
  while (authority.ends_with('/')) authority.pop_back();
  Json call = {{"method", "POST"},
               {"uri", authority + (path.empty() ? "/oauth2/token" : path)},
               {"headers", {{"Content-Type", "application/x-www-form-urlencoded"}}},
               {"body", {{"grant_type", "client_credentials"}}}};
  Json& body = call["body"];
  if (const auto scopes = Joined(Member(oauth, "scopes")); !scopes.empty()) body["scope"] = scopes;
  if (const Json& audiences = Member(oauth, "audiences"); audiences.is_array())
    body["audience"] = audiences;
  const bool in_header = TextMember(client, "authentication") == "client_secret_basic";
  if (!in_header) {
    body["client_id"] = Field(client, "id");
    body["client_secret"] = Field(client, "secret");
  }
  ports::HttpRequest request = RenderHttpCall(call, {});
  if (in_header) {
    // RFC 6749 2.3.1: both are form-encoded first.
    request.headers.emplace_back("Authorization", BasicHeader(UrlEncode(Field(client, "id")),
                                                              UrlEncode(Field(client, "secret"))));
  }
  return request;
}

struct FreshToken {
  std::string text;
  Millis lifetime;
};

Result<FreshToken> ReadToken(const ports::HttpResponse& response) {
  const int status = response.status;
  if (status == 408 || status == 429 || status >= 500) {
    return Unavailable("HTTP_TOKEN_UNAVAILABLE",
                       "the authority gave no token now: it answered " + std::to_string(status));
  }
  const auto body = ParseJson(response.body);
  const std::string token = body.ok() ? TextMember(*body, "access_token") : "";
  if (status < 200 || status > 299 || token.empty()) {
    return Forbidden("HTTP_TOKEN_REFUSED", "the authority answered " + std::to_string(status) +
                                               " without a token: check the client's id, secret "
                                               "and scopes");
  }
  const Json& expires = Member(*body, "expires_in");
  const std::int64_t seconds =
      expires.is_number_integer() ? expires.get<std::int64_t>() : kShortestToken;
  return FreshToken{token, std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, 86'400))};
}

}  // namespace

struct HttpCaller::Job {
  ports::ActionCall call;
  Done done;
  ports::HttpRequest request;
  Json policy;            ///< With its secrets.
  std::string token_key;  ///< Of the cached token that it was sent with.
  bool token_renewed = false;
};

struct HttpCaller::Token {
  std::string text;
  WallTime good_until;
  bool fetching = false;
  std::vector<SharedJob> waiting;
};

HttpCaller::HttpCaller(Dependencies dependencies) : deps_(std::move(dependencies)) {}

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
  const bool openapi = job->call.action == wf::kOpenApiAction;
  const Json document = {{"method", "GET"}, {"uri", TextMember(job->call.input, "document")}};
  job->request = RenderHttpCall(openapi ? document : job->call.input, job->call.op_key);
  if (job->call.authentication.is_null()) return Admit(job);
  deps_.pool.Post([this, job] {
    auto policy = ReadPolicy(job->call);
    deps_.home.Post([this, job, policy = std::move(policy)] {
      if (!policy.ok()) return Finish(job, policy.error());
      job->policy = *policy;
      Authenticate(job);
    });
  });
}

Result<Json> HttpCaller::ReadPolicy(const ports::ActionCall& call) {
  std::set<std::string> names;
  FindSecrets(call.authentication, names);
  if (names.empty()) return call.authentication;
  const auto account = deps_.accounts.Get(call.account);
  if (!account.ok()) return account.error();
  Json secrets = Json::object();
  for (const std::string& name : names) {
    auto secret = ReadSecret(account->tenant, name);
    if (!secret.ok()) return secret.error();
    secrets[name] = std::move(secret).value();
  }
  return FillIn(call.authentication, secrets, deps_.expressions);
}

Result<Json> HttpCaller::ReadSecret(const std::string& tenant, const std::string& name) {
  const auto stored = deps_.secrets.Find(tenant, name);
  if (!stored.ok()) return stored.error();
  if (!*stored) {
    return Forbidden("SECRET_NOT_FOUND", "tenant " + tenant + " has no secret `" + name + "`");
  }
  const auto opened = deps_.vault.Open((*stored)->sealed, ports::SecretContext(tenant, name));
  if (!opened.ok()) return opened.error();
  // A mapping such as {"username", "password"} is written as JSON; all else is one text.
  auto parsed = ParseJson(opened->Reveal());
  return parsed.ok() && parsed->is_object() ? *parsed : Json(opened->Reveal());
}

void HttpCaller::Authenticate(const SharedJob& job) {
  const bool single = job->policy.is_object() && job->policy.size() == 1;
  const std::string kind = single ? job->policy.begin().key() : "";
  const Json scheme = single ? job->policy.front() : Json();
  const auto invalid = [&](const char* needed) {
    Finish(job, Forbidden("SECRET_INVALID", "the authentication " + kind + " needs " + needed +
                                                ", and what was given for it has none"));
  };
  if (kind == "bearer") {
    const std::string token =
        scheme.is_string() ? scheme.get<std::string>() : Field(scheme, "token");
    if (token.empty()) return invalid("a token");
    job->request.headers.emplace_back("Authorization", "Bearer " + token);
    return Admit(job);
  }
  if (kind == "oauth2") {
    if (TextMember(scheme, "authority").empty()) return invalid("an authority");
    return UseToken(job, scheme);
  }
  if (Field(scheme, "username").empty()) return invalid("a username");
  const std::string name = Field(scheme, "username");
  const std::string password = Field(scheme, "password");
  if (kind == "digest") {
    job->request.digest = ports::HttpLogin{name, Secret(password)};
  } else {
    job->request.headers.emplace_back("Authorization", BasicHeader(name, password));
  }
  Admit(job);
}

void HttpCaller::UseToken(const SharedJob& job, const Json& oauth) {
  const std::string key = ToText(job->call.account) + " " + Sha256(DumpJson(oauth));
  job->token_key = key;
  Token& token = tokens_[key];
  if (token.fetching) return token.waiting.push_back(job);
  if (token.text.empty() || token.good_until <= deps_.clock.Now())
    return FetchToken(job, oauth, key);
  auto& headers = job->request.headers;
  std::erase_if(headers, [](const auto& each) { return each.first == "Authorization"; });
  headers.emplace_back("Authorization", "Bearer " + token.text);
  Admit(job);
}

void HttpCaller::FetchToken(const SharedJob& job, const Json& oauth, const std::string& key) {
  if (tokens_.size() > kMostTokens) {
    std::erase_if(tokens_,
                  [&](const auto& each) { return !each.second.fetching && each.first != key; });
  }
  Token& token = tokens_[key];
  token.fetching = true;
  token.waiting.push_back(job);
  ports::HttpRequest request = TokenRequest(oauth);
  request.may_leave = [this] { return MayAct(); };
  deps_.http.Send(
      std::move(request), deps_.request_timeout, [this, key](Result<ports::HttpResponse> answer) {
        deps_.home.Post([this, key, answer = std::move(answer)] { OnToken(key, answer); });
      });
}

void HttpCaller::OnToken(const std::string& key, Result<ports::HttpResponse> answer) {
  Token& token = tokens_[key];
  token.fetching = false;
  const auto waiting = std::exchange(token.waiting, {});
  // A lost answer of the authority is no doubt about the call: nothing of it was sent.
  Result<FreshToken> fresh = Unavailable("HTTP_TOKEN_UNAVAILABLE", "the authority gave no answer");
  if (answer.ok()) {
    fresh = ReadToken(*answer);
  } else if (answer.error().kind != ErrorKind::kInDoubt) {
    fresh = answer.error();
  }
  if (!fresh.ok()) {
    tokens_.erase(key);
    for (const SharedJob& job : waiting) Finish(job, fresh.error());
    return;
  }
  token.text = fresh->text;
  token.good_until =
      deps_.clock.Now() + std::max(fresh->lifetime - kTokenMargin, fresh->lifetime / 2);
  for (const SharedJob& job : waiting) {
    job->request.headers.emplace_back("Authorization", "Bearer " + fresh->text);
    Admit(job);
  }
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
    const bool held_back = answer.error().code == "HTTP_NOT_STARTED";
    return Finish(job, held_back ? NotStarted() : answer.error());
  }
  if (answer->status == 401 && !job->token_key.empty() && !job->token_renewed) {
    job->token_renewed = true;
    const auto token = tokens_.find(job->token_key);
    // Another call may have renewed it meanwhile: only the one that was refused is dropped.
    const auto& sent = job->request.headers.back().second;
    if (token != tokens_.end() && sent == "Bearer " + token->second.text)
      token->second.text.clear();
    job->request.headers.pop_back();
    return UseToken(job, job->policy.front());
  }
  const Json call = job->call.action == wf::kOpenApiAction
                        ? Json{{"method", "GET"}, {"output", "content"}}
                        : job->call.input;
  auto result = JudgeHttpAnswer(call, job->request.url, *answer, deps_.clock.Now());
  if (result.ok() && job->call.action == wf::kOpenApiAction)
    result = OpenApiRequest(answer->body, job->request.url, job->call.input);
  Finish(job, std::move(result));
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
