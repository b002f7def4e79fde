#pragma once

#include <bitset>
#include <cstddef>
#include <vector>

#include "engine/base/ids.h"

namespace sb::runtime {

/// Some of the 1024 slots.
class SlotSet {
 public:
  SlotSet() = default;

  explicit SlotSet(const std::vector<Slot>& slots) { Add(slots); }

  void Add(const std::vector<Slot>& slots) {
    for (const Slot slot : slots) slots_.set(static_cast<std::size_t>(slot));
  }

  void Remove(const std::vector<Slot>& slots) {
    for (const Slot slot : slots) slots_.reset(static_cast<std::size_t>(slot));
  }

  bool Has(Slot slot) const { return slots_.test(static_cast<std::size_t>(slot)); }

  bool empty() const { return slots_.none(); }

  std::size_t size() const { return slots_.count(); }

  std::vector<Slot> List() const {
    std::vector<Slot> list;
    for (Slot slot = 0; slot < kSlotCount; ++slot) {
      if (Has(slot)) list.push_back(slot);
    }
    return list;
  }

 private:
  std::bitset<kSlotCount> slots_;
};

/// All of them.
inline std::vector<Slot> AllSlots() {
  std::vector<Slot> all(kSlotCount);
  for (Slot slot = 0; slot < kSlotCount; ++slot) all[static_cast<std::size_t>(slot)] = slot;
  return all;
}

}  // namespace sb::runtime
