#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/instance.h"

namespace sb::sim {

/// What happened between a seed and a flaw.
struct Account {
  std::vector<std::string> violations;  ///< Invariants that did not hold, "I7: ...".
  std::string fingerprint;              ///< Of the journal: equal histories have equal ones.
  int runs = 0;
  int requests = 0;
  int deaths = 0;
  int freezes = 0;
};

/// One history: three processes serve two companies, one of them connected by two tenants, whose
/// calls are missed, whose clients start runs, take turns and call a shop, whose clocks start
/// others, and whose people hold some; while processes die and freeze and the database, Aircall and
/// the shop lose answers. Then the faults stop, and everything must come to its end.
class History {
 public:
  explicit History(std::uint64_t seed, Flaw flaw = Flaw::kNone);

  ~History();
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  Account Tell();

 private:
  struct Member {
    std::vector<std::unique_ptr<Instance>> lives;  ///< The last one may live.
    testing::MemorySpool disk;
  };

  struct WantedRun {
    int company = 0;
    std::string phone;
    WorkflowId workflow;
    std::optional<RunId> run;
  };

  void Connect();
  void ConnectOne(AccountId id, Slot slot, int company, const std::string& external_id);
  void Deploy(const std::string& source, bool everywhere);
  void StartMember(int member);
  void End(int member);
  Instance* Living(int member);
  Instance* AnyLiving();

  void CallsComeIn(WallTime until);
  void ClientsStartRuns(WallTime until);
  void StartUntilAnswered(std::size_t wanted);
  void PeopleHoldRuns(WallTime until);
  void LetGo(RunId run);
  void ThingsGoWrong(WallTime until);
  void GoWrongOnce();
  void StopFaults();
  bool IsDone() const;

  Account Judge();

  Timeline timeline_;
  SharedDatabase database_;
  Aircall aircall_;
  Surroundings around_;
  std::map<std::string, WorkflowId> workflows_;
  std::vector<Member> members_;
  bool crowded_ = false;  ///< The first company wants more than its quota.
  bool faults_ = true;
  bool ended_ = false;
  std::map<int, std::vector<std::int64_t>> missed_;
  std::vector<WantedRun> wanted_;
  std::vector<std::pair<AccountId, std::string>> taken_;  ///< Deliveries answered with 200.
  std::vector<std::string> violations_;
  int deaths_ = 0;
  int freezes_ = 0;
};

}  // namespace sb::sim
