#include "ledger/export.hpp"

#include "base/text.hpp"
#include "codec/sha256.hpp"

namespace kontor::ledger {

std::optional<Format> parse_format(std::string_view t) {
  if (t == "hledger") return Format::hledger;
  if (t == "ledger") return Format::ledger;
  if (t == "beancount") return Format::beancount;
  return std::nullopt;
}

std::string display_name(std::string_view account, const std::function<std::string(std::string_view)>& name) {
  std::string out;
  for (std::string_view part : split(account, ':')) {
    if (!out.empty()) out += ':';
    out += part.starts_with("pty_") ? name(part) : std::string(part);
  }
  return out;
}

std::string Exporter::display(std::string_view account) const { return display_name(account, name_); }

std::string Exporter::account_text(std::string_view account) const {
  if (format_ != Format::beancount) return display(account);
  // Beancount: five fixed roots, parts of letters, digits and '-' that begin with a capital or a digit.
  static const std::map<std::string_view, std::string_view> roots = {
      {"asset", "Assets"}, {"liability", "Liabilities"}, {"equity", "Equity"}, {"income", "Income"}, {"expense", "Expenses"}};
  std::string out;
  std::size_t n = 0;
  for (std::string_view part : split(account, ':')) {
    if (n++ == 0) {
      out = roots.at(part);
      continue;
    }
    out += ':';
    std::string shown = part.starts_with("pty_") ? name_(part) : std::string(part);
    std::string clean;
    bool changed = false;
    for (char c : shown) {
      bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
      clean += ok ? c : '-';
      changed = changed || (!ok && part.starts_with("pty_"));
    }
    out += part.starts_with("pty_") || part.find('_') == 3 ? "P-" + clean : clean;
    if (changed) out += "-" + codec::sha256_hex(shown).substr(0, 8);
    std::size_t first = out.size() - clean.size();
    if (!part.starts_with("pty_") && part.find('_') != 3 && out[first] >= 'a' && out[first] <= 'z')
      out[first] = static_cast<char>(out[first] - 32);
  }
  return out;
}

std::string Exporter::header() const { return format_ == Format::beancount ? "option \"title\" \"Kontor\"\n\n" : "; Kontor\n\n"; }

std::string Exporter::text(const Transaction& t) {
  struct Line {
    std::string account, currency;
    Wide amount;  // debit positive
  };
  std::vector<Line> lines;
  auto put = [&](const std::string& account, const std::string& currency, Wide amount) {
    lines.push_back({account_text(account), currency, amount});
  };
  for (const Leg& l : t.legs) {
    if (l.amount == 0 || l.flag == Flag::pending || l.flag == Flag::void_) continue;
    put(l.debit, l.currency, l.amount);
    put(l.credit, l.currency, -Wide(l.amount));
  }
  if (lines.empty()) return {};
  std::string date = rfc3339(t.at).substr(0, 10);
  std::string out;
  if (format_ == Format::beancount)
    for (auto& l : lines)
      if (opened_.insert(l.account).second) out += "1970-01-01 open " + l.account + "\n";
  if (format_ == Format::beancount)
    out += date + " * \"" + t.kind + "\" \"" + t.business + "\"\n";
  else
    out += date + " * (" + t.business + ") " + t.kind + "\n";
  for (auto& l : lines) {
    out += "  " + l.account + "  ";
    out += format_amount(l.amount, 6) + " " + l.currency + "\n";
  }
  out += '\n';
  return out;
}

}  // namespace kontor::ledger
