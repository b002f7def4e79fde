#include "engine/adapters/system/mapped_black_box.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace sb::adapters::system {

/// As it lies in the file. The subject is written last and cleared first, so that it is never
/// believed of a half-written note.
struct MappedBlackBox::Page {
  std::atomic<std::int32_t> subject;
  std::int32_t slot;
  std::int64_t id;
};

Result<std::unique_ptr<MappedBlackBox>> MappedBlackBox::Open(const std::filesystem::path& path) {
  const auto refused = [&path] {
    return Unavailable("FILE_UNWRITABLE", path.string() + ": " + std::strerror(errno));
  };
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return refused();
  void* mapped = MAP_FAILED;
  if (ftruncate(file, sizeof(Page)) == 0)
    mapped = mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  const int error = errno;
  close(file);
  errno = error;
  if (mapped == MAP_FAILED) return refused();
  return std::unique_ptr<MappedBlackBox>(new MappedBlackBox(static_cast<Page*>(mapped)));
}

MappedBlackBox::MappedBlackBox(Page* page) : page_(page) {
  last_.subject = static_cast<Subject>(page_->subject.load());
  last_.slot = static_cast<Slot>(page_->slot);
  last_.id = page_->id;
  End();
}

MappedBlackBox::~MappedBlackBox() {
  munmap(page_, sizeof(Page));
}

void MappedBlackBox::Begin(const Note& note) {
  page_->slot = note.slot;
  page_->id = note.id;
  page_->subject.store(static_cast<std::int32_t>(note.subject), std::memory_order_release);
}

void MappedBlackBox::End() {
  page_->subject.store(0, std::memory_order_release);
}

}  // namespace sb::adapters::system
