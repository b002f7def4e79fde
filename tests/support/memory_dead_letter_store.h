#pragma once

#include "engine/ports/dead_letter_store.h"
#include "tests/support/memory_database.h"
#include "tests/support/memory_pages.h"

namespace sb::testing {

class MemoryDeadLetterStore : public ports::DeadLetterStore {
 public:
  explicit MemoryDeadLetterStore(MemoryDatabase& database) : database_(database) {}

  Result<ports::Page<ports::DeadLetter>> List(const ports::EventFilter& filter,
                                              const ports::PageRequest& page) override {
    const std::lock_guard lock(database_.mutex);
    return PageOf<ports::DeadLetter>(
        database_.dead_letters, page,
        [&](const MemoryDatabase::DeadLetter& letter) { return filter.Includes(letter.item); },
        [](const MemoryDatabase::DeadLetter& letter) { return ToPort(letter); });
  }

  Result<ports::DeadLetter> Get(EventId id) override {
    const std::lock_guard lock(database_.mutex);
    const auto found = database_.dead_letters.find(id);
    if (found == database_.dead_letters.end()) return NoSuchLetter();
    return ToPort(found->second);
  }

  Status Revive(EventId id) override {
    const std::lock_guard lock(database_.mutex);
    const auto found = database_.dead_letters.find(id);
    if (found == database_.dead_letters.end()) return NoSuchLetter();
    database_.pending[{found->second.item.slot, id}] = {};
    database_.dead_letters.erase(found);
    return {};
  }

  Status Discard(EventId id) override {
    const std::lock_guard lock(database_.mutex);
    return database_.dead_letters.erase(id) == 0 ? Status(NoSuchLetter()) : Status();
  }

 private:
  static Error NoSuchLetter() {
    return NotFound("DEAD_LETTER_NOT_FOUND", "there is no such dead letter");
  }

  static ports::DeadLetter ToPort(const MemoryDatabase::DeadLetter& letter) {
    return {letter.item, letter.tries, letter.reason, letter.buried_at};
  }

  MemoryDatabase& database_;
};

}  // namespace sb::testing
