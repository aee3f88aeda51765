# The whole trade as three people in their browsers, once per language: a model is made, uploaded, deployed, listed, approved, found, paid for,
# downloaded, called, proved, refunded, and earned with. Desk and phone take turns.
import re
from decimal import Decimal

import pytest
from house import PASSWORD, trained_models
from playwright.sync_api import expect

WIDTHS = {"en": (1280, 390, 1280), "ja": (390, 1280, 390), "zh": (1280, 390, 390)}  # publisher, buyer, operator
ORDER = re.compile(r"/account/orders/ord_")


def sign_up(window, house, name, next):
    """By the form, as somebody who was sent to `next`."""
    window.page.goto("/join?next=" + next)
    window.field("login.name").fill(name)
    window.field("login.password").fill(PASSWORD)
    window.button("nav.sign_up", within=window.page.locator("main")).click()
    window.page.wait_for_url(f"**{next}")
    window.settle()
    expect(window.page.locator("header details.account bdi")).to_have_text(name)
    return house.signed_up(name)


def create_repository(window, name):
    window.go("/new?kind=model")
    # whether the name is free is asked of the hub: 404 says so
    window.allow(rf"status 404: GET /api/models/.*/{name}$", rf"console: .* status of 404 .*\(/api/models/.*/{name}\)")
    window.page.locator("#repository-name").fill(name)
    # the card comes with the upload
    window.button("repo.create").click()
    window.page.wait_for_url(lambda url: url.split("?")[0].endswith(f"/{name}") or "/upload/" in url)


def upload_files(window, repo, folder):
    """The files of a model's folder, and those of its examples into a folder of that name, as one commit."""
    # that nobody has a chunk yet is said by a 404 of the store's protocol
    window.allow(r"status 404: (GET|HEAD) /cas/v1/", r"console: .* status of 404 .*\(/cas/v1/")
    window.go(f"/{repo}/upload/main")
    chooser = window.page.locator("main input[type=file]:not([webkitdirectory])").first
    chooser.set_input_files([one for one in sorted(folder.iterdir()) if one.is_file()])
    tray = window.page.locator("main")
    expect(tray).to_contain_text("model.onnx")
    window.field("upload.folder").fill("examples")
    chooser.set_input_files(sorted((folder / "examples").iterdir()))
    expect(tray).to_contain_text("examples/quickstart.py")
    window.field("upload.message").fill("Digits, trained on real ones\n\nWith examples.")
    window.page.locator("main form button[type=submit]").click()
    expect(window.text("upload.done")).to_be_visible(timeout=60_000)
    window.link("upload.open_files").click()
    window.page.wait_for_url("**/tree/main")
    window.settle()


def deploy(window, repo):
    window.go(f"/sell/deployments?new=model:{repo}")
    window.button("sell.deploy").click()
    window.page.wait_for_url(re.compile(r"/sell/deployments/dep_"))
    expect(window.text("state.deployment.ready").or_(window.text("state.deployment.idle")).first).to_be_visible(timeout=90_000)


def list_for_sale(window, repo):
    window.go(f"/sell/listings?new=model:{repo}")
    window.field("sell.title").fill("Digits by hand")
    window.button("sell.start_listing").click()
    window.page.wait_for_url(re.compile(r"/sell/listings/lst_"))
    window.settle()
    window.field("sell.summary").fill("Handwritten digits of eight by eight pixels, with the way it was trained.")
    page = window.page
    for delivery in ("download", "api_access"):
        page.locator("#what").get_by_label(window.like(f"delivery.{delivery}")).check()
    window.button("sell.goal.both").click()
    page.locator("#plan-components-0-amount").fill("5.00")
    page.locator("#plan-components-1-unit-amount").fill("0.01")
    page.locator("#plan-components-1-free-units").fill("2")
    rights = page.locator("#offer-rights")
    for right in ("use", "download", "run"):
        rights.get_by_label(window.like(f"right.{right}", whole=False)).first.check()
    window.button("sell.submit").click()
    expect(window.text("sell.review_sent")).to_be_visible()
    return page.url.split("/")[-1].split("?")[0]


def check_identity(window, name):
    """New people cannot sell until the operator has seen who they are."""
    window.go(f"/operator/parties/{name}")
    window.button("operator.change_kyc").click()
    dialog = window.page.get_by_role("dialog")
    dialog.get_by_label(window.like("operator.kyc_level", n="2")).check()
    window.button("common.save", within=dialog).click()
    expect(dialog).to_be_hidden()
    expect(window.text("operator.kyc_level", n="2")).to_be_visible()


def approve(window, listing):
    window.go(f"/operator/review/{listing}")
    window.button("term.approve").click()
    dialog = window.page.get_by_role("dialog")
    window.button("term.approve", within=dialog).click()
    expect(dialog).to_be_hidden()


def find(window, title, task="image-classification"):
    """Through the filters of the catalogue to the page of the model."""
    window.go("/market")
    if window.width < 1024:
        window.page.locator("details.facets > summary").click()
        window.page.locator("dialog.sheet").locator(f"input[name=task][value={task}]").check()
        window.page.wait_for_url(f"**/market?task={task}")
        window.page.locator("dialog.sheet footer button").click()
    else:
        window.page.locator(f"input[name=task][value={task}]").check()
        window.page.wait_for_url(f"**/market?task={task}")
    expect(window.page.locator("#results[aria-busy=true]")).to_have_count(0)
    window.page.locator("#results .card").get_by_role("link", name=title).click()
    window.page.wait_for_url(f"**/{title}")


def buy(window, amount):
    window.page.locator("main .rail").get_by_role("link", name=window.like("checkout.buy_for")).click()
    window.page.wait_for_url(re.compile(r"/market/offers/off_"))
    window.settle()
    window.page.locator("#accept").check()


def confirm_top_up(window, house, person, amount):
    asked = person.get("/api/v1/top_ups")["data"][0]
    window.go("/operator/top-ups")
    row = window.page.locator("main tbody tr").filter(has_text=asked["reference"])
    window.button("operator.confirm_open", within=row).click()
    dialog = window.page.get_by_role("dialog")
    window.field("operator.bank_reference", within=dialog).fill("transfer of today")
    window.button("operator.book_amount", within=dialog).click()
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize("lang", list(WIDTHS))
def test_the_whole_trade(house, visit, lang):
    for_publisher, for_buyer, for_operator = WIDTHS[lang]
    publisher, operator = visit(lang=lang, width=for_publisher), visit(lang=lang, width=for_operator, person=house.op)
    seller = sign_up(publisher, house, house.new_name("pub"), "/sell")
    name = f"digits-{lang}"
    repo = f"{seller.name}/{name}"

    create_repository(publisher, name)
    upload_files(publisher, repo, trained_models() / "digits")
    files = {one["path"] for one in seller.get(f"/api/models/{repo}/tree/main?recursive=true") if one["type"] == "file"}
    assert {"README.md", "model.onnx", "config.json", "examples/quickstart.py"} <= files, files
    assert seller.get(f"/api/models/{repo}/commits/main")[0]["title"] == "Digits, trained on real ones"
    deploy(publisher, repo)
    check_identity(operator, seller.name)
    listing = list_for_sale(publisher, repo)
    approve(operator, listing)
    publisher.go(f"/sell/listings/{listing}")
    expect(publisher.text("state.listing.published")).to_be_visible()

    # the buyer: finds, lacks money, tops up, pays
    shopper = visit(lang=lang, width=for_buyer)
    buyer = sign_up(shopper, house, house.new_name("buy"), "/models")
    find(shopper, repo)
    buy(shopper, "5.00")
    shopper.link("wallet.top_up", within=shopper.page.locator("k-checkout")).click()
    shopper.page.wait_for_url(re.compile(r"/account/top-ups\?"))
    shopper.settle()
    amount = shopper.field("common.amount").first
    amount.fill("10.00")
    shopper.page.locator("main button[type=submit]").first.click()
    shopper.page.wait_for_url(re.compile(r"/account/top-ups/pay_"))
    confirm_top_up(operator, house, buyer, "10.00")
    shopper.link("account.back_to_purchase").click()
    shopper.page.wait_for_url(re.compile(r"/market/offers/off_"))
    shopper.settle()
    shopper.page.locator("#accept").check()
    shopper.button("checkout.pay").click()
    shopper.page.wait_for_url(ORDER)
    shopper.settle()
    expect(shopper.text("checkout.bought")).to_be_visible()
    order = shopper.page.url.split("?")[0]
    assert buyer.wallet() == (5, 0, 5)

    # before a file is taken the order could be given back, and until when stands beside it
    expect(shopper.button("order.refund_request")).to_be_visible()
    until = buyer.get("/api/v1/orders/" + order.split("/")[-1])["refund"]["until"]
    expect(shopper.page.locator(f"main time[datetime='{until}']")).to_be_visible()
    shopper.link("order.files").click()
    shopper.page.wait_for_url(f"**/{repo}/tree/main")
    body, _ = shopper.download(lambda: shopper.link("files.download_named", name="config.json").click())
    assert body == (trained_models() / "digits" / "config.json").read_bytes()

    # runs: the free ones are counted, a sample picture is enough
    shopper.go(f"/{repo}/try")
    expect(shopper.text("try.free_left")).to_contain_text("2")
    shopper.page.locator("main button.sample").first.click()
    for left in (1, 0, 0):
        shopper.button("try.run").click()
        expect(shopper.page.locator("main [aria-busy=true]")).to_have_count(0, timeout=60_000)
        expect(shopper.text("state.prediction.succeeded")).to_be_visible(timeout=60_000)
        shopper.until(lambda: buyer.get(f"/api/v1/entitlements?asset=model:{repo}&state=active")["data"][0]["counters"][0]["free_left"] == left)
    expect(shopper.page.locator("main")).to_contain_text(re.compile(r"3"))
    shopper.until(lambda: buyer.wallet()[2] == Decimal("4.99"))
    run = shopper.path
    assert "?p=" in run
    shopper.go(run)
    expect(shopper.text("state.prediction.succeeded")).to_be_visible()

    # the order: no return any more, and why; the proof holds in this browser
    shopper.go(order)
    expect(shopper.text("order.refund_refused")).to_be_visible()
    expect(shopper.button("order.refund_request")).to_have_count(0)
    refused = buyer.api.post(f"/api/v1/orders/{order.split('/')[-1]}/refunds", {})
    assert refused.status == 409 and refused.json()["details"]["reason"] == "touched", refused
    shopper.button("order.verify_here").click()
    expect(shopper.text("log.proof_holds")).to_be_visible()
    expect(shopper.page.locator(".check-steps li.bad")).to_have_count(0)
    expect(shopper.page.locator(".check-steps li.open")).to_have_count(0)
    proof, file = shopper.download(lambda: shopper.button("order.proof_download").click())
    assert file.endswith(".tlog-proof") and b"tlog-proof" in proof
    shopper.go("/account/wallet")
    amounts = [Decimal(row.locator("data").first.get_attribute("value")) for row in shopper.page.locator("main table tbody tr").all()]
    assert amounts == [Decimal("-0.01"), Decimal("-5"), Decimal("10")], amounts
    shopper.go("/account/usage?by=asset")
    used = shopper.page.locator("main tbody tr").filter(has_text=repo)
    expect(used).to_contain_text("0.01")
    expect(used).to_contain_text("3")

    # a second buyer changes their mind before touching anything
    other = house.fresh("two", money="20.00")
    second = visit(lang=lang, width=for_publisher, person=other)
    second.go(f"/{repo}")
    buy(second, "5.00")
    second.button("checkout.pay").click()
    second.page.wait_for_url(ORDER)
    second.settle()
    assert other.wallet()[0] == 15
    second.button("order.refund_request").click()
    dialog = second.page.get_by_role("dialog")
    second.button("order.refund_do", within=dialog).click()
    expect(dialog).to_be_hidden()
    expect(second.text("state.order.refunded")).to_be_visible()
    assert other.wallet()[0] == 20
    expect(second.link("order.buy_again")).to_be_visible()
    second.go(f"/{repo}/tree/main")
    expect(second.text("files.needs_licence")).to_be_visible()
    expect(second.page.locator("main").get_by_role("link", name=second.like("checkout.buy_for")).first).to_be_visible()

    # the seller sees what was earned: 5.00 and one run, less the fee
    publisher.go("/sell/earnings")
    values = {one.get_attribute("value") for one in publisher.page.locator("main data").all()}
    statement = seller.get("/api/v1/statements?month=" + buyer.orders()[0]["created_at"][:7])
    for part in ("gross", "platform_fee", "net"):
        amount = statement["totals"][part]["amount"]
        assert any(Decimal(value) == Decimal(amount) for value in values if re.fullmatch(r"-?[\d.]+", value)), (part, amount, values)
    publisher.go("/sell/orders")
    expect(publisher.page.locator("main tbody tr")).to_have_count(2)
