#include "connectors/aircall/sandbox/life/call_writer.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/life/people.h"
#include "connectors/aircall/sandbox/life/profile.h"
#include "connectors/aircall/sandbox/world/world.h"

namespace sb::aircall::sandbox {
namespace {

constexpr std::pair<const char*, double Habits::*> kHabits[] = {
    {"inbound", &Habits::inbound},
    {"answered_inbound", &Habits::answered_inbound},
    {"answered_outbound", &Habits::answered_outbound},
    {"known_caller", &Habits::known_caller},
    {"anonymous", &Habits::anonymous},
    {"declined", &Habits::declined},
    {"team", &Habits::team},
    {"hold", &Habits::hold},
    {"transfer", &Habits::transfer},
    {"transfer_to_team", &Habits::transfer_to_team},
    {"transfer_succeeds", &Habits::transfer_succeeds},
    {"menu", &Habits::menu},
    {"voicemail", &Habits::voicemail},
    {"assigned", &Habits::assigned},
    {"note", &Habits::note},
    {"tag", &Habits::tag},
    {"late_assets", &Habits::late_assets},
};

/// Some call often, most once or twice: the square favours the older contacts.
std::string KnownPhone(const World& world, Dice& dice) {
  const double luck = dice.Unit();
  const auto count = static_cast<double>(world.contacts().size());
  const Contact& contact = world.contacts().AtPlace(static_cast<std::size_t>(luck * luck * count));
  return contact.phones.empty() ? People::Get().AnyPhone(dice) : dice.Pick(contact.phones).value;
}

Seconds About(std::int64_t least, double mean, std::int64_t most, Dice& dice) {
  return Seconds(std::min(most, least + static_cast<std::int64_t>(dice.Wait(mean))));
}

}  // namespace

Habits Habits::Usual() {
  static const nlohmann::json kDoc = AssetDoc("profiles.json").at("habits");
  Habits habits;
  for (const auto& [name, member] : kHabits) habits.*member = kDoc.at(name).get<double>();
  return habits;
}

CallWriter::CallWriter() : habits_(Habits::Usual()) {
  const nlohmann::json doc = AssetDoc("profiles.json");
  for (const auto& row : doc.at("menu")) {
    menu_.push_back({Seconds(6), row.at("title"), row.at("key"), row.at("branch")});
  }
  double sum = 0;
  for (const auto& [reason, weight] : doc.at("missed_reasons").items()) {
    reasons_.push_back(reason);
    reason_shares_.push_back(sum += weight.get<double>());
  }
}

CallPlan CallWriter::Write(const World& world, const Number& line, bool open, Dice& dice) const {
  CallPlan plan;
  plan.number_id = line.id;
  const bool inbound = !open || dice.Happens(habits_.inbound);
  plan.direction = inbound ? Direction::kInbound : Direction::kOutbound;
  WriteParties(world, line, plan, dice);
  plan.answered =
      open && dice.Happens(inbound ? habits_.answered_inbound : habits_.answered_outbound);
  plan.ring = About(3, 9, 60, dice);
  plan.ended_lag = Seconds(dice.Between(29, 32));
  if (inbound && open) WriteRinging(world, line, plan, dice);
  if (plan.answered) {
    WriteTalk(world, line, plan, dice);
  } else if (inbound) {
    WriteMiss(line, open, plan, dice);
  }
  WriteMarks(world, plan, dice);
  return plan;
}

void CallWriter::WriteParties(const World& world, const Number& line, CallPlan& plan,
                              Dice& dice) const {
  plan.user_id = dice.Pick(line.user_ids);
  const bool hidden = plan.direction == Direction::kInbound && dice.Happens(habits_.anonymous);
  const bool known = world.contacts().size() > 0 && dice.Happens(habits_.known_caller);
  plan.external = hidden  ? "anonymous"
                  : known ? KnownPhone(world, dice)
                          : People::Get().AnyPhone(dice);
}

void CallWriter::WriteRinging(const World& world, const Number& line, CallPlan& plan,
                              Dice& dice) const {
  if (line.ivr && dice.Happens(habits_.menu)) plan.ivr.push_back(dice.Pick(menu_));
  const auto& teams = world.directory().teams;
  if (!teams.empty() && dice.Happens(habits_.team)) {
    const Team& team = dice.Pick(teams);
    if (!team.user_ids.empty()) {
      plan.team_id = team.id;
      plan.user_id = dice.Pick(team.user_ids);
    }
  }
  const std::int64_t other = dice.Pick(line.user_ids);
  if (other != plan.user_id && dice.Happens(habits_.declined)) plan.declined_by.push_back(other);
}

void CallWriter::WriteTalk(const World& world, const Number& line, CallPlan& plan,
                           Dice& dice) const {
  plan.talk = About(6, 190, 3600, dice);
  const std::int64_t half = plan.talk.count() / 2;
  if (half > 20 && dice.Happens(habits_.hold)) {
    plan.holds.push_back({Seconds(dice.Between(5, half)), Seconds(dice.Between(5, half - 5))});
  }
  if (half > 20 && dice.Happens(habits_.transfer)) {
    TransferPlan transfer{.after = Seconds(dice.Between(10, half)),
                          .succeeds = dice.Happens(habits_.transfer_succeeds)};
    const auto& teams = world.directory().teams;
    const bool to_team = !teams.empty() && dice.Happens(habits_.transfer_to_team);
    const Team* team = to_team ? &dice.Pick(teams) : nullptr;
    if (team != nullptr && !team->user_ids.empty()) transfer.team_id = team->id;
    if (!transfer.team_id) transfer.user_id = dice.Pick(world.directory().users).id;
    plan.transfers.push_back(std::move(transfer));
  }
  if (line.records_calls && dice.Happens(habits_.late_assets)) {
    plan.assets_lag = Seconds(dice.Between(30, 300));
  }
}

void CallWriter::WriteMiss(const Number& line, bool open, CallPlan& plan, Dice& dice) const {
  plan.missed_reason = open ? reasons_[dice.ByRunningSum(reason_shares_)] : "out_of_opening_hours";
  if (plan.missed_reason == "abandoned_in_ivr" && plan.ivr.empty()) {
    plan.missed_reason = line.ivr ? plan.missed_reason : "abandoned_in_classic";
  }
  if (plan.missed_reason == "short_abandoned") plan.ring = Seconds(dice.Between(1, 4));
  const bool waited =
      !plan.missed_reason.ends_with("abandoned") && !plan.missed_reason.starts_with("abandoned");
  if (waited && dice.Happens(habits_.voicemail)) plan.voicemail = About(4, 14, 90, dice);
  if (dice.Happens(habits_.assigned)) {
    plan.assigned_to = plan.user_id;
    plan.assigned_after = Seconds(dice.Between(20, 900));
  }
}

void CallWriter::WriteMarks(const World& world, CallPlan& plan, Dice& dice) const {
  if (!plan.answered && plan.voicemail == Seconds(0)) return;
  const auto late = [&] { return About(2, 150, 1200, dice); };
  if (dice.Happens(habits_.note)) {
    plan.marks.push_back(
        {.after = late(), .user_id = plan.user_id, .content = dice.Pick(People::Get().notes)});
  }
  if (world.tags().size() > 0 && dice.Happens(habits_.tag)) {
    const auto place = dice.Between(0, static_cast<std::int64_t>(world.tags().size()) - 1);
    plan.marks.push_back(
        {.after = late(), .user_id = plan.user_id, .tag_id = world.tags().IdAt(place)});
  }
}

const Number* CallWriter::AnyLine(const World& world, Dice& dice) {
  std::vector<const Number*> lines;
  for (const Number& line : world.directory().numbers) {
    if (!line.user_ids.empty()) lines.push_back(&line);
  }
  return lines.empty() ? nullptr : dice.Pick(lines);
}

}  // namespace sb::aircall::sandbox
