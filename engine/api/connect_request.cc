#include "engine/api/connect_request.h"

#include <utility>

#include "engine/api/json_mapping.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;

constexpr const char* kDefaultConnector = "aircall";
constexpr Millis kShortestSession = std::chrono::minutes(1);
constexpr Millis kLongestSession = std::chrono::hours(24);

Outcome ReadLifetime(const v1::CreateConnectSessionRequest& request, Millis& lifetime) {
  if (!request.has_lifetime()) return {};
  lifetime = ToMillis(request.lifetime());
  if (lifetime >= kShortestSession && lifetime <= kLongestSession) return {};
  return WrongField("lifetime", "must be 1 minute to 24 hours");
}

Outcome ReadMethods(const v1::CreateConnectSessionRequest& request,
                    std::vector<ports::AuthMethod>& methods) {
  for (const int method : request.methods()) {
    if (method == v1::Account::AUTH_METHOD_OAUTH) {
      methods.push_back(ports::AuthMethod::kOAuth);
    } else if (method == v1::Account::AUTH_METHOD_API_KEY) {
      methods.push_back(ports::AuthMethod::kApiKey);
    } else {
      return WrongField("methods", "takes AUTH_METHOD_OAUTH and AUTH_METHOD_API_KEY");
    }
  }
  return {};
}

}  // namespace

std::string ConnectorOf(const std::string& requested) {
  return requested.empty() ? kDefaultConnector : requested;
}

std::variant<std::string, Failure> ReadTenant(const Caller& caller, const std::string& requested) {
  if (requested.size() > kTenantBytes) return WrongField("tenant", "must be at most 200 bytes");
  auto tenant = TenantOf(caller, requested);
  if (!tenant.ok()) return tenant.error();
  if (tenant->empty()) {
    return WrongField("tenant", "say whose account this will be: your own id of the customer",
                      "TENANT_MISSING");
  }
  return *std::move(tenant);
}

std::variant<AccountId, Failure> ReadReconnected(const std::string& text) {
  if (text.empty()) return AccountId();
  const auto id = ParseAccountId(text);
  if (id) return *id;
  return WrongField("account", "must be the id of an account, such as acc_01hv3k7q8s0g");
}

std::variant<accounts::SessionRequest, Failure> ReadSessionRequest(
    const Caller& caller, const v1::CreateConnectSessionRequest& request) {
  auto tenant = ReadTenant(caller, request.tenant());
  if (auto* failure = std::get_if<Failure>(&tenant)) return std::move(*failure);
  auto account = ReadReconnected(request.account());
  if (auto* failure = std::get_if<Failure>(&account)) return std::move(*failure);
  accounts::SessionRequest wanted;
  wanted.tenant = std::get<std::string>(tenant);
  wanted.connector = ConnectorOf(request.connector());
  wanted.return_url = request.return_url();
  wanted.reconnects = std::get<AccountId>(account);
  wanted.opener_origin = request.opener_origin();
  wanted.from_provider = request.from_provider();
  const v1::Branding& branding = request.branding();
  wanted.branding = {.name = branding.name(),
                     .logo_url = branding.logo_url(),
                     .accent_color = branding.accent_color(),
                     .background_color = branding.background_color(),
                     .text = branding.text()};
  if (auto wrong = ReadLifetime(request, wanted.lifetime)) return std::move(*wrong);
  if (auto wrong = ReadMethods(request, wanted.methods)) return std::move(*wrong);
  return wanted;
}

}  // namespace sb::api
