#include "connectors/aircall/sandbox/world/ids.h"

namespace sb::aircall::sandbox {

namespace {

/// Room for the ids of one company.
constexpr std::int64_t kBlock = 10'000'000;

}  // namespace

// Calls begin just below 2^32: Aircall's ids are about to pass it (live, September 2026), and a
// client that keeps them in 32 bits should fail here rather than there.
IdSource::IdSource(std::uint64_t seed, int company)
    : random_(seed + static_cast<std::uint64_t>(company)), next_{4294967290, 520000101, 900001,
                                                                 3100001,    151000001, 71001,
                                                                 2100001,    1400001,   610001,
                                                                 88000001} {
  for (std::int64_t& next : next_) next += company * kBlock;
}

std::int64_t IdSource::Next(IdKind kind) {
  return next_.at(static_cast<std::size_t>(kind))++;
}

std::string IdSource::Hex(std::size_t digits) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(digits);
  while (text.size() < digits) text.push_back(kDigits[random_() & 15U]);
  return text;
}

std::string IdSource::Uuid() {
  std::string text = Hex(32);
  text[12] = '4';
  text[16] = 'a';
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) text.insert(dash, 1, '-');
  return text;
}

}  // namespace sb::aircall::sandbox
