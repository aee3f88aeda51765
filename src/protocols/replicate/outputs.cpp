#include "protocols/replicate/outputs.hpp"

#include <fmt/format.h>

#include <map>

#include "base/text.hpp"

namespace kontor::replicate {
namespace {

constexpr std::uint64_t inline_bytes = 8u << 20;  // of all files of one answer

bool as_data(const server::Exchange& x) {
  for (auto part : split(x.request.header("Prefer"), ',')) {
    part = trim(part);
    if (part == "file-output=url") return false;
    if (part == "file-output=data") return true;
  }
  return !x.public_url.starts_with("https:");
}

}  // namespace

FileText signed_addresses(const inference::Inference& inference, std::string owner, std::string public_url) {
  return [&inference, owner = std::move(owner), url = std::move(public_url)](const inference::FileReference& f) {
    std::int64_t expiry = f.expires_at.seconds();
    return fmt::format("{}/v1/files/{}/download?owner={}&expiry={}&signature={}", url, f.id, percent_encode(owner), expiry,
                       percent_encode(inference.file_signature(owner, f.id, expiry)));
  };
}

Task<FileText> file_text(Services& v, server::Exchange& x, inference::Prediction p) {
  FileText address = signed_addresses(v.inference, p.caller, x.public_url);
  auto files = inference::file_references(p.output);
  std::uint64_t total = 0;
  for (const auto& f : files) total += f.size;
  if (files.empty() || total > inline_bytes || !as_data(x)) co_return address;
  auto data = std::make_shared<std::map<std::string, std::string>>();
  for (const auto& f : files) {
    auto stored = co_await v.inference.file(f.id);
    if (!stored || !*stored || (*stored)->owner != p.caller) co_return address;  // its owner has deleted it
    auto bytes = co_await v.inference.file_bytes(**stored);
    if (!bytes) co_return address;
    (*data)[f.id] = fmt::format("data:{};base64,{}", f.type, base64(*bytes));
  }
  co_return [data, address](const inference::FileReference& f) {
    auto at = data->find(f.id);
    return at == data->end() ? address(f) : at->second;
  };
}

}  // namespace kontor::replicate
