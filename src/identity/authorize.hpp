// The one place where rights are decided. Pure: everything it needs is in its arguments. Default deny.
#pragma once
#include <string>

#include "base/result.hpp"
#include "identity/caller.hpp"

namespace kontor::identity {

enum class Visibility { public_, private_ };

enum class Action {
  repository_see,      // existence, metadata, tree
  repository_read,     // file contents, as far as visibility goes (payment is market's word: market::entitlement check)
  repository_write,    // commit, upload, branches, tags
  repository_admin,    // settings, move, delete, list for sale
  repository_create,   // in the namespace of `owner`
  market_read,         // own orders, wallet, entitlements of `owner`
  market_buy,          // order, top up for `owner`
  market_sell,         // listings, plans, earnings of `owner`
  inference_run,       // create predictions for `owner`
  inference_deploy,    // deploy a repository of `owner`
  organisation_admin,  // members and settings of `owner`
  operate,             // approve, confirm, ledger, audit
};

struct Resource {
  std::string owner;  // party id; empty for installation-wide resources
  Visibility visibility = Visibility::public_;
};

enum class Decision {
  allow,
  unauthenticated,  // would need a signed-in caller
  hidden,           // must look as if it did not exist
  forbidden,        // visible, but not for this caller
  scope_missing,    // the user may, this token may not
};

Decision authorize(const Caller& caller, Action action, const Resource& resource);

// The Error of a denial (unauthenticated, not_found, forbidden); must not be called with allow. `what` names the thing in messages.
Error denied(Decision decision, std::string_view what);

}  // namespace kontor::identity
