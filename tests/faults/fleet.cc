#include "tests/faults/fleet.h"

#include <csignal>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <pqxx/connection>
#include <pqxx/nontransaction>

#include "engine/base/file.h"
#include "tests/support/live/database_search.h"
#include "tests/support/live/eventually.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;

const std::filesystem::path kPrograms = SB_BIN_DIR;

}  // namespace

Fleet::Fleet(const Settings& settings) : settings_(settings) {
  outside_.StartSandbox({"--companies", std::to_string(settings.companies)});
  auto directory = adapters::system::DataDirectory::Open(folder() / "database", random_);
  EXPECT_TRUE(directory.ok());
  database_directory_ =
      std::make_unique<adapters::system::DataDirectory>(std::move(directory).value());
  StartDatabase();
  for (const auto& [name, value] : settings.environment) {
    if (name.find("SECRET") != std::string::npos) outside_.Plant(name, value);
  }
  for (int i = 0; i < settings.instances; ++i) {
    Member& member = members_.emplace_back();
    member.data = folder() / ("instance-" + std::to_string(i + 1));
  }
}

Fleet::~Fleet() {
  for (int i = 0; i < size(); ++i) {
    Thaw(i);
    if (members_[static_cast<std::size_t>(i)].process) Stop(i);
  }
  if (database_) ExpectNoSecretInDatabase(database_url_, outside_.secrets());
  // What was logged and printed is searched by `outside_`.
}

void Fleet::StartDatabase() {
  // What it has confirmed must survive its crash, but not that of the machine.
  auto started = adapters::system::EmbeddedPostgres::Start(
      *database_directory_,
      {.sync = false,
       .settings = {
           {"synchronous_commit", "on"}, {"full_page_writes", "on"}, {"max_connections", "100"}}});
  ASSERT_TRUE(started.ok()) << started.error().message;
  database_ = std::move(started).value();
  EXPECT_TRUE(database_url_.empty() || database_url_ == database_->url());
  database_url_ = database_->url();
}

void Fleet::CrashDatabase() {
  kill(database_->pid(), SIGQUIT);
  EXPECT_TRUE(database_->Stop().ok());
  database_.reset();
}

Command Fleet::CommandOf(const Member& member) const {
  const Json& sandbox = outside_.sandbox();
  const std::string base = TextMember(sandbox, "base_url");
  const auto address = [&](const char* door) {
    const std::string known = TextMember(member.endpoints, door);
    return known.empty() ? std::string("127.0.0.1:0") : known;
  };
  Command command{{kPrograms / "switchboard",
                   "serve",
                   "--data-dir",
                   member.data,
                   "--database-url",
                   database_url_,
                   "--vault-key-file",
                   folder() / "vault.key",
                   "--grpc-listen",
                   address("grpc"),
                   "--http-listen",
                   address("http"),
                   "--public-url",
                   public_url_,
                   "--aircall-api-url",
                   base,
                   "--aircall-oauth-url",
                   base,
                   "--time-to-live",
                   std::to_string(settings_.time_to_live),
                   "--request-timeout",
                   "2"},
                  settings_.environment,
                  {}};
  command.words.insert(command.words.end(), settings_.words.begin(), settings_.words.end());
  return command;
}

void Fleet::StartInBackground(int instance) {
  Member& member = members_[static_cast<std::size_t>(instance)];
  member.frozen = false;
  member.process = std::make_unique<Process>(
      CommandOf(member), folder() / ("instance-" + std::to_string(instance + 1) + ".log"));
}

void Fleet::StartAll() {
  for (int i = 0; i < size(); ++i) {
    if (!IsRunning(i)) StartInBackground(i);
    // The first one makes the admin key, which the command line needs everywhere.
    ASSERT_TRUE(Eventually(60s, [&] { return IsReady(i) || !IsRunning(i); })) << LogOf(i);
    ASSERT_TRUE(IsReady(i)) << LogOf(i);
    if (i == 0) continue;
    std::error_code error;
    std::filesystem::copy_file(members_[0].data / "admin.key",
                               members_[static_cast<std::size_t>(i)].data / "admin.key",
                               std::filesystem::copy_options::skip_existing, error);
  }
}

bool Fleet::IsRunning(int instance) {
  Member& member = members_[static_cast<std::size_t>(instance)];
  return member.process && member.process->IsRunning();
}

bool Fleet::IsReady(int instance) {
  Member& member = members_[static_cast<std::size_t>(instance)];
  if (!IsRunning(instance)) return false;
  const auto text = ReadFile(member.data / "endpoints.json");
  if (!text.ok()) return false;
  auto endpoints = ParseJson(*text);
  if (!endpoints.ok() || sb::Member(*endpoints, "pid") != member.process->pid()) return false;
  const std::lock_guard lock(mutex_);
  member.endpoints = *endpoints;
  return true;
}

void Fleet::Kill(int instance) {
  Member& member = members_[static_cast<std::size_t>(instance)];
  if (member.process) member.process->Kill();
  member.frozen = false;
}

pid_t Fleet::Pid(int instance) const {
  return members_[static_cast<std::size_t>(instance)].process->pid();
}

int Fleet::Stop(int instance) {
  return members_[static_cast<std::size_t>(instance)].process->Stop();
}

void Fleet::Freeze(int instance) {
  Member& member = members_[static_cast<std::size_t>(instance)];
  if (!IsRunning(instance)) return;
  kill(member.process->pid(), SIGSTOP);
  member.frozen = true;
}

void Fleet::Thaw(int instance) {
  Member& member = members_[static_cast<std::size_t>(instance)];
  if (member.frozen && IsRunning(instance)) kill(member.process->pid(), SIGCONT);
  member.frozen = false;
}

void Fleet::Revive() {
  for (int i = 0; i < size(); ++i) {
    if (!IsRunning(i)) StartInBackground(i);
  }
}

Ended Fleet::Cli(int instance, const std::vector<std::string>& words, const std::string& input) {
  Command command{{"timeout", "15", kPrograms / "switchboard"},
                  {{"SWITCHBOARD_DATA_DIR", members_[static_cast<std::size_t>(instance)].data}},
                  input};
  command.words.insert(command.words.end(), words.begin(), words.end());
  Ended ended = RunToEnd(command);
  outside_.Hear(ended);
  return ended;
}

Json Fleet::CliJson(int instance, const std::vector<std::string>& words, const std::string& input) {
  auto with_format = words;
  with_format.insert(with_format.end(), {"-o", "json"});
  const Ended ended = Cli(instance, with_format, input);
  auto answer = ParseJson(ended.out);
  if (ended.exit_status == 0 && answer.ok()) return *answer;
  ADD_FAILURE() << words[0] << " " << words[1] << " at instance " << instance + 1 << " ended with "
                << ended.exit_status << ":\n"
                << ended.out << ended.err << "its log:\n"
                << LogOf(instance);
  return nullptr;
}

std::string Fleet::HttpAddress(int instance) const {
  const std::lock_guard lock(mutex_);
  return TextMember(members_[static_cast<std::size_t>(instance)].endpoints, "http");
}

std::string Fleet::GrpcAddress(int instance) const {
  const std::lock_guard lock(mutex_);
  return TextMember(members_[static_cast<std::size_t>(instance)].endpoints, "grpc");
}

std::vector<std::string> Fleet::ConnectAll() {
  std::vector<std::string> accounts;
  for (const Json& company : sb::Member(outside_.sandbox(), "companies")) {
    const int instance = static_cast<int>(accounts.size()) % size();
    const Json account = CliJson(instance,
                                 {"account", "connect", "--tenant", "acme", "--api-id",
                                  TextMember(company, "api_id"), "--api-token-stdin"},
                                 TextMember(company, "api_token"));
    accounts.push_back(TextMember(account, "id"));
  }
  return accounts;
}

void Fleet::SwitchOn(const std::string& yaml, const std::string& name) {
  const auto file = folder() / "workflow.yaml";
  std::ofstream(file) << yaml;
  CliJson(0, {"workflow", "deploy", file});
  CliJson(0, {"workflow", "enable", name, "--all-accounts"});
}

std::string Fleet::Ask(const std::string& sql) const {
  try {
    pqxx::connection connection(database_url_);
    const auto rows = pqxx::nontransaction(connection).exec(sql);
    return rows.empty() || rows[0][0].is_null() ? "" : rows[0][0].as<std::string>();
  } catch (const std::exception& error) {
    ADD_FAILURE() << sql << "\n" << error.what();
    return "refused";
  }
}

void Fleet::Execute(const std::string& sql) const {
  Ask(sql);
}

std::string Fleet::LogOf(int instance) const {
  std::ostringstream text;
  text << std::ifstream(folder() / ("instance-" + std::to_string(instance + 1) + ".log")).rdbuf();
  return text.str();
}

}  // namespace sb::live
