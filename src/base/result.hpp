// Expected failures are values. Result<T> is what every function returns that can fail for a reason outside the program;
// broken invariants are KT_ASSERT, which stops the process in every build.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace kontor {

// Closed set of causes. Each protocol maps these once to its own statuses and shapes.
enum class Errc : unsigned char {
  malformed,              // cannot be parsed                                  400
  unauthenticated,        // no or wrong credentials                           401
  payment_required,       // needs money or an entitlement                     402
  forbidden,              // known caller, not allowed                         403
  not_found,              // missing, or hidden from the caller                404
  conflict,               // exists already, wrong state                       409
  stale,                  // a precondition (parent commit, version) failed    412
  too_large,              // over a documented limit                           413
  unsupported_type,       // media type or format                              415
  range_not_satisfiable,  // byte range outside the content                    416
  invalid,                // parsed, but violates a rule                       422
  rate_limited,           // caller over its limit                             429
  internal,               // a fault of ours; details are logged, not told     500
  unavailable,            // overload, shutdown, disk full, timeout            503
  retry,                  // serialization failure: run the transaction again; never leaves the SQL port
};

struct Error {
  Errc kind = Errc::internal;
  std::string code;     // stable machine-readable word, e.g. "insufficient_funds"
  std::string message;  // one English sentence that says what to do
  std::string details;  // JSON object text, or empty
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;
using Unexpected = tl::unexpected<Error>;

[[nodiscard]] inline Unexpected fail(Errc kind, std::string code, std::string message, std::string details = {}) {
  return Unexpected(Error{kind, std::move(code), std::move(message), std::move(details)});
}
[[nodiscard]] inline Unexpected fail(Error e) { return Unexpected(std::move(e)); }

[[noreturn]] inline void assertion_failed(const char* what, const char* file, int line) {
  std::fprintf(stderr, "assertion failed: %s at %s:%d\n", what, file, line);
  std::abort();
}

}  // namespace kontor

#define KT_ASSERT(cond) ((cond) ? (void)0 : ::kontor::assertion_failed(#cond, __FILE__, __LINE__))

#define KT_CONCAT2(a, b) a##b
#define KT_CONCAT(a, b) KT_CONCAT2(a, b)

// KT_TRY(auto x, expression): x is the value, or the enclosing function returns the error. KT_CHECK: the same for Status.
#define KT_TRY(decl, expr)                                                                                     \
  auto KT_CONCAT(kt_r_, __LINE__) = (expr);                                                                    \
  if (!KT_CONCAT(kt_r_, __LINE__)) return ::kontor::Unexpected(std::move(KT_CONCAT(kt_r_, __LINE__)).error()); \
  decl = *std::move(KT_CONCAT(kt_r_, __LINE__))
#define KT_CHECK(expr)                                                         \
  do {                                                                         \
    auto kt_status = (expr);                                                   \
    if (!kt_status) return ::kontor::Unexpected(std::move(kt_status).error()); \
  } while (0)
// The same inside coroutines; the expression contains the co_await itself where one is needed.
#define KT_CO_TRY(decl, expr)                                                                                     \
  auto KT_CONCAT(kt_r_, __LINE__) = (expr);                                                                       \
  if (!KT_CONCAT(kt_r_, __LINE__)) co_return ::kontor::Unexpected(std::move(KT_CONCAT(kt_r_, __LINE__)).error()); \
  decl = *std::move(KT_CONCAT(kt_r_, __LINE__))
#define KT_CO_CHECK(expr)                                                         \
  do {                                                                            \
    auto kt_status = (expr);                                                      \
    if (!kt_status) co_return ::kontor::Unexpected(std::move(kt_status).error()); \
  } while (0)
