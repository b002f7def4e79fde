#pragma once

#include <map>
#include <string>

#include "tests/support/live/live_system.h"
#include "tests/support/postgres_cluster.h"

namespace sb::live {

/// A customer's table in a database of its own, a two-way sync between it and the sandbox's
/// contacts, and what both sides say. The server has to know the database as "crm".
class Customers {
 public:
  Customers(LiveSystem& system, testing::TestDatabase& crm) : system_(system), crm_(crm) {}

  /// Makes the table, and writes the definition; before anything else.
  void MakeTable();

  /// The definition: first_name newest, company_name asked, phone_numbers.
  std::string file() const { return (system_.folder() / "customers.sync.yaml").string(); }

  /// Deploys it for the account and starts it.
  void Start(const std::string& account);
  /// `switchboard sync WORDS --account ACCOUNT`.
  Json Sync(std::vector<std::string> words);
  /// Whether both sides were read and linked, and nothing waits by now. Waits for as long as the
  /// quota makes it take, and not longer than that.
  bool IsLive(Millis patience = std::chrono::minutes(2));

  std::string Ask(const std::string& sql) { return crm_.Ask(sql); }

  bool AskUntil(const std::string& sql, const std::string& wanted) {
    return crm_.AskUntil(sql, wanted);
  }

  /// A contact as Aircall shows it.
  Json Contact(const std::string& id);
  bool ContactUntil(const std::string& id, const std::string& field, const std::string& wanted);
  /// An edit as in the app.
  void EditContact(const std::string& id, const Json& fields);

  /// "phone|first name|company" of everybody, by phone: in the table, and at Aircall. Two lines of
  /// one phone are two records.
  std::string InTable();
  std::string AtAircall();
  /// Whether both say the same by now.
  bool Agree();

 private:
  LiveSystem& system_;
  testing::TestDatabase& crm_;
  std::string account_;
};

}  // namespace sb::live
