#include "tests/support/live/customers.h"

#include <algorithm>
#include <fstream>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/live/eventually.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;

/// Only digits and the sign count: Aircall spells numbers in groups.
std::string DigitsOf(const std::string& phone) {
  std::string digits;
  for (const char each : phone)
    if (each == '+' || (each >= '0' && each <= '9')) digits += each;
  return digits;
}

std::string Lines(std::vector<std::string> lines) {
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
  return text;
}

}  // namespace

void Customers::MakeTable() {
  crm_.Ask(
      "create table public.customers (id bigint generated always as identity primary key, "
      "first_name text, company text, phone text, updated_at timestamptz not null default now())");
  crm_.Ask(
      "create function public.touch() returns trigger language plpgsql as "
      "'begin new.updated_at := now(); return new; end'");
  crm_.Ask(
      "create trigger touch before update on public.customers for each row execute function "
      "public.touch()");
  std::ofstream(file()) << R"(sync: { namespace: story, name: customers, version: '1.0.0' }
between:
  aircall: { connector: aircall, object: contact }
  crm: { connector: postgres, connection: crm, table: public.customers, key: id, updated_at: updated_at }
match: [phone]
fields:
  - { aircall: first_name, crm: first_name }
  - { aircall: company_name, crm: company, conflict: ask }
  - { aircall: phone_numbers, crm: [phone], as: phones }
region: FR
)";
}

void Customers::Start(const std::string& account) {
  account_ = account;
  Sync({"deploy", file(), "--start"});
}

Json Customers::Sync(std::vector<std::string> words) {
  words.insert(words.begin(), "sync");
  words.insert(words.end(), {"--account", account_});
  return system_.Cli(words);
}

bool Customers::IsLive(Millis patience) {
  return Eventually(
      patience,
      [this] {
        const Json sync = Sync({"status", "customers"});
        const Json& two_way = Member(sync, "two_way");
        return TextMember(two_way, "phase") == "PHASE_LIVE" &&
               TextMember(two_way, "waiting") == "0";
      },
      500ms);
}

Json Customers::Contact(const std::string& id) {
  const Json answer = system_.Aircall("/v1/contacts/" + id);
  return Member(answer, "contact");
}

bool Customers::ContactUntil(const std::string& id, const std::string& field,
                             const std::string& wanted) {
  return Eventually(
      20s, [&] { return TextMember(Contact(id), field) == wanted; }, 300ms);
}

void Customers::EditContact(const std::string& id, const Json& fields) {
  system_.Control("PUT", "contacts/" + id, fields);
}

std::string Customers::InTable() {
  return Ask(
      "select coalesce(string_agg(line, E'\\n' order by line collate \"C\"), '') from (select "
      "regexp_replace(coalesce(phone, ''), '[^0-9+]', '', 'g') || '|' || coalesce(first_name, '') "
      "|| '|' || coalesce(company, '') as line from public.customers) as lines");
}

std::string Customers::AtAircall() {
  std::vector<std::string> lines;
  for (int page = 1; page < 100; ++page) {
    const Json answer = system_.Aircall("/v1/contacts?per_page=50&page=" + std::to_string(page));
    for (const Json& contact : Member(answer, "contacts")) {
      const Json& phones = Member(contact, "phone_numbers");
      const std::string phone = phones.empty() ? "" : TextMember(phones.at(0), "value");
      lines.push_back(DigitsOf(phone) + "|" + TextMember(contact, "first_name") + "|" +
                      TextMember(contact, "company_name"));
    }
    if (Member(Member(answer, "meta"), "next_page_link").is_null()) break;
  }
  return Lines(std::move(lines));
}

bool Customers::Agree() {
  return Eventually(
      60s, [this] { return InTable() == AtAircall(); }, 1s);
}

}  // namespace sb::live
