#include "engine/accounts/oauth_applications.h"

#include <algorithm>
#include <utility>

#include "engine/base/encoding.h"

namespace sb::accounts {
namespace {

using ports::OAuthApplication;

constexpr std::size_t kInstallKeyBytes = 18;
constexpr std::size_t kMaxIdBytes = 500;
constexpr std::size_t kMaxSecretBytes = 4000;
constexpr const char* kCallback = "/oauth/callback";

Error Wrong(const std::string& message) {
  return Invalid("APPLICATION_INVALID", message);
}

bool IsOneWord(const std::string& text, std::size_t most) {
  return !text.empty() && text.size() <= most &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c > 0x20 && c < 0x7f; });
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

Result<std::vector<OAuthApplication>> OAuthApplications::List(
    const std::optional<std::string>& tenant) {
  return deps_.applications.List(tenant);
}

Status OAuthApplications::Delete(const std::string& tenant, const std::string& connector) {
  const auto gone = deps_.applications.Delete(tenant, connector);
  if (!gone.ok()) return gone.error();
  if (*gone) return {};
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
    return Chosen(ChosenApplication{(*stored)->client_id, *secret, RedirectUrlOf(**stored)});
  }
  const auto configured = deps_.oauth_clients.find(connector);
  if (configured == deps_.oauth_clients.end()) return Chosen();
  return Chosen(ChosenApplication{configured->second.client_id, configured->second.client_secret,
                                  deps_.public_url() + kCallback});
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
