# The independent verifier itself, on the published vectors: it must accept what is right and refuse everything else.
import hashlib

import pytest

import verify_proof as v

LEAVES = [bytes.fromhex(one) for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
INCLUSION = ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b", "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]
CONSISTENCY = ["0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7", "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125", "837dbb152e9b079010717e84e865da4ebc0fa198a806d59d31bf15accef22d0e"]
KEY = "market.example/trade-log+e06db4d5+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
NOTE = """market.example/trade-log
3
1lmGVvdPesiK3Gfx7FTFrQtcC/YLVyxW4JvMGdlQ8rA=

\u2014 market.example/trade-log 4G201RXgCKoTk/JkNEus32Lw6iryd3wq52Yv0e5x1Q7Z/I7uN2xTabvxkA4l5KZaHTTRfmR62OD/dUqvjDJ682oOKgk=
"""
PAID = b'{"kind":"order.paid","order":"ord_1","seq":1}'


def raw(hashes):
    return [bytes.fromhex(one) for one in hashes]


@pytest.mark.parametrize("size", ROOTS)
def test_roots(size):
    assert v.tree_root(LEAVES[:size]).hex() == ROOTS[size]


def path_of(index, leaves):
    """An audit path by RFC 6962's own definition."""
    if len(leaves) == 1:
        return []
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if index < split:
        return path_of(index, leaves[:split]) + [v.tree_root(leaves[split:])]
    return path_of(index - split, leaves[split:]) + [v.tree_root(leaves[:split])]


def test_published_proofs():
    v.check_inclusion(5, 7, v.leaf_hash(LEAVES[5]), raw(INCLUSION), bytes.fromhex(ROOTS[7]))
    v.check_consistency(3, 7, bytes.fromhex(ROOTS[3]), bytes.fromhex(ROOTS[7]), raw(CONSISTENCY))


def test_every_inclusion_and_nothing_else():
    for size in range(1, 9):
        root = v.tree_root(LEAVES[:size])
        for index in range(size):
            path, leaf = path_of(index, LEAVES[:size]), v.leaf_hash(LEAVES[index])
            v.check_inclusion(index, size, leaf, path, root)
            wrong = [(index, size, v.leaf_hash(b"other"), path), (index, size, leaf, path + [root])]
            wrong += [(other, size, leaf, path) for other in range(size) if other != index]
            wrong += [(index, size, leaf, path[:at] + path[at + 1 :]) for at in range(len(path))]
            if len(path) > 1:
                wrong.append((index, size, leaf, path[::-1]))
            for case in wrong:
                with pytest.raises(v.Refused):
                    v.check_inclusion(*case, root)


def test_wrong_consistency():
    old, new = bytes.fromhex(ROOTS[3]), bytes.fromhex(ROOTS[7])
    for path in (CONSISTENCY[:-1], CONSISTENCY + CONSISTENCY[-1:], CONSISTENCY[::-1], []):
        with pytest.raises(v.Refused):
            v.check_consistency(3, 7, old, new, raw(path))
    for sizes in ((0, 7), (7, 3), (2, 7)):
        with pytest.raises(v.Refused):
            v.check_consistency(*sizes, old, new, raw(CONSISTENCY))
    v.check_consistency(7, 7, new, new, [])


def proof_text(note=NOTE):
    import base64

    path = raw(["741c79ba78e85a176d59b233684a62f3c321f3a72b5e483723996c84776aa77f", "3894414067da189276ab22fdfcdec41ee2a4ab95d6ec7b6c14fa7e67c3a0f66b"])
    return "c2sp.org/tlog-proof@v1\nindex 1\n" + "".join(base64.b64encode(one).decode() + "\n" for one in path) + "\n" + note


def test_signed_sample():
    checkpoint, index = v.check(KEY, proof_text(), PAID)
    assert (checkpoint.origin, checkpoint.size, index) == ("market.example/trade-log", 3, 1)


def test_any_changed_byte_is_refused():
    good = proof_text()
    refused = 0
    for at in range(len(good)):
        changed = good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :]
        try:
            v.check(KEY, changed, PAID)
        except v.Refused:
            refused += 1
    assert refused == len(good)
    for leaf in (PAID + b" ", PAID[:-1], b"", PAID.replace(b"ord_1", b"ord_2")):
        with pytest.raises(v.Refused):
            v.check(KEY, good, leaf)
    for key in ("", "a+b+c", KEY.replace("e06db4d5", "e06db4d6"), KEY.replace("market.example", "market.exampla")):
        with pytest.raises(v.Refused):
            v.check(key, good, PAID)


def test_records():
    salt, record = bytes(range(32)), '{"amount":"50.00","order":"ord_1"}'
    made = hashlib.sha256(salt + record.encode()).hexdigest()
    good = {"kind": "order.paid", "salt": salt.hex(), "record": record, "leaf": '{"data_hash":"%s","kind":"order.paid"}' % made}
    assert v.check_record(good) == good["leaf"].encode()
    for change in ({"record": record.replace("50", "05")}, {"salt": "00" * 32}, {"kind": "order.placed"}):
        with pytest.raises(v.Refused):
            v.check_record({**good, **change})
