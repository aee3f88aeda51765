# Every page of the house: a name for its pictures, its address (made when the house stands), and as whom it is looked at.
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

ROOT = Path(__file__).resolve().parents[3]
PICTURES = ROOT / "build" / "screenshots"
# pictures of states that no address has (test_errors)
STATES = ("wallet-offline", "wallet-stale", "models-offline")


@dataclass(frozen=True)
class PageCase:
    name: str
    path: str | Callable
    who: str | None = None
    status: int = 200
    entry: str = ""     # the bundle that draws it; "" where the server does
    titled: bool = True  # its title is like no other page's

    def address(self, house):
        return self.path if isinstance(self.path, str) else self.path(house)


def commit_of(house):
    return house.bob.api.sha("bob/digits")


CASES = [
    PageCase("home", "/"),
    PageCase("home-signed-in", "/", "alice", titled=False),
    PageCase("models", "/models"),
    PageCase("models-filtered", "/models?licence=apache-2.0&task=text-generation"),
    PageCase("models-nothing", "/models?licence=mit&q=nothing-has-this-name&task=text-generation", titled=False),
    PageCase("datasets", "/datasets"),
    PageCase("spaces", "/spaces"),
    PageCase("market", "/market"),
    PageCase("search", "/search?q=digits"),
    PageCase("search-nothing", "/search?q=zzzzzz"),
    PageCase("profile", "/bob"),
    PageCase("model", "/bob/digits"),
    PageCase("model-owned", "/bob/digits", "alice", titled=False),
    PageCase("model-own", "/bob/digits", "bob", titled=False),
    PageCase("model-empty", "/bob/empty"),
    PageCase("model-ja-card", "/ana/ocr-ja"),
    PageCase("dataset", "/datasets/ana/street-scenes"),
    PageCase("space", "/spaces/ana/digit-app"),
    PageCase("files", "/bob/digits/tree/main"),
    PageCase("files-owned", "/bob/digits/tree/main", "alice", titled=False),
    PageCase("file", "/ana/plain/blob/main/docs/guide/start.md"),
    PageCase("file-picture", "/ana/segment-roads/blob/main/images/road.png"),
    PageCase("file-locked", "/bob/digits/blob/main/config.json"),
    PageCase("file-tensors", "/bob/digits/blob/main/model.onnx", "bob"),
    PageCase("versions", "/bob/digits/commits/main"),
    PageCase("commit", lambda house: f"/bob/digits/commit/{commit_of(house)}"),
    PageCase("price", "/bob/digits/price"),
    PageCase("price-free", "/ana/plain/price"),
    PageCase("try-signed-out", "/bob/digits/try"),
    PageCase("try", "/bob/digits/try", "alice", titled=False),
    PageCase("try-result", lambda house: f"/bob/cells/try?p={house.prediction['id']}", "alice"),
    PageCase("try-none", "/ana/plain/try", "dora"),
    PageCase("code", "/bob/digits/code"),
    PageCase("checkout-signed-out", lambda house: house.digits.checkout),
    PageCase("checkout-short", lambda house: house.digits.checkout, "dora", titled=False),
    PageCase("checkout-owned", lambda house: house.digits.checkout, "alice", titled=False),
    PageCase("trade-log", "/trade-log"),
    PageCase("trade-log-entry", "/trade-log/entries/0"),
    PageCase("trade-log-verify", "/trade-log/verify"),
    PageCase("login", "/login?next=/models"),
    PageCase("join", "/join"),
    PageCase("about", "/about"),
    PageCase("missing", "/bob/not-there", status=404),
    PageCase("private", "/bob/secret", "alice", status=404, titled=False),
    PageCase("operator-forbidden", "/operator", "alice", status=404, titled=False),
    PageCase("design", "/design", entry="design"),
    # the buyer's side
    PageCase("account", "/account", "alice", entry="account"),
    PageCase("account-empty", "/account", "dora", entry="account", titled=False),
    PageCase("wallet", "/account/wallet", "alice", entry="account"),
    PageCase("wallet-empty", "/account/wallet", "dora", entry="account", titled=False),
    PageCase("top-ups", "/account/top-ups", "alice", entry="account"),
    PageCase("top-up", lambda house: f"/account/top-ups/{house.pending_top_up['id']}", "alice", entry="account"),
    PageCase("orders", "/account/orders", "alice", entry="account"),
    PageCase("orders-empty", "/account/orders", "dora", entry="account", titled=False),
    PageCase("order", lambda house: f"/account/orders/{house.order['id']}", "alice", entry="account"),
    PageCase("order-of-another", lambda house: f"/account/orders/{house.order['id']}", "dora", entry="account", titled=False),
    PageCase("entitlements", "/account/entitlements", "alice", entry="account"),
    PageCase("entitlements-empty", "/account/entitlements", "dora", entry="account", titled=False),
    PageCase("usage", "/account/usage", "alice", entry="account"),
    PageCase("usage-empty", "/account/usage", "dora", entry="account", titled=False),
    # the seller's side
    PageCase("sell", "/sell", "bob", entry="sell"),
    PageCase("sell-empty", "/sell", "dora", entry="sell", titled=False),
    PageCase("listings", "/sell/listings", "bob", entry="sell"),
    PageCase("listings-empty", "/sell/listings", "dora", entry="sell", titled=False),
    PageCase("listing-published", lambda house: f"/sell/listings/{house.digits.listing}", "bob", entry="sell"),
    PageCase("listing-draft", lambda house: f"/sell/listings/{house.draft.listing}", "bob", entry="sell"),
    PageCase("earnings", "/sell/earnings", "bob", entry="sell"),
    PageCase("earnings-empty", "/sell/earnings", "dora", entry="sell", titled=False),
    PageCase("sell-orders", "/sell/orders", "bob", entry="sell"),
    PageCase("deployments", "/sell/deployments", "bob", entry="sell"),
    PageCase("deployment", lambda house: f"/sell/deployments/{house.digits_deployment['id']}", "bob", entry="sell"),
    # the operator's side
    PageCase("operator", "/operator", "op", entry="operator"),
    PageCase("review", "/operator/review", "op", entry="operator"),
    PageCase("review-listing", lambda house: f"/operator/review/{house.waiting.listing}", "op", entry="operator", titled=False),
    PageCase("parties", "/operator/parties", "op", entry="operator"),
    PageCase("operator-top-ups", "/operator/top-ups", "op", entry="operator"),
    PageCase("ledger", "/operator/ledger", "op", entry="operator"),
    PageCase("audit", "/operator/audit", "op", entry="operator"),
    PageCase("health", "/operator/health", "op", entry="operator"),
    # settings, making and filling repositories
    PageCase("settings-profile", "/settings/profile", "alice", entry="settings"),
    PageCase("settings-tokens", "/settings/tokens", "alice", entry="settings"),
    PageCase("settings-organisations", "/settings/organisations", "alice", entry="settings"),
    PageCase("settings-sessions", "/settings/sessions", "alice", entry="settings"),
    PageCase("settings-language", "/settings/language", "alice", entry="settings"),
    PageCase("new", "/new?kind=model", "bob", entry="repository"),
    PageCase("repository-settings", "/bob/digits/settings", "bob", entry="repository"),
    PageCase("upload", "/bob/empty/upload/main", "bob", entry="upload"),
]


def entries():
    folder = Path(os.environ.get("KONTOR_WEB_DIR") or ROOT / "build" / "web")
    return json.loads((folder / "manifest.json").read_text())["entries"]


def built():
    """The pages whose bundle is in the build."""
    there = entries()
    return [case for case in CASES if not case.entry or case.entry in there]
