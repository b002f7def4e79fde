#include "engine/app/cli/account_commands.h"

#include <algorithm>
#include <cctype>
#include <sstream>

#include <nlohmann/json.hpp>

#include "engine/app/cli/erasure_commands.h"
#include "engine/app/cli/text.h"
#include "engine/base/file.h"
#include "engine/base/text.h"
#include "switchboard/v1/account.grpc.pb.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using Accounts = v1::AccountService;
using AccountStub = v1::AccountService::StubInterface;

constexpr Millis kPollInterval{1000};

std::string StateOf(const v1::Account& account) {
  return Word(v1::Account::State_Name(account.state()), "STATE_");
}

std::string CompanyOf(const v1::Account& account) {
  return account.display_name().empty() ? account.external_id() : account.display_name();
}

std::string CardOf(const Session& session, const v1::Account& account) {
  Card card;
  card.Add("account", account.id());
  card.Add("company", CompanyOf(account));
  card.Add("tenant", account.tenant());
  card.Add("connector", account.connector());
  card.Add("state", {StateOf(account), ToneOf(StateOf(account))});
  card.Add("code", account.state_code());
  card.Add("reason", account.state_reason());
  card.Add("connected with",
           account.auth_method() == v1::Account::AUTH_METHOD_OAUTH ? "OAuth" : "an API key");
  std::string events;
  for (const std::string& event : account.subscribed_events())
    events += (events.empty() ? "" : ", ") + event;
  card.Add("events", events);
  card.Add("created", Dated(account.create_time(), session.now()));
  card.Add("updated", Dated(account.update_time(), session.now()));
  return card.Text(session.style());
}

std::string TrimmedLine(std::string text) {
  const auto end = text.find_first_of("\r\n");
  if (end != std::string::npos) text.resize(end);
  return text;
}

/// The API token from where the user put it. Never from the command line: other users see that in
/// the process list, and the shell writes it into its history.
Session::Given ReadToken(const Session& session, const ConnectOptions& options) {
  if (options.api_token_stdin || !options.api_token_file.empty()) {
    auto given = session.Read(options.api_token_stdin ? "-" : "@" + options.api_token_file);
    given.text = TrimmedLine(std::move(given.text));
    return given;
  }
  return {session.environment().variables(kApiTokenVariable), {}};
}

using KeyFields = google::protobuf::Map<std::string, std::string>;

/// Aircall's two fields, by options of their own. An exit code where they are not there.
std::optional<int> ReadAircallKey(Session& session, const ConnectOptions& options,
                                  KeyFields& fields) {
  const auto token = ReadToken(session, options);
  if (token.trouble) return session.Fail(*token.trouble);
  if (token.text.empty()) {
    return session.Misuse(
        "no API token was given",
        "give it by --api-token-stdin, --api-token-file or the variable SWITCHBOARD_API_TOKEN; not "
        "on "
        "the command line, where other users and the shell's history would see it");
  }
  fields["api_id"] = options.api_id;
  fields["api_token"] = token.text;
  return {};
}

/// The key of any connector: a JSON object of its fields.
std::optional<int> ReadKey(Session& session, const ConnectOptions& options, KeyFields& fields) {
  const bool from_stdin = options.credential == "-";
  const auto given = session.Read(from_stdin ? "-" : "@" + options.credential);
  if (given.trouble) return session.Fail(*given.trouble);
  const auto key = ParseJson(given.text);
  const Json& parts = key.ok() && key->is_object() ? *key : Json();
  const bool is_read = !parts.empty() && std::ranges::all_of(parts, [](const Json& part) {
    return part.is_string();
  });
  for (const auto& [name, value] : parts.items()) {
    if (is_read) fields[name] = value.get<std::string>();
  }
  if (is_read) return {};
  return session.Misuse("--credential is no JSON object of texts",
                        R"(write the connector's fields: {"key": "..."})");
}

int ConnectWithKey(Session& session, const ConnectOptions& options) {
  v1::CreateAccountRequest request;
  KeyFields& fields = *request.mutable_credential();
  const auto fault = options.credential.empty() ? ReadAircallKey(session, options, fields)
                                                : ReadKey(session, options, fields);
  if (fault) return *fault;
  request.set_tenant(options.tenant);
  request.set_connector(options.connector);
  request.set_account(options.account);
  v1::CreateAccountResponse response;
  if (auto trouble =
          session.client.Call<Accounts>(&AccountStub::CreateAccount, request, response)) {
    return session.Fail(*trouble);
  }
  return session.Show(response.account(), [&] { return CardOf(session, response.account()); });
}

bool IsOver(v1::ConnectSession::State state) {
  return state == v1::ConnectSession::STATE_SUCCEEDED ||
         state == v1::ConnectSession::STATE_FAILED || state == v1::ConnectSession::STATE_EXPIRED;
}

int WaitForSession(Session& session, const std::string& id) {
  v1::GetConnectSessionRequest request;
  request.set_session(id);
  v1::GetConnectSessionResponse response;
  do {
    session.environment().pause(kPollInterval);
    if (auto trouble =
            session.client.Call<Accounts>(&AccountStub::GetConnectSession, request, response)) {
      return session.Fail(*trouble);
    }
  } while (!IsOver(response.session().state()));
  if (response.session().state() == v1::ConnectSession::STATE_SUCCEEDED) {
    return GetAccount(session, response.session().account());
  }
  const bool expired = response.session().state() == v1::ConnectSession::STATE_EXPIRED;
  return session.Fail(
      {kRefused,
       expired ? "the link expired before an account was connected"
               : "the account was not connected: " + response.session().error(),
       expired ? "SESSION_EXPIRED" : "SESSION_FAILED",
       expired ? "make another with `switchboard account connect`" : "the link can be opened again",
       {}});
}

int ConnectInBrowser(Session& session, const ConnectOptions& options) {
  v1::CreateConnectSessionRequest request;
  request.set_tenant(options.tenant);
  request.set_connector(options.connector);
  request.set_return_url(options.return_url);
  request.set_account(options.account);
  request.set_opener_origin(options.opener_origin);
  for (const std::string& method : options.methods) {
    request.add_methods(method == "oauth" ? v1::Account::AUTH_METHOD_OAUTH
                                          : v1::Account::AUTH_METHOD_API_KEY);
  }
  v1::Branding& branding = *request.mutable_branding();
  branding.set_name(options.brand_name);
  branding.set_logo_url(options.brand_logo);
  branding.set_accent_color(options.brand_accent);
  branding.set_background_color(options.brand_background);
  branding.set_text(options.brand_text);
  v1::CreateConnectSessionResponse response;
  if (auto trouble =
          session.client.Call<Accounts>(&AccountStub::CreateConnectSession, request, response)) {
    return session.Fail(*trouble);
  }
  const auto& made = response.session();
  const Json json = {{"url", response.url()},
                     {"session", made.id()},
                     {"expire_time", ToRfc3339(ToWallTime(made.expire_time()))}};
  session.Show(json, [&] {
    return "open this link in a browser to connect an account of tenant '" +
           Printable(made.tenant()) + "':\n\n  " + response.url() + "\n\nit works until " +
           Dated(made.expire_time(), session.now()) + "\n";
  });
  return options.wait ? WaitForSession(session, made.id()) : kOk;
}

/// An address a line; empty lines and what follows a # are left out.
std::optional<Trouble> ReadEmails(const Session& session, const std::string& file,
                                  v1::CheckAccountRequest& request) {
  if (file.empty()) return {};
  const auto given = session.Read(file == "-" ? "-" : "@" + file);
  if (given.trouble) return given.trouble;
  std::istringstream lines(given.text);
  for (std::string line; std::getline(lines, line);) {
    line.resize(std::min(line.find('#'), line.size()));
    std::erase_if(line, [](unsigned char c) { return std::isspace(c) != 0; });
    if (!line.empty()) request.add_known_emails(line);
  }
  return {};
}

Tone ToneOfVerdict(v1::CheckFinding::Verdict verdict) {
  switch (verdict) {
    case v1::CheckFinding::VERDICT_OK:
      return Tone::kGood;
    case v1::CheckFinding::VERDICT_WARNING:
      return Tone::kBusy;
    case v1::CheckFinding::VERDICT_PROBLEM:
      return Tone::kBad;
    default:
      return Tone::kFaint;
  }
}

/// What was found, a line each, and below what to do about it.
std::string ReportOf(const Session& session, const v1::CheckAccountResponse& response) {
  Card head;
  head.Add("account", response.account().id());
  head.Add("company", CompanyOf(response.account()));
  head.Add("state", {StateOf(response.account()), ToneOf(StateOf(response.account()))});
  head.Add("requests", std::to_string(response.requests()));
  Table table({{"CHECK", true}, {"VERDICT"}, {"FOUND"}});
  std::string advice;
  for (const v1::CheckFinding& finding : response.findings()) {
    const std::string verdict =
        Lower(Word(v1::CheckFinding::Verdict_Name(finding.verdict()), "VERDICT_"));
    const std::string name = Lower(finding.code());
    table.Add({name, {verdict, ToneOfVerdict(finding.verdict())}, finding.text()});
    if (!finding.advice().empty())
      advice += "  " + name + ": " + Printable(finding.advice()) + "\n";
  }
  return head.Text(session.style()) + "\n" + table.Text(session.style()) +
         (advice.empty() ? "" : "\nwhat to do:\n" + advice);
}

}  // namespace

int ConnectAccount(Session& session, const ConnectOptions& options) {
  const bool in_browser = options.api_id.empty() && options.credential.empty();
  return in_browser ? ConnectInBrowser(session, options) : ConnectWithKey(session, options);
}

int ListAccounts(Session& session, const ListAccountsOptions& options) {
  v1::ListAccountsRequest request;
  request.set_tenant(options.tenant);
  request.set_connector(options.connector);
  request.set_show_disconnected(options.disconnected);
  request.set_page_size(options.limit);
  request.set_page_token(options.page_token);
  v1::ListAccountsResponse response;
  if (auto trouble = session.client.Call<Accounts>(&AccountStub::ListAccounts, request, response)) {
    return session.Fail(*trouble);
  }
  session.Show(response, [&]() -> std::string {
    if (response.accounts().empty())
      return "no accounts; connect one with `switchboard account connect`\n";
    Table table(
        {{"ACCOUNT", true}, {"TENANT"}, {"COMPANY"}, {"CONNECTOR"}, {"STATE"}, {"CREATED"}});
    for (const v1::Account& account : response.accounts()) {
      table.Add({account.id(),
                 account.tenant(),
                 CompanyOf(account),
                 account.connector(),
                 {StateOf(account), ToneOf(StateOf(account))},
                 Relative(account.create_time(), session.now())});
    }
    return table.Text(session.style());
  });
  session.MentionNextPage(response.next_page_token());
  return kOk;
}

int GetAccount(Session& session, const std::string& account) {
  v1::GetAccountRequest request;
  request.set_account(account);
  v1::GetAccountResponse response;
  if (auto trouble = session.client.Call<Accounts>(&AccountStub::GetAccount, request, response))
    return session.Fail(*trouble);
  return session.Show(response.account(), [&] { return CardOf(session, response.account()); });
}

int CheckAccount(Session& session, const CheckOptions& options) {
  v1::CheckAccountRequest request;
  request.set_account(options.account);
  if (auto trouble = ReadEmails(session, options.known_emails, request))
    return session.Fail(*trouble);
  v1::CheckAccountResponse response;
  if (auto trouble = session.client.Call<Accounts>(&AccountStub::CheckAccount, request, response)) {
    return session.Fail(*trouble);
  }
  session.Show(response, [&] { return ReportOf(session, response); });
  const auto needs_somebody = [](const v1::CheckFinding& finding) {
    return finding.verdict() == v1::CheckFinding::VERDICT_PROBLEM ||
           finding.verdict() == v1::CheckFinding::VERDICT_WARNING;
  };
  const auto& findings = response.findings();
  const bool well =
      response.healthy() && std::none_of(findings.begin(), findings.end(), needs_somebody);
  return well ? kOk : kRefused;
}

int ShowAccountHistory(Session& session, const AccountHistoryOptions& options) {
  v1::ListAccountChangesRequest request;
  request.set_account(options.account);
  request.set_page_size(options.limit);
  request.set_page_token(options.page_token);
  v1::ListAccountChangesResponse response;
  if (auto trouble =
          session.client.Call<Accounts>(&AccountStub::ListAccountChanges, request, response))
    return session.Fail(*trouble);
  session.Show(response, [&] {
    Table table({{"WHEN"}, {"FROM"}, {"TO"}, {"CODE"}, {"BY"}, {"REASON"}});
    for (const v1::AccountChange& change : response.changes()) {
      const std::string to = Word(v1::Account::State_Name(change.to()), "STATE_");
      const bool made = change.from() == v1::Account::STATE_UNSPECIFIED;
      table.Add({Dated(change.change_time(), session.now()),
                 made ? "-" : Word(v1::Account::State_Name(change.from()), "STATE_"),
                 {to, ToneOf(to)},
                 change.code(),
                 change.by(),
                 change.reason()});
    }
    return table.Text(session.style());
  });
  session.MentionNextPage(response.next_page_token());
  return kOk;
}

int ListGaps(Session& session, const ListGapsOptions& options) {
  v1::ListGapsRequest request;
  request.set_account(options.account);
  request.set_page_size(options.limit);
  request.set_page_token(options.page_token);
  v1::ListGapsResponse response;
  if (auto trouble = session.client.Call<Accounts>(&AccountStub::ListGaps, request, response))
    return session.Fail(*trouble);
  session.Show(response, [&]() -> std::string {
    if (response.gaps().empty()) return "no gaps\n";
    Table table({{"GAP", true},
                 {"WEBHOOK"},
                 {"FROM"},
                 {"TO"},
                 {"STATE"},
                 {"MISSED"},
                 {"RECOVERED"},
                 {"OPEN"}});
    for (const v1::Gap& gap : response.gaps()) {
      const std::string state = Word(v1::Gap::State_Name(gap.state()), "STATE_");
      table.Add({gap.id(),
                 Word(v1::Gap::Reason_Name(gap.reason()), "REASON_"),
                 Dated(gap.start_time(), session.now()),
                 gap.has_end_time() ? Dated(gap.end_time(), session.now()) : "-",
                 {state, ToneOf(state)},
                 std::to_string(gap.missed_count()),
                 std::to_string(gap.recovered_count()),
                 std::to_string(gap.open_count())});
    }
    return table.Text(session.style());
  });
  session.MentionNextPage(response.next_page_token());
  return kOk;
}

int DisconnectAccount(Session& session, const DisconnectOptions& options) {
  if (options.erase && !options.yes) {
    if (!session.WantsTable()) {
      return session.Misuse("-o " + session.options().output + " cannot ask you whether to erase",
                            "add --yes");
    }
    if (!Confirmed(session, "erase all data of " + options.account + "? It cannot be undone."))
      return kRefused;
  }
  v1::DisconnectAccountRequest request;
  request.set_account(options.account);
  request.set_erase(options.erase ? v1::DisconnectAccountRequest::ERASE_DATA
                                  : v1::DisconnectAccountRequest::KEEP_DATA);
  v1::DisconnectAccountResponse response;
  if (auto trouble =
          session.client.Call<Accounts>(&AccountStub::DisconnectAccount, request, response)) {
    return session.Fail(*trouble);
  }
  if (options.erase) return FollowErasure(session, response.erasure());
  return session.Show(response.account(), [&] { return CardOf(session, response.account()); });
}

}  // namespace sb::app::cli
