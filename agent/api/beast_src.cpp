/// Asio and Beast, compiled once: the headers are declarations everywhere else.
// clang-format off: asio before beast, which uses it
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
// clang-format on
