#include "engine/ports/executor.h"

#include <future>
#include <memory>
#include <thread>
#include <utility>

namespace sb::ports {

void Executor::RunAndWait(std::function<void()> task) {
  auto finished = std::make_shared<std::promise<void>>();  // shared with the thread that runs it
  Post([task = std::move(task), finished] {
    task();
    finished->set_value();
  });
  finished->get_future().wait();
}

void Executor::Pause(Millis time) {
  std::this_thread::sleep_for(time);
}

}  // namespace sb::ports
