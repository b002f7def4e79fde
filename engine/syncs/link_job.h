#pragma once

#include <array>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/quota/lane.h"
#include "engine/core/twoway/step.h"
#include "engine/ports/link_store.h"
#include "engine/ports/record_side.h"
#include "engine/syncs/link_worker.h"

namespace sb::syncs {

/// A person chose that a counterpart is made, whatever else would fit: the link's code until then.
inline constexpr const char* kCreateChosen = "LINK_CREATE_CHOSEN";
inline constexpr const char* kDeletesHeld = ports::kLinkDeletesHeld;
inline constexpr const char* kValueRefused = "LINK_VALUE_REFUSED";
inline constexpr const char* kFieldAsks = "LINK_FIELD_ASKS";
inline constexpr const char* kFieldOverwritten = "LINK_FIELD_OVERWRITTEN";
inline constexpr const char* kFlips = "LINK_FLIPS";
inline constexpr const char* kDeleteConflict = "LINK_DELETE_CONFLICT";
/// Of an active link: its record moved whenever it was to be written; of a parked one: too often.
inline constexpr const char* kNeverAsExpected = "LINK_NEVER_AS_EXPECTED";

/// Whether a link that is parked for this may go on once one of its records changes.
bool HealsByEdit(const std::string& code);

/// Whether this error of a side stops the whole sync, and not only one record.
bool StopsSync(const Error& error);

/// A record as a decision sees it. `last`: what it showed when it was merged last, which stands in
/// fields that nobody can read now; null: it has no link. Fails as Projector.
Result<core::twoway::Seen> SeenOf(const core::twoway::Projector& projector,
                                  const ports::SideRecord& record,
                                  const core::twoway::Record* last = nullptr);

/// The fields in which two records differ, with both values: {"company": ["Old", "New"]}.
Json ChangesBetween(const core::twoway::Record& before, const core::twoway::Record& after);

/// Those open questions to which a link's end is the answer: all of its own.
Status AnswerQuestionsOf(ports::LinkStore& links, const ports::Link& link,
                         ports::LinkCommit& commit);

/// Open questions about a record without link, but those with the code `but`.
Status AnswerQuestionsAbout(ports::LinkStore& links, const ports::LinkPlace& place,
                            const std::pair<core::twoway::Side, std::string>& record,
                            const std::string& but, ports::LinkCommit& commit);

/// Records that had no link because this one had theirs are met anew once it has ended.
Status HintRivalsOf(ports::LinkStore& links, const ports::Link& link, WallTime now,
                    ports::LinkCommit& commit);

/// A record as JSON for people: {"company": "Acme"}.
Json AsJson(const core::twoway::Record& record);

/// Where a link stands to be looked for: the keys of both records. Each once.
std::vector<core::twoway::MatchKey> MatchKeysOfPair(const core::twoway::Definition& definition,
                                                    const core::twoway::Seen& a,
                                                    const core::twoway::Seen& b,
                                                    const core::twoway::LinkState& state);

/// The work on one link that is there or being made, from where it stands to where it settles. What
/// was written and not committed yet is in the stored intent, so that it may end at any point.
/// Borrows everything.
class LinkJob {
 public:
  using Outcome = LinkWorker::Outcome;

  LinkJob(const LinkWorker::Dependencies& deps, const LinkScene& scene, const ports::Hint& hint,
          core::quota::Lane lane)
      : deps_(deps), scene_(scene), hint_(hint), lane_(lane) {}

  /// A link that is stored. Fails as LinkWorker::Work.
  Result<Outcome> GoOn(ports::Link link, const std::optional<ports::SideRecord>& heard);

  /// One that is made of a record that was met: `a` and `b` were read just now.
  Result<Outcome> Begin(ports::Link link, core::twoway::Seen a, core::twoway::Seen b);

 private:
  struct Look {
    core::twoway::Seen seen;
    bool fresh = true;  ///< Read just now; otherwise it was heard.
  };

  using Step = Result<std::optional<Outcome>>;  ///< Nothing: go on.

  std::optional<Look>& look(core::twoway::Side side) {
    return looks_[side == core::twoway::Side::kA ? 0 : 1];
  }

  std::string& key(core::twoway::Side side) {
    return side == core::twoway::Side::kA ? link_.state.key_a : link_.state.key_b;
  }

  const core::twoway::Record* LastShown(core::twoway::Side side) const {
    return link_.state.agreed ? &link_.state.agreed->shown(side) : nullptr;
  }

  bool IsSettled() const;
  Step TakeHint(const std::optional<ports::SideRecord>& heard);
  Step ResolveIntent();
  Step ResolveCreate(const core::twoway::Intent& intent);
  Step Adopt(const core::twoway::Write& write, const ports::SideRecord& record);
  Step FindCounterpart();
  Step Round();
  Result<Outcome> Rounds();

  Result<core::twoway::Seen> Read(core::twoway::Side side);
  Status LookAtBoth();
  Result<bool> AreDeletesHeld();

  std::string CodeOfEnd(const core::twoway::Verdict& verdict);
  Step CarryOut(const core::twoway::Verdict& verdict);
  Step Settle(const core::twoway::Verdict& verdict);
  Step MakeWrite(const core::twoway::Verdict& verdict);
  Step CallSide(const core::twoway::Write& write, const ports::SideWrite& call);
  Step AfterFailure(const core::twoway::Write& write, const Error& error);
  Step TakeWritten(const core::twoway::Write& write, const ports::SideRecord& record);
  Result<ports::SideWrite> CallFor(const core::twoway::Write& write);
  Step Park(const std::string& code, const std::string& reason);
  Step End(const std::string& code, const std::string& reason,
           std::optional<core::twoway::Side> deleted);
  Step Dissolve(const std::string& code);
  Step DissolveTaken(core::twoway::Side source, const std::string& made);

  void Note(std::string what, std::string reason, Json detail = Json::object());
  std::set<std::string> AskedFields();
  void NoteEdits();
  void NoteChoices();
  void NoteLosses(const core::twoway::Verdict& verdict);
  Status NoteAsks(const core::twoway::Verdict& verdict);
  Status AnswerAll();
  Status RecallLosses();
  Result<std::vector<ports::LinkConflict>> OpenConflicts();
  ports::LinkConflict ConflictOf(const core::twoway::Loss& loss, const char* code, bool open);
  Result<std::vector<core::twoway::MatchKey>> FreeOf(
      const std::vector<core::twoway::MatchKey>& keys);
  Status KeepMatchKeys();
  bool IsUnchanged() const;

  /// Stores what was decided so far. Nothing: go on.
  Step Commit(bool done);
  Step Taken();
  Step Hinder(const Error& error);
  Step PutOff();

  const LinkWorker::Dependencies& deps_;
  const LinkScene& scene_;
  const ports::Hint& hint_;
  const core::quota::Lane lane_;

  ports::Link link_;
  ports::Link stored_;  ///< As it was when it was committed last.
  std::array<std::optional<Look>, 2> looks_;
  std::array<std::optional<core::twoway::Record>, 2> noted_;  ///< What the history knows of a side.
  ports::LinkCommit commit_;                                  ///< What goes with the next one.
  std::vector<ports::LinkConflict> losses_;                   ///< Noted by this job.
  bool resumed_ = false;                                      ///< It began with an intent.
  bool met_ = false;                                          ///< A counterpart was looked for.
  bool wrote_ = false;
  bool counted_ = false;  ///< Its delete is among those that the brake counts.
};

}  // namespace sb::syncs
