#include "engine/accounts/oauth_applications.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "engine/base/encoding.h"

namespace sb::accounts {
namespace {

using ports::OAuthApplication;

constexpr std::size_t kInstallKeyBytes = 18;
constexpr std::size_t kMaxIdBytes = 500;
constexpr std::size_t kMaxSecretBytes = 4000;
constexpr const char* kCallback = "/oauth/callback";
/// Between the exchange of a code and the stored credential nothing refers to the application yet.
constexpr Millis kKeepRetired = std::chrono::hours(1);

Error Wrong(const std::string& message) {
  return Invalid("APPLICATION_INVALID", message);
}

bool IsOneWord(const std::string& text, std::size_t most) {
  return !text.empty() && text.size() <= most &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

std::int64_t CountOf(const std::vector<ports::ApplicationUse>& uses, const std::string& connector,
                     const ports::ApplicationKey& key) {
  for (const ports::ApplicationUse& use : uses) {
    if (use.connector == connector && use.key == key) return use.accounts;
  }
  return 0;
}

}  // namespace

Status OAuthApplications::Check(const ApplicationRequest& request) const {
  const auto connector = FindConnector(deps_.connectors, request.connector);
  if (!connector.ok()) return connector.error();
  if (!(*connector)->oauth) {
    return Invalid("CREDENTIAL_METHOD_UNSUPPORTED",
                   (*connector)->title + " cannot be connected with OAuth");
  }
  if (!IsOneWord(request.client_id, kMaxIdBytes))
    return Wrong("client_id must be 1 to 500 characters without spaces");
  if (!IsOneWord(request.client_secret.Reveal(), kMaxSecretBytes))
    return Wrong("client_secret must be 1 to 4000 characters without spaces");
  if (!request.redirect_url.empty()) {
    const std::string host = OriginOfAddress(request.redirect_url);
    if (host.empty() || request.redirect_url != host + kCallback) {
      return Wrong(
          "redirect_url must be a host that leads to this server and /oauth/callback, "
          "such as https://connect.acme.example/oauth/callback");
    }
    if (host != OriginOfAddress(deps_.public_url()) && !deps_.allowed_addresses.AllowsOrigin(host))
      return NotAllowed("redirect_url", request.redirect_url);
  }
  if (!request.claim_url.empty() && !deps_.allowed_addresses.Allows(request.claim_url))
    return NotAllowed("claim_url", request.claim_url);
  return {};
}

Result<OAuthApplication> OAuthApplications::Set(const ApplicationRequest& request) {
  if (Status fits = Check(request); !fits.ok()) return fits.error();
  auto sealed = deps_.vault.Seal(request.client_secret,
                                 ports::ApplicationContext(request.tenant, request.connector));
  if (!sealed.ok()) return sealed.error();
  return deps_.applications.Put({.tenant = request.tenant,
                                 .connector = request.connector,
                                 .client_id = request.client_id,
                                 .sealed_secret = *std::move(sealed),
                                 .redirect_url = request.redirect_url,
                                 .claim_url = request.claim_url,
                                 .install_key = ToBase64Url(deps_.random.Bytes(kInstallKeyBytes)),
                                 .updated_at = deps_.clock.Now()});
}

Result<std::vector<KnownApplication>> OAuthApplications::List(
    const std::optional<std::string>& tenant) const {
  const auto present = deps_.applications.List(tenant);
  if (!present.ok()) return present.error();
  const auto former = deps_.applications.ListFormer(tenant);
  if (!former.ok()) return former.error();
  const auto uses = deps_.applications.Uses(tenant);
  if (!uses.ok()) return uses.error();
  std::vector<KnownApplication> known;
  for (const OAuthApplication& each : *present) {
    const ports::ApplicationKey key{each.tenant, each.client_id};
    known.push_back({key, each.connector, CountOf(*uses, each.connector, key), each, {}});
  }
  for (const ports::FormerApplication& each : *former) {
    const std::int64_t accounts = CountOf(*uses, each.connector, each.key);
    if (accounts > 0) known.push_back({each.key, each.connector, accounts, {}, each.retired_at});
  }
  std::ranges::stable_sort(known, {}, [](const KnownApplication& each) {
    return std::tie(each.key.tenant, each.connector);
  });
  return known;
}

Result<std::int64_t> OAuthApplications::Delete(const std::string& tenant,
                                               const std::string& connector) {
  const auto before = deps_.applications.Find(tenant, connector);
  if (!before.ok()) return before.error();
  const auto gone = deps_.applications.Delete(tenant, connector, deps_.clock.Now());
  if (!gone.ok()) return gone.error();
  if (*gone && *before) {
    const auto uses = deps_.applications.Uses(tenant);
    if (!uses.ok()) return uses.error();
    return CountOf(*uses, connector, {tenant, (*before)->client_id});
  }
  if (*gone) return 0;  // it was set and deleted within this moment
  return NotFound("APPLICATION_NOT_FOUND",
                  "there is no OAuth application of " +
                      (tenant.empty() ? "the server" : "tenant " + tenant) + " for " + connector +
                      "; list them to see which there are");
}

Result<std::optional<OAuthApplication>> OAuthApplications::Find(
    const std::string& tenant, const std::string& connector) const {
  auto own = deps_.applications.Find(tenant, connector);
  if (!own.ok() || *own || tenant.empty()) return own;
  return deps_.applications.Find("", connector);
}

Result<std::optional<ChosenApplication>> OAuthApplications::For(
    const std::string& tenant, const std::string& connector) const {
  using Chosen = std::optional<ChosenApplication>;
  const connector::Connector* found = deps_.connectors.FindConnector(connector);
  if (found == nullptr || !found->oauth) return Chosen();
  const auto stored = Find(tenant, connector);
  if (!stored.ok()) return stored.error();
  if (*stored) {
    const auto secret =
        deps_.vault.Open((*stored)->sealed_secret,
                         ports::ApplicationContext((*stored)->tenant, (*stored)->connector));
    if (!secret.ok()) return secret.error();
    return Chosen(ChosenApplication{(*stored)->client_id, *secret, RedirectUrlOf(**stored),
                                    (*stored)->tenant});
  }
  const OAuthClient* configured = Configured(connector);
  if (configured == nullptr) return Chosen();
  return Chosen(ChosenApplication{configured->client_id, configured->client_secret,
                                  deps_.public_url() + kCallback, ""});
}

const OAuthClient* OAuthApplications::Configured(const std::string& connector) const {
  const auto found = deps_.oauth_clients.find(connector);
  return found == deps_.oauth_clients.end() ? nullptr : &found->second;
}

Result<std::optional<OAuthClient>> OAuthApplications::ClientOf(
    const ports::Account& account, const ports::ApplicationKey& application) const {
  using Client = std::optional<OAuthClient>;
  const OAuthClient* configured = Configured(account.connector);
  if (application.client_id.empty()) {
    if (configured != nullptr) return Client(*configured);
    const auto chosen = For(account.tenant, account.connector);
    if (!chosen.ok()) return chosen.error();
    if (!*chosen) return Client();
    return Client(OAuthClient{(*chosen)->client_id, (*chosen)->client_secret, (*chosen)->tenant});
  }
  const auto sealed = deps_.applications.FindSecret(account.connector, application);
  if (!sealed.ok()) return sealed.error();
  if (*sealed) {
    auto secret = deps_.vault.Open(
        **sealed, ports::ApplicationContext(application.tenant, account.connector));
    if (!secret.ok()) return secret.error();
    return Client(OAuthClient{application.client_id, *std::move(secret), application.tenant});
  }
  const bool ours = configured != nullptr && application.tenant.empty() &&
                    configured->client_id == application.client_id;
  return ours ? Client(*configured) : Client();
}

Status OAuthApplications::ForgetUnused() {
  return deps_.applications.ForgetUnused(deps_.clock.Now() - kKeepRetired);
}

Result<std::string> OAuthApplications::HostFor(const std::string& tenant,
                                               const std::string& connector) const {
  const auto stored = Find(tenant, connector);
  if (!stored.ok()) return stored.error();
  if (!*stored || (*stored)->redirect_url.empty()) return deps_.public_url();
  return OriginOfAddress((*stored)->redirect_url);
}

std::string OAuthApplications::RedirectUrlOf(const OAuthApplication& application) const {
  return application.redirect_url.empty() ? deps_.public_url() + kCallback
                                          : application.redirect_url;
}

std::string OAuthApplications::InstallUrlOf(const OAuthApplication& application) const {
  const std::string host = application.redirect_url.empty()
                               ? deps_.public_url()
                               : OriginOfAddress(application.redirect_url);
  return host + "/install/" + application.connector + "/" + application.install_key;
}

Result<OAuthApplication> OAuthApplications::FindInstall(const std::string& connector,
                                                        const std::string& install_key) const {
  const auto found = deps_.applications.FindByInstallKey(install_key);
  if (!found.ok()) return found.error();
  if (*found && (*found)->connector == connector) return **found;
  return NotFound("INSTALL_UNKNOWN",
                  "no application is installed from this address; start the connection from the "
                  "product that you want to connect");
}

}  // namespace sb::accounts
