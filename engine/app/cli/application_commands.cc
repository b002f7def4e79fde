#include "engine/app/cli/application_commands.h"

#include <utility>

#include "engine/app/cli/text.h"
#include "switchboard/v1/application.grpc.pb.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using Applications = v1::ApplicationService;
using ApplicationStub = v1::ApplicationService::StubInterface;

std::string OwnerOf(const std::string& tenant) {
  return tenant.empty() ? "the server" : tenant;
}

Session::Given ReadClientSecret(const Session& session) {
  const auto& ask = session.environment().ask_hidden;
  Session::Given given =
      ask ? Session::Given{ask("Client secret (is not shown): "), {}} : session.Read("-");
  while (given.text.ends_with('\n') || given.text.ends_with('\r')) given.text.pop_back();
  return given;
}

std::string CardOf(const Session& session, const v1::Application& application) {
  Card card;
  card.Add("application of", OwnerOf(application.tenant()));
  card.Add("connector", application.connector());
  card.Add("client id", application.client_id());
  card.Add("redirect URL", application.redirect_url());
  card.Add("install URL", application.install_url());
  card.Add("claim URL", application.claim_url());
  card.Add("accounts", std::to_string(application.accounts()));
  card.Add("set", Dated(application.update_time(), session.now()));
  return card.Text(session.style());
}

std::string AccountsInWords(int accounts) {
  return accounts == 1 ? "1 account" : std::to_string(accounts) + " accounts";
}

/// What becomes of the accounts of applications that were replaced.
std::string FormerInWords(const v1::SetApplicationResponse& response) {
  std::string text;
  for (const v1::Application& former : response.former()) {
    text += AccountsInWords(former.accounts()) + " renewed with the former application " +
            former.client_id() + " until connected again\n";
  }
  return text;
}

}  // namespace

int SetApplication(Session& session, const ApplicationOptions& options) {
  auto given = ReadClientSecret(session);
  if (given.trouble) return session.Fail(*given.trouble);
  if (given.text.empty()) {
    return session.Misuse("no client secret was given",
                          "it comes from standard input: switchboard application set --client-id " +
                              options.client_id + " < secret.txt");
  }
  v1::SetApplicationRequest request;
  request.set_tenant(options.tenant);
  request.set_connector(options.connector);
  request.set_client_id(options.client_id);
  request.set_client_secret(std::move(given.text));
  request.set_redirect_url(options.redirect_url);
  request.set_claim_url(options.claim_url);
  v1::SetApplicationResponse response;
  if (auto trouble =
          session.client.Call<Applications>(&ApplicationStub::SetApplication, request, response))
    return session.Fail(*trouble);
  return session.Show(response.application(), [&] {
    return CardOf(session, response.application()) + FormerInWords(response);
  });
}

int ListApplications(Session& session, const ListApplicationsOptions& options) {
  v1::ListApplicationsRequest request;
  request.set_tenant(options.tenant);
  v1::ListApplicationsResponse response;
  if (auto trouble =
          session.client.Call<Applications>(&ApplicationStub::ListApplications, request, response))
    return session.Fail(*trouble);
  return session.Show(response, [&]() -> std::string {
    if (response.applications().empty())
      return "no applications; set one with `switchboard application set`\n";
    Table table(
        {{"TENANT", true}, {"CONNECTOR"}, {"CLIENT ID"}, {"ACCOUNTS"}, {"INSTALL URL"}, {"SET"}});
    for (const v1::Application& application : response.applications()) {
      const bool former = application.has_retire_time();
      const auto& time = former ? application.retire_time() : application.update_time();
      table.Add({OwnerOf(application.tenant()), application.connector(), application.client_id(),
                 std::to_string(application.accounts()),
                 former ? "(former)" : application.install_url(),
                 (former ? "ended " : "") + Relative(time, session.now())});
    }
    return table.Text(session.style());
  });
}

int DeleteApplication(Session& session, const ApplicationOptions& options) {
  v1::DeleteApplicationRequest request;
  request.set_tenant(options.tenant);
  request.set_connector(options.connector);
  v1::DeleteApplicationResponse response;
  if (auto trouble =
          session.client.Call<Applications>(&ApplicationStub::DeleteApplication, request, response))
    return session.Fail(*trouble);
  return session.Show(response, [&] {
    return "the " + options.connector + " application of " + OwnerOf(options.tenant) +
           " is deleted\n" +
           (response.accounts() == 0
                ? ""
                : AccountsInWords(response.accounts()) +
                      " connected with it go on being renewed with it: its secret is kept until "
                      "they are connected again or disconnected\n");
  });
}

}  // namespace sb::app::cli
