#pragma once

#include <string>
#include <vector>

#include "connectors/aircall/sandbox/life/call_script.h"
#include "connectors/aircall/sandbox/life/dice.h"

namespace sb::aircall::sandbox {

class World;

/// How often this and that happens, in percent: assets/profiles.json.
struct Habits {
  double inbound = 0;
  double answered_inbound = 0;
  double answered_outbound = 0;
  double known_caller = 0;
  double anonymous = 0;
  double declined = 0;
  double team = 0;
  double hold = 0;
  double transfer = 0;
  double transfer_to_team = 0;
  double transfer_succeeds = 0;
  double menu = 0;
  double voicemail = 0;
  double assigned = 0;
  double note = 0;
  double tag = 0;
  double late_assets = 0;

  /// As the data says.
  static Habits Usual();
};

/// Invents calls that a company might have. Holds no company: it is told one each time.
class CallWriter {
 public:
  CallWriter();

  Habits& habits() { return habits_; }

  /// A call on that line. `open`: within its hours; otherwise somebody calls in vain.
  CallPlan Write(const World& world, const Number& line, bool open, Dice& dice) const;
  /// A line that somebody answers, any of them; null when there is none.
  static const Number* AnyLine(const World& world, Dice& dice);

 private:
  void WriteParties(const World& world, const Number& line, CallPlan& plan, Dice& dice) const;
  void WriteRinging(const World& world, const Number& line, CallPlan& plan, Dice& dice) const;
  void WriteTalk(const World& world, const Number& line, CallPlan& plan, Dice& dice) const;
  void WriteMiss(const Number& line, bool open, CallPlan& plan, Dice& dice) const;
  void WriteMarks(const World& world, CallPlan& plan, Dice& dice) const;

  Habits habits_;
  std::vector<IvrPlan> menu_;
  std::vector<std::string> reasons_;
  std::vector<double> reason_shares_;
};

}  // namespace sb::aircall::sandbox
