#include "engine/adapters/system/serial_executor.h"

#include <utility>

namespace sb::adapters::system {

SerialExecutor::SerialExecutor(const ports::Clock& clock)
    : queue_(clock), thread_([this] { Work(); }) {}

SerialExecutor::~SerialExecutor() {
  Stop();
}

void SerialExecutor::Post(std::function<void()> task) {
  queue_.Add(std::move(task));
}

void SerialExecutor::PostAt(WallTime when, std::function<void()> task) {
  queue_.AddAt(when, std::move(task));
}

void SerialExecutor::Work() {
  while (auto task = queue_.Next()) (*task)();
}

void SerialExecutor::Stop() {
  queue_.Close();
  if (thread_.joinable()) thread_.join();
  queue_.Seal();
}

}  // namespace sb::adapters::system
