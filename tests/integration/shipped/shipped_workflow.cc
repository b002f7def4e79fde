#include "tests/integration/shipped/shipped_workflow.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/support/live/eventually.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;

bool HasEnded(const Json& run) {
  const std::string state = TextMember(run, "state");
  return state == "STATE_SUCCEEDED" || state == "STATE_FAILED" || state == "STATE_CANCELLED";
}

std::string TextOf(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

/// Replaces each place where `words` stand; how many there were.
int ReplaceAll(std::string& text, const std::string& words, const std::string& others) {
  int count = 0;
  for (std::size_t at = text.find(words); at != std::string::npos;
       at = text.find(words, at + others.size())) {
    text.replace(at, words.size(), others);
    ++count;
  }
  return count;
}

}  // namespace

ShippedWorkflow::ShippedWorkflow() {
  system_.StartSandbox({"--rate-limit", "0"});
  std::vector<std::string> resolved;
  for (const std::string host : {"crm", "directory", "transcribe", "tickets", "chat", "database"}) {
    resolved.insert(resolved.end(),
                    {"--http-resolve", host + ".example.com=" + services_.Origin()});
  }
  system_.StartServe(resolved);
  account_ = system_.ConnectWithKey();
  for (const std::string secret : {"crm", "directory", "transcription", "tickets", "database"}) {
    const std::string token = PlantedSecret(secret);
    system_.Plant("token of " + secret, token);
    system_.Cli({"secret", "set", secret, "--tenant", "acme"}, token);
  }
}

std::filesystem::path ShippedWorkflow::Deploy(const std::string& name, const Edits& edits) {
  std::string source = TextOf("workflows/" + name + ".yaml");
  for (const auto& [words, others] : edits)
    EXPECT_GT(ReplaceAll(source, words, others), 0) << name << " does not say: " << words;
  for (const char* pause : {"PT10S", "PT1M"}) {
    ReplaceAll(source, std::string("delay: ") + pause, "delay: { milliseconds: 50 }");
  }
  const auto file = system_.folder() / (name + ".yaml");
  std::ofstream(file) << source;
  system_.Cli({"workflow", "deploy", file});
  return file;
}

void ShippedWorkflow::SwitchOn(const std::string& name, const std::string& event,
                               const Edits& edits) {
  Deploy(name, edits);
  system_.Cli({"workflow", "enable", "switchboard/" + name, "--all-accounts"});
  const auto is_subscribed = [&] {
    const Json hooks = system_.Aircall("/v1/webhooks");
    const Json& list = Member(hooks, "webhooks");
    return std::any_of(list.begin(), list.end(), [&](const Json& hook) {
      const Json& events = Member(hook, "events");
      return std::find(events.begin(), events.end(), event) != events.end();
    });
  };
  EXPECT_TRUE(Eventually(30s, is_subscribed, /*pause=*/200ms))
      << "the webhook never asked for " << event << "; " << system_.ServeLog();
}

void ShippedWorkflow::SwitchOff(const std::string& name) {
  system_.Cli({"workflow", "disable", "switchboard/" + name, "--all-accounts"});
}

std::int64_t ShippedWorkflow::Place(const Json& call) {
  const Json placed = system_.Control("POST", "calls", call);
  return Member(Member(placed, "call"), "id").get<std::int64_t>();
}

Json ShippedWorkflow::Shown(std::int64_t call) {
  return system_.Control("GET", "calls/" + std::to_string(call)).at("call");
}

std::vector<std::string> ShippedWorkflow::TagsOf(std::int64_t call) {
  std::vector<std::string> names;
  const Json shown = Shown(call);
  for (const Json& tag : shown.at("tags")) names.push_back(tag.at("name"));
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> ShippedWorkflow::NotesOf(std::int64_t call) {
  std::vector<std::string> texts;
  const Json shown = Shown(call);
  for (const Json& note : shown.at("comments")) texts.push_back(note.at("content"));
  return texts;
}

Json ShippedWorkflow::AsAgent(const std::string& method, const std::string& path,
                              const Json& body) {
  return system_.Control(method, "agents/2100002/v1/" + path, body);
}

void ShippedWorkflow::MakeTag(const std::string& name) {
  AsAgent("POST", "tags", {{"name", name}, {"color", "#00B388"}});
}

void ShippedWorkflow::LoseEvents(bool lost) {
  system_.Control("PUT", "switches", {{"webhooks.lose_percent", lost ? "100" : "0"}});
}

void ShippedWorkflow::Deliver(const std::string& event, std::int64_t call) {
  const Json all = system_.Control("GET", "deliveries?event=" + event);
  for (const Json& delivery : Member(all, "deliveries")) {
    if (delivery.at("body").at("data").at("id") != call) continue;
    system_.Control("POST", "webhooks/redeliver", {{"delivery_id", delivery.at("id")}});
    return;
  }
  ADD_FAILURE() << "there was no " << event << " of call " << call;
}

void ShippedWorkflow::LetTimePass(int seconds) {
  system_.Control("PUT", "clock", {{"advance_seconds", seconds}});
}

std::vector<Json> ShippedWorkflow::AllRunsOf(const std::string& name) {
  std::vector<Json> runs;
  const Json all = system_.Cli({"run", "list", "--limit", "200"});
  for (const Json& run : Member(all, "runs")) {
    if (TextMember(run, "workflow_name").starts_with("switchboard/" + name + ":"))
      runs.insert(runs.begin(), run);
  }
  return runs;
}

std::vector<Json> ShippedWorkflow::RunsOf(const std::string& name, std::size_t count) {
  std::vector<Json> runs;
  const auto are_there = [&] {
    runs = AllRunsOf(name);
    return runs.size() >= count;
  };
  EXPECT_TRUE(Eventually(60s, are_there, /*pause=*/50ms)) << system_.ServeLog();
  runs.resize(count);  // a missing one is null
  return runs;
}

std::vector<Json> ShippedWorkflow::EndedRunsOf(const std::string& name, std::size_t count) {
  std::vector<Json> runs;
  const bool ended = Eventually(
      60s,
      [&] {
        runs = AllRunsOf(name);
        return runs.size() >= count && std::ranges::all_of(runs, HasEnded);
      },
      /*pause=*/50ms);
  EXPECT_TRUE(ended && runs.size() == count)
      << count << " runs of " << name << " should have ended: " << Json(runs).dump(2)
      << system_.ServeLog();
  runs.resize(count);  // a missing one is null
  return runs;
}

Json ShippedWorkflow::Ended(const std::string& run) {
  Json shown;
  EXPECT_TRUE(Eventually(
      60s,
      [&] {
        shown = system_.Cli({"run", "get", run});
        return HasEnded(shown);
      },
      /*pause=*/50ms))
      << shown.dump(2);
  return shown;
}

Json ShippedWorkflow::PlayByHand(const std::string& name, const Json& input) {
  const Json started = system_.Cli(
      {"run", "start", "switchboard/" + name, "--account", account_, "--input", "-"}, input.dump());
  return Ended(TextMember(started, "id"));
}

void ShippedWorkflow::AwaitTask(const Json& run, const std::string& task) {
  Json shown;
  const auto is_under_way = [&] {
    shown = system_.Cli({"run", "get", TextMember(run, "id")});
    const Json& tasks = Member(shown, "tasks");
    return std::any_of(tasks.begin(), tasks.end(), [&](const Json& each) {
      return each.at("name") == task && TextMember(each, "end_time").empty();
    });
  };
  EXPECT_TRUE(Eventually(60s, is_under_way, /*pause=*/50ms)) << shown.dump(2);
}

}  // namespace sb::live
