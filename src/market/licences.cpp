#include "market/licences.hpp"

#include "codec/sha256.hpp"

namespace kontor::market {
namespace {

constexpr std::string_view commercial = R"(Custom commercial licence, version 1

1. Parties. The seller named in the listing licenses the asset named in the order to the buyer named in the order.
2. Rights. The buyer may do with the asset what the offer lists under "rights", worldwide, not exclusively, and from delivery on for as long
   as the entitlement is active. Rights that the offer does not list are not granted. "commercial" covers use for profit; without it the
   asset may be used for evaluation and for the buyer's own non-commercial purposes only.
3. Not allowed. Unless the offer lists it, the buyer may not pass the asset on, offer it to others as a service, or remove notices of origin.
4. Outputs. The seller claims no rights in what the asset produces from the buyer's inputs.
5. Payment and return. Price, units and the time to return the asset are those of the plan and the refund policy that the order names.
6. Warranty. The seller warrants that he may license the asset. Apart from that the asset is provided as it is; results are not guaranteed.
7. Liability. Neither party excludes liability where the law does not allow it. Otherwise the seller's liability is limited to what the buyer
   paid for the asset.
8. End. The entitlement ends by refund, by its term, or when the buyer breaks this licence and does not stop within 14 days of being told.
   The buyer then deletes his copies, but for those that the law makes him keep.
)";

constexpr std::string_view evaluation = R"(Custom evaluation licence, version 1

1. Parties. The seller named in the listing licenses the asset named in the order to the buyer named in the order.
2. Rights. The buyer may use the asset inside his own organisation to find out whether it suits him, not exclusively, for as long as the
   entitlement is active. Use for profit, passing the asset on and offering it to others as a service are not allowed.
3. Outputs. The seller claims no rights in what the asset produces from the buyer's inputs.
4. Warranty and liability. The asset is provided as it is, as far as the law allows.
5. End. When the entitlement ends the buyer deletes his copies, but for those that the law makes him keep.
)";

Licence by_reference(std::string_view id, std::string_view name, std::string_view url) {
  return {id, name, url,
          "This asset is licensed under " + std::string(name) + ". The text that applies is the one at " + std::string(url) + "\n"};
}

}  // namespace

std::string Licence::hash() const { return "sha256:" + codec::sha256_hex(text); }

const std::vector<Licence>& licences() {
  static const std::vector<Licence> all = {
      {"custom-commercial-1", "Custom commercial licence 1", "", std::string(commercial)},
      {"custom-evaluation-1", "Custom evaluation licence 1", "", std::string(evaluation)},
      by_reference("apache-2.0", "the Apache License 2.0", "https://www.apache.org/licenses/LICENSE-2.0"),
      by_reference("mit", "the MIT License", "https://opensource.org/license/mit"),
      by_reference("bsd-3-clause", "the BSD 3-Clause License", "https://opensource.org/license/bsd-3-clause"),
      by_reference("mpl-2.0", "the Mozilla Public License 2.0", "https://www.mozilla.org/en-US/MPL/2.0/"),
      by_reference("gpl-3.0", "the GNU General Public License 3.0", "https://www.gnu.org/licenses/gpl-3.0.html"),
      by_reference("agpl-3.0", "the GNU Affero General Public License 3.0", "https://www.gnu.org/licenses/agpl-3.0.html"),
      by_reference("cc0-1.0", "CC0 1.0 Universal", "https://creativecommons.org/publicdomain/zero/1.0/legalcode"),
      by_reference("cc-by-4.0", "Creative Commons Attribution 4.0 International", "https://creativecommons.org/licenses/by/4.0/legalcode"),
      by_reference("cc-by-sa-4.0", "Creative Commons Attribution-ShareAlike 4.0 International",
                   "https://creativecommons.org/licenses/by-sa/4.0/legalcode"),
      by_reference("cc-by-nc-4.0", "Creative Commons Attribution-NonCommercial 4.0 International",
                   "https://creativecommons.org/licenses/by-nc/4.0/legalcode"),
  };
  return all;
}

const Licence* find_licence(std::string_view id) {
  for (const Licence& l : licences())
    if (l.id == id) return &l;
  return nullptr;
}

}  // namespace kontor::market
