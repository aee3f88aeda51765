// The journal as plain text that outside programs check: hledger, ledger and beancount. Posted money only; reservations are not book
// entries for those programs.
#pragma once
#include <functional>
#include <set>
#include <string>

#include "ledger/books.hpp"

namespace kontor::ledger {

enum class Format { hledger, ledger, beancount };
std::optional<Format> parse_format(std::string_view text);

// Keeps what the formats need to know from one transaction to the next (accounts already opened).
class Exporter {
 public:
  // `name` turns a party id inside an account's name into what readers should see.
  Exporter(Format format, std::function<std::string(std::string_view)> name) : format_(format), name_(std::move(name)) {}
  std::string header() const;
  std::string text(const Transaction& t);
  // "liability:wallet:pty_..." with the party's name in place of its id.
  std::string display(std::string_view account) const;

 private:
  std::string account_text(std::string_view account) const;
  Format format_;
  std::function<std::string(std::string_view)> name_;
  std::set<std::string> opened_;
};

// The same for single names, where no journal is written.
std::string display_name(std::string_view account, const std::function<std::string(std::string_view)>& name);

}  // namespace kontor::ledger
