#include "engine/edge/tls_context.h"

#include <utility>

#include "engine/base/log.h"

namespace sb::edge {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

Error Unusable(const std::filesystem::path& file, const error_code& error) {
  return Invalid("TLS_FILES_INVALID",
                 file.string() + " cannot be used for TLS: " + error.message() +
                     "; it must hold PEM, and the key must be the certificate's");
}

Result<std::shared_ptr<ssl::context>> MakeContext(const TlsFiles& files) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 |
                       ssl::context::no_tlsv1_1);
  error_code error;
  context->use_certificate_chain_file(files.certificate.string(), error);
  if (error) return Unusable(files.certificate, error);
  // Also compares it with the certificate.
  context->use_private_key_file(files.key.string(), ssl::context::pem, error);
  if (error) return Unusable(files.key, error);
  if (!files.client_authority.empty()) {
    context->load_verify_file(files.client_authority.string(), error);
    if (error) return Unusable(files.client_authority, error);
  }
  return context;
}

}  // namespace

TlsContext::Stamp TlsContext::StampNow() const {
  std::error_code ignored;
  return {std::filesystem::last_write_time(files_.certificate, ignored),
          std::filesystem::last_write_time(files_.key, ignored)};
}

Status TlsContext::Load() {
  const std::lock_guard lock(mutex_);
  stamp_ = StampNow();
  auto context = MakeContext(files_);
  if (!context.ok()) return context.error();
  current_ = std::move(context).value();
  return {};
}

std::shared_ptr<ssl::context> TlsContext::Current() {
  const std::lock_guard lock(mutex_);
  const Stamp now = StampNow();
  if (now == stamp_) return current_;
  stamp_ = now;
  auto renewed = MakeContext(files_);
  if (renewed.ok()) {
    Log::Info("tls.renewed", {{"door", "http"}});
    current_ = std::move(renewed).value();
  } else {
    Log::Warn("tls.not_renewed", {{"door", "http"}, {"reason", renewed.error().message}});
  }
  return current_;
}

Status CheckTlsFiles(const TlsFiles& files) {
  const auto context = MakeContext(files);
  return context.ok() ? Status() : Status(context.error());
}

}  // namespace sb::edge
