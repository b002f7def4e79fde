#include "tests/faults/load.h"

#include <random>

#include <nlohmann/json.hpp>

#include "tests/support/live/eventually.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;

int CompanyAt(Fleet& fleet, std::size_t index) {
  return Member(Member(fleet.outside().sandbox(), "companies")[index], "id").get<int>();
}

std::string PhoneNumber(int number) {
  std::string digits = std::to_string(number);
  return "+1617" + std::string(7 - digits.size(), '0') + digits;
}

}  // namespace

Load::Load(Fleet& fleet, std::vector<std::string> accounts, unsigned seed)
    : fleet_(fleet), accounts_(std::move(accounts)), seed_(seed) {}

Load::~Load() {
  Stop();
}

void Load::Start() {
  threads_.emplace_back([this] { MissCalls(); });
  threads_.emplace_back([this] { StartRuns(); });
}

void Load::Stop() {
  stopping_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Load::Pause(std::chrono::milliseconds time) {
  Eventually(time, [this] { return stopping_.load(); });
}

// Five requests each: seven calls a minute leave every company room in its quota.
void Load::MissCalls() {
  std::mt19937 random(seed_);
  int number = 2'000'000;
  while (!stopping_) {
    const auto index = random() % accounts_.size();
    const int company = CompanyAt(fleet_, index);
    const Json placed = fleet_.outside().Control(
        "POST", "calls?company=" + std::to_string(company),
        {{"direction", "inbound"}, {"from", PhoneNumber(++number)}, {"answered", false}});
    {
      const std::lock_guard lock(mutex_);
      calls_[company].push_back(Member(Member(placed, "call"), "id").get<std::int64_t>());
    }
    Pause(std::chrono::milliseconds(8000 / accounts_.size()));
  }
}

// Runs that wait long enough to leave memory, of every company.
void Load::StartPatientRuns() {
  for (std::size_t index = 0; index < accounts_.size(); ++index) {
    const std::string phone = PhoneNumber(7'000'000 + static_cast<int>(index));
    StartUntilAnswered("fleet/patient", index, phone,
                       [index] { return static_cast<int>(index % 3); });
  }
}

// The first company gets a little more than its quota lets through, so that it is always at its
// limit.
void Load::StartRuns() {
  StartPatientRuns();
  std::mt19937 random(seed_ + 1);
  int number = 5'000'000;
  while (!stopping_) {
    Pause(500ms);
    const std::size_t index = random() % 2 == 0 ? 0 : random() % accounts_.size();
    const std::string phone = PhoneNumber(++number);
    const auto any = [&random] { return static_cast<int>(random() % 3); };
    const std::string run = StartUntilAnswered("fleet/contact", index, phone, any);
    if (random() % 4 != 0) continue;
    const std::string again = StartRun("fleet/contact", any(), index, phone);
    const std::lock_guard lock(mutex_);
    if (!again.empty() && again != run)
      complaints_.push_back("request " + phone + " was answered with " + run + " and " + again);
  }
}

std::string Load::StartUntilAnswered(const std::string& workflow, std::size_t company,
                                     const std::string& phone,
                                     const std::function<int()>& choose_instance) {
  {
    const std::lock_guard lock(mutex_);
    contacts_[CompanyAt(fleet_, company)].push_back(phone);
  }
  std::string run;
  while (run.empty()) {
    run = StartRun(workflow, choose_instance(), company, phone);
    if (run.empty()) Eventually(100ms, [] { return false; });
  }
  return run;
}

std::string Load::StartRun(const std::string& workflow, int instance, std::size_t company,
                           const std::string& phone) {
  const Ended ended = fleet_.Cli(
      instance, {"run", "start", workflow, "--account", accounts_[company], "--input",
                 R"({"phone": ")" + phone + R"("})", "--request-id", phone, "-o", "json"});
  const auto answer = ParseJson(ended.out);
  return ended.exit_status == 0 && answer.ok() ? TextMember(*answer, "id") : "";
}

std::map<int, std::vector<std::int64_t>> Load::MissedCalls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

std::map<int, std::vector<std::string>> Load::WantedContacts() const {
  const std::lock_guard lock(mutex_);
  return contacts_;
}

std::vector<std::string> Load::complaints() const {
  const std::lock_guard lock(mutex_);
  return complaints_;
}

}  // namespace sb::live
