#include "engine/accounts/credential_term.h"

#include <algorithm>

namespace sb::accounts {
namespace {

constexpr Millis kShortestMargin = std::chrono::seconds(120);

/// A part of `most`, by chance.
Millis SomeOf(Millis most, ports::Random& random) {
  const std::string bytes = random.Bytes(2);
  const auto high = static_cast<unsigned char>(bytes[0]);
  const auto low = static_cast<unsigned char>(bytes[1]);
  return most * (high * 256 + low) / 65'536;
}

}  // namespace

Millis MarginOf(Millis life) {
  return std::min(std::max(kShortestMargin, life / 10), life / 2);
}

bool IsRenewable(const connector::Connector& connector, const connector::Credential& credential) {
  return connector.oauth && connector.oauth->refresh && credential.values.contains("refresh_token");
}

CredentialTerm TermOf(const connector::Connector& connector, const connector::TokenGrant& grant,
                      WallTime now, ports::Random& random) {
  CredentialTerm term;
  if (grant.expires_in) {
    const Millis life = *grant.expires_in;
    const Millis margin = MarginOf(life);
    term.expires_at = now + life;
    term.due_at = *term.expires_at - margin - SomeOf(margin / 2, random);
  }
  if (IsRenewable(connector, grant.credential)) {
    const Millis pause = connector.oauth->refresh->at_least_every;
    const WallTime routine = now + pause - SomeOf(pause / 4, random);
    term.due_at = std::min(term.due_at.value_or(routine), routine);
  }
  return term;
}

}  // namespace sb::accounts
