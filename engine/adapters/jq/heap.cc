#include "engine/adapters/jq/heap.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <elf.h>
#include <link.h>
#include <mutex>
#include <string_view>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>
#include <utility>

namespace sb::adapters::jq {
namespace {

#if defined(__x86_64__)
constexpr unsigned kJumpSlot = R_X86_64_JUMP_SLOT;
#else
constexpr unsigned kJumpSlot = R_AARCH64_JUMP_SLOT;
#endif

/// Whom libjq works for on this thread.
thread_local Heap* current = nullptr;

std::uintptr_t PlaceOf(void* context) {
  const auto& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(machine.gregs[REG_RIP]);
#else
  return machine.pc;
#endif
}

/// The code of libjq and of its regular expressions.
struct Code {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

std::array<Code, 2> code_of_libjq;

bool IsInLibjq(std::uintptr_t place) {
  for (const Code& code : code_of_libjq) {
    if (place >= code.begin && place < code.end) return true;
  }
  return false;
}

}  // namespace

/// What libjq gets when it asks libc for something.
struct Stand {
  static void* Allocate(std::size_t size) { return current->Take(size); }

  static void* AllocateZeroed(std::size_t count, std::size_t size) {
    return std::memset(current->Take(count * size), 0, count * size);
  }

  static void* Reallocate(void* memory, std::size_t size) {
    return memory == nullptr ? current->Take(size) : Heap::Resize(memory, size);
  }

  static void Free(void* memory) { Heap::GiveBack(memory); }

  static char* Duplicate(const char* text) {
    const std::size_t size = std::strlen(text) + 1;
    return static_cast<char*>(std::memcpy(current->Take(size), text, size));
  }

  /// Merges ever longer stretches. libc's own would take memory that is lost when it is left
  /// halfway.
  static void Sort(void* base, std::size_t count, std::size_t size,
                   int (*compare)(const void*, const void*)) {
    auto* from = static_cast<char*>(base);
    auto* const scratch = static_cast<char*>(current->Take(count * size));
    char* to = scratch;
    for (std::size_t width = 1; width < count; width *= 2) {
      for (std::size_t start = 0; start < count; start += 2 * width) {
        const std::size_t middle = std::min(start + width, count);
        const std::size_t end = std::min(middle + width, count);
        for (std::size_t left = start, right = middle, at = start; at < end; ++at) {
          const bool takes_left =
              right == end ||
              (left < middle && compare(from + left * size, from + right * size) <= 0);
          std::memcpy(to + at * size, from + (takes_left ? left++ : right++) * size, size);
        }
      }
      std::swap(from, to);
    }
    if (from == scratch) std::memcpy(base, scratch, count * size);
    Heap::GiveBack(scratch);
  }

  /// No environment, and with it no ~/.jq.
  static char* GetEnvironment(const char* /*name*/) { return nullptr; }

  [[noreturn]] static void FailAssertion(const char* /*what*/, const char* /*file*/,
                                         unsigned /*line*/, const char* /*function*/) {
    if (current == nullptr || current->bounded_ == 0) std::abort();
    current->Escape(Heap::End::kBroken);
  }

  static void OnSignal(int /*signal*/, siginfo_t* /*info*/, void* context) {
    // Nowhere else: libc may hold a lock just now.
    if (current != nullptr && current->bounded_ != 0 && current->stop_ &&
        IsInLibjq(PlaceOf(context)))
      current->Escape(Heap::End::kStopped);
  }
};

namespace {

struct Replacement {
  std::string_view name;
  void* ours;
};

template <typename Function>
void* AddressOf(Function* function) {
  return reinterpret_cast<void*>(function);
}

const std::array<Replacement, 8>& Replacements() {
  static const std::array<Replacement, 8> kAll = {{
      {"malloc", AddressOf(&Stand::Allocate)},
      {"calloc", AddressOf(&Stand::AllocateZeroed)},
      {"realloc", AddressOf(&Stand::Reallocate)},
      {"free", AddressOf(&Stand::Free)},
      {"strdup", AddressOf(&Stand::Duplicate)},
      {"getenv", AddressOf(&Stand::GetEnvironment)},
      {"qsort", AddressOf(&Stand::Sort)},
      {"__assert_fail", AddressOf(&Stand::FailAssertion)},
  }};
  return kAll;
}

/// What lies at an address: the loader tells them as numbers.
template <typename Thing>
Thing* At(std::uintptr_t place) {
  return reinterpret_cast<Thing*>(place);  // NOLINT(performance-no-int-to-ptr)
}

/// Writes into the table through which a library calls others; it lies in memory that is read-only.
bool Redirect(void** slot, void* ours) {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  void* const start = At<void>(reinterpret_cast<std::uintptr_t>(slot) & ~(page - 1));
  if (mprotect(start, page, PROT_READ | PROT_WRITE) != 0) return false;
  *slot = ours;
  mprotect(start, page, PROT_READ);
  return true;
}

/// A loaded library's table of the functions that it calls.
struct CallTable {
  std::uintptr_t base = 0;
  const ElfW(Rela) * relocations = nullptr;
  std::size_t count = 0;
  const ElfW(Sym) * symbols = nullptr;
  const char* names = nullptr;

  explicit CallTable(const dl_phdr_info& library) : base(library.dlpi_addr) {
    for (int i = 0; i < library.dlpi_phnum; ++i) {
      if (library.dlpi_phdr[i].p_type != PT_DYNAMIC) continue;
      const auto* entry = At<const ElfW(Dyn)>(base + library.dlpi_phdr[i].p_vaddr);
      for (; entry->d_tag != DT_NULL; ++entry) Read(*entry);
    }
  }

  void Read(const ElfW(Dyn) & entry) {
    const std::uintptr_t place = entry.d_un.d_ptr;
    if (entry.d_tag == DT_JMPREL) relocations = At<const ElfW(Rela)>(place);
    if (entry.d_tag == DT_PLTRELSZ) count = entry.d_un.d_val / sizeof(ElfW(Rela));
    if (entry.d_tag == DT_SYMTAB) symbols = At<const ElfW(Sym)>(place);
    if (entry.d_tag == DT_STRTAB) names = At<const char>(place);
  }

  void** SlotOf(std::string_view name) const {
    for (std::size_t i = 0; i < count; ++i) {
      if (ELF64_R_TYPE(relocations[i].r_info) != kJumpSlot) continue;
      if (name == names + symbols[ELF64_R_SYM(relocations[i].r_info)].st_name)
        return At<void*>(base + relocations[i].r_offset);
    }
    return nullptr;
  }
};

Code CodeOf(const dl_phdr_info& library) {
  for (int i = 0; i < library.dlpi_phnum; ++i) {
    const auto& part = library.dlpi_phdr[i];
    if (part.p_type != PT_LOAD || (part.p_flags & PF_X) == 0) continue;
    const std::uintptr_t begin = library.dlpi_addr + part.p_vaddr;
    return {begin, begin + part.p_memsz};
  }
  return {};
}

/// Counts the replacements that could be made.
int VisitLibrary(dl_phdr_info* library, std::size_t /*size*/, void* made) {
  const std::string_view name(library->dlpi_name);
  if (name.find("/libonig.so") != std::string_view::npos) code_of_libjq[1] = CodeOf(*library);
  if (name.find("/libjq.so") == std::string_view::npos) return 0;
  code_of_libjq[0] = CodeOf(*library);
  const CallTable table(*library);
  for (const Replacement& each : Replacements()) {
    void** const slot = table.SlotOf(each.name);
    if (slot != nullptr && Redirect(slot, each.ours)) ++*static_cast<std::size_t*>(made);
  }
  return 0;
}

bool TakeOverLibjq() {
  std::size_t made = 0;
  dl_iterate_phdr(&VisitLibrary, &made);

  struct sigaction action {};

  action.sa_sigaction = &Stand::OnSignal;
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER;  // it leaves by a jump, not by returning
  return made == Replacements().size() && sigaction(SIGURG, &action, nullptr) == 0;
}

}  // namespace

Status Heap::Prepare() {
  static const bool kTaken = TakeOverLibjq();
  if (kTaken) return {};
  return Unavailable("EXPRESSION_UNAVAILABLE",
                     "this libjq cannot be kept within bounds; install the one of Debian 12");
}

Heap::Entered::Entered(Heap& heap) : outer_(std::exchange(current, &heap)) {}

Heap::Entered::~Entered() {
  current = outer_;
}

Heap::~Heap() {
  for (Block* block = all_.next; block != &all_;) std::free(std::exchange(block, block->next));
}

void Heap::Stop() {
  stop_ = true;
  pthread_kill(thread_, SIGURG);
}

void Heap::Escape(End end) {
  bounded_ = 0;
  siglongjmp(escape_, static_cast<int>(end));
}

void Heap::Link(Block* block) {
  block->heap = this;
  block->previous = &all_;
  block->next = all_.next;
  all_.next = all_.next->previous = block;
  taken_ += block->size;
}

void Heap::Unlink(Block* block) {
  block->previous->next = block->next;
  block->next->previous = block->previous;
  taken_ -= block->size;
}

void* Heap::Take(std::size_t size) {
  if (bounded_ != 0 && size > kMost - std::min(kMost, taken_)) Escape(End::kTooMuchMemory);
  auto* const block = static_cast<Block*>(std::malloc(sizeof(Block) + size));
  if (block == nullptr) std::abort();  // as libjq does
  block->size = size;
  Link(block);
  return block + 1;
}

void* Heap::Resize(void* memory, std::size_t size) {
  auto* const block = static_cast<Block*>(memory) - 1;
  Heap& heap = *block->heap;
  void* const larger = heap.Take(size);
  std::memcpy(larger, memory, std::min(size, block->size));
  GiveBack(memory);
  return larger;
}

void Heap::GiveBack(void* memory) {
  if (memory == nullptr) return;
  auto* const block = static_cast<Block*>(memory) - 1;
  block->heap->Unlink(block);
  std::free(block);
}

}  // namespace sb::adapters::jq
