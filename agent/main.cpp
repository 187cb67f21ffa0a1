/// The one binary: agent and command line.
#include <print>

int main() {
  std::println("kgnode");
  return 0;
}
