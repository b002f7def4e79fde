#include "engine/app/cli/secret_commands.h"

#include <utility>

#include "engine/app/cli/text.h"
#include "switchboard/v1/secret.grpc.pb.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using Secrets = v1::SecretService;
using SecretStub = v1::SecretService::StubInterface;

Session::Given ReadValue(const Session& session, const std::string& name) {
  const auto& ask = session.environment().ask_hidden;
  Session::Given given =
      ask ? Session::Given{ask("Value of " + name + " (is not shown): "), {}} : session.Read("-");
  // The end of the line that `echo` and editors add is not meant.
  while (given.text.ends_with('\n') || given.text.ends_with('\r')) given.text.pop_back();
  return given;
}

std::string PageOf(const Session& session, const v1::SecretEntry& secret) {
  Card card;
  card.Add("secret", secret.name());
  card.Add("tenant", secret.tenant());
  card.Add("set", Dated(secret.update_time(), session.now()));
  return card.Text(session.style());
}

}  // namespace

int SetSecret(Session& session, const SecretOptions& options) {
  auto given = ReadValue(session, options.name);
  if (given.trouble) return session.Fail(*given.trouble);
  if (given.text.empty()) {
    return session.Misuse("no value was given",
                          "it comes from standard input: switchboard secret set " + options.name +
                              " --tenant " + options.tenant + " < token.txt");
  }
  v1::SetSecretRequest request;
  request.set_tenant(options.tenant);
  request.set_name(options.name);
  request.set_value(std::move(given.text));
  v1::SetSecretResponse response;
  if (auto trouble = session.client.Call<Secrets>(&SecretStub::SetSecret, request, response))
    return session.Fail(*trouble);
  return session.Show(response.secret(), [&] { return PageOf(session, response.secret()); });
}

int ListSecrets(Session& session, const ListSecretsOptions& options) {
  v1::ListSecretsRequest request;
  request.set_tenant(options.tenant);
  request.set_page_size(options.limit);
  request.set_page_token(options.page_token);
  v1::ListSecretsResponse response;
  if (auto trouble = session.client.Call<Secrets>(&SecretStub::ListSecrets, request, response))
    return session.Fail(*trouble);
  session.MentionNextPage(response.next_page_token());
  return session.Show(response, [&] {
    Table table({{"SECRET", true}, {"TENANT"}, {"SET"}});
    for (const v1::SecretEntry& secret : response.secrets())
      table.Add({secret.name(), secret.tenant(), Relative(secret.update_time(), session.now())});
    return table.Text(session.style());
  });
}

int DeleteSecret(Session& session, const SecretOptions& options) {
  v1::DeleteSecretRequest request;
  request.set_tenant(options.tenant);
  request.set_name(options.name);
  v1::DeleteSecretResponse response;
  if (auto trouble = session.client.Call<Secrets>(&SecretStub::DeleteSecret, request, response))
    return session.Fail(*trouble);
  return session.Show(response, [&] {
    return "secret " + options.name + " of " + options.tenant + " is deleted\n";
  });
}

}  // namespace sb::app::cli
