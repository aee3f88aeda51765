# Checks a proof of Kontor's trade log without trusting Kontor: written from RFC 6962 (tree hashes and proofs), the C2SP
# signed-note and tlog-proof texts and RFC 8032 signatures (the `cryptography` package), and sharing no code with the server.
# Usage: verify_proof.py --key KEYFILE --proof PROOFFILE (--leaf LEAFFILE | --records RECORDSFILE [--kind order.paid])
#   KEYFILE      answer of GET /api/v1/log/key: name+hexid+base64
#   PROOFFILE    answer of GET /api/v1/orders/{id}/proof: index, path, signed checkpoint
#   RECORDSFILE  answer of GET /api/v1/orders/{id}/records: leaf text, salt and record, so that the leaf is recomputed
# Status 0 and one line per fact if all of it holds; 1 and the reason if not.
import argparse
import base64
import binascii
import hashlib
import json
import sys
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HEADER = "c2sp.org/tlog-proof@v1"


class Refused(Exception):
    """The proof does not prove it."""


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(leaf):
    return sha256(b"\x00" + leaf)


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


def tree_root(leaves):
    """Root of a list of leaves, straight from the definition in RFC 6962 section 2.1."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(tree_root(leaves[:split]), tree_root(leaves[split:]))


def check_inclusion(index, size, leaf, path, root):
    """RFC 9162 section 2.1.3.2 (the same tree as RFC 6962)."""
    if not 0 <= index < size:
        raise Refused(f"index {index} does not lie in a tree of {size}")
    at, last, result = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise Refused("the path is longer than the tree is high")
        if at & 1 or at == last:
            result = node_hash(sibling, result)
            while at and not at & 1:
                at >>= 1
                last >>= 1
        else:
            result = node_hash(result, sibling)
        at >>= 1
        last >>= 1
    if last != 0:
        raise Refused("the path is too short")
    if result != root:
        raise Refused("the path does not lead to the checkpoint's root")


def check_consistency(old_size, new_size, old_root, new_root, path):
    """RFC 9162 section 2.1.4.2: the larger tree only added to the smaller."""
    if not 0 < old_size <= new_size:
        raise Refused("sizes are not in order")
    if old_size == new_size:
        if path or old_root != new_root:
            raise Refused("equal sizes, different trees")
        return
    path = list(path)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    if not path:
        raise Refused("the path is empty")
    at, last = old_size - 1, new_size - 1
    while at & 1:
        at >>= 1
        last >>= 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise Refused("the path is longer than the tree is high")
        if at & 1 or at == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while at and not at & 1:
                at >>= 1
                last >>= 1
        else:
            new = node_hash(new, sibling)
        at >>= 1
        last >>= 1
    if last != 0 or old != old_root or new != new_root:
        raise Refused("the two checkpoints are not of one history")


def decode(text, length=None):
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(f"not base64: {text[:20]}") from error
    if length is not None and len(data) != length:
        raise Refused(f"{len(data)} bytes where {length} belong")
    return data


@dataclass
class Key:
    name: str
    number: bytes  # the first four bytes of a hash over name and key
    public: bytes

    @staticmethod
    def parse(line):
        parts = line.strip().split("+", 2)
        if len(parts) != 3:
            raise Refused("a verifier key reads name+id+base64")
        name, number, encoded = parts
        body = decode(encoded, 33)
        if body[0] != 1:
            raise Refused("the key is not Ed25519")
        made = sha256(name.encode() + b"\n" + body)[:4]
        if made.hex() != number:
            raise Refused("the key's id does not belong to the key")
        return Key(name, made, body[1:])


@dataclass
class Checkpoint:
    origin: str
    size: int
    root: bytes

    @staticmethod
    def open(note, key):
        """Checks the signature first; a note without a valid signature of this key says nothing."""
        text, blank, signatures = note.rpartition("\n\n")
        if not blank:
            raise Refused("the checkpoint is no signed note")
        signed = (text + "\n").encode()
        for line in signatures.splitlines():
            mark, _, rest = line.partition(" ")
            name, _, encoded = rest.partition(" ")
            if mark != "\u2014" or name != key.name:
                continue
            body = decode(encoded)
            if body[:4] != key.number:
                continue
            try:
                Ed25519PublicKey.from_public_bytes(key.public).verify(body[4:], signed)
            except InvalidSignature as error:
                raise Refused("the checkpoint's signature is wrong") from error
            break
        else:
            raise Refused("the checkpoint is not signed with this key")
        lines = text.split("\n")
        if len(lines) < 3 or not lines[1].isdigit() or (len(lines[1]) > 1 and lines[1][0] == "0"):
            raise Refused("the checkpoint has no origin, size and root")
        return Checkpoint(lines[0], int(lines[1]), decode(lines[2], 32))


@dataclass
class Proof:
    index: int
    path: list
    note: str

    @staticmethod
    def parse(text):
        head, blank, note = text.partition("\n\n")
        lines = head.split("\n")
        if not blank or lines[0] != HEADER:
            raise Refused(f"the proof does not begin with {HEADER}")
        rest = lines[1:]
        if rest and rest[0].startswith("extra "):
            rest = rest[1:]
        if not rest or not rest[0].startswith("index ") or not rest[0][6:].isdigit():
            raise Refused("the proof has no index")
        return Proof(int(rest[0][6:]), [decode(line, 32) for line in rest[1:]], note)


def check_record(record):
    """The leaf is what the order's record and its salt make it."""
    leaf = json.loads(record["leaf"])
    made = sha256(bytes.fromhex(record["salt"]) + record["record"].encode()).hex()
    if leaf.get("data_hash") != made:
        raise Refused("the leaf does not belong to the record")
    if leaf.get("kind") != record["kind"]:
        raise Refused("the leaf is of another kind")
    return record["leaf"].encode()


def check(key_text, proof_text, leaf):
    """Everything at once; hands back the checkpoint and the index."""
    key, proof = Key.parse(key_text), Proof.parse(proof_text)
    checkpoint = Checkpoint.open(proof.note, key)
    check_inclusion(proof.index, checkpoint.size, leaf_hash(leaf), proof.path, checkpoint.root)
    return checkpoint, proof.index


def main():
    parser = argparse.ArgumentParser(description="Checks a proof of the trade log on its own.")
    parser.add_argument("--key", required=True)
    parser.add_argument("--proof", required=True)
    parser.add_argument("--leaf")
    parser.add_argument("--records")
    parser.add_argument("--kind", default="order.paid")
    options = parser.parse_args()

    def read(path):
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()

    try:
        if options.records:
            records = json.loads(read(options.records))
            records = records.get("data", records) if isinstance(records, dict) else records
            chosen = [record for record in records if record["kind"] == options.kind]
            if len(chosen) != 1:
                raise Refused(f"{len(chosen)} records of kind {options.kind}")
            leaf = check_record(chosen[0])
            print(f"record and salt hash to the leaf's data_hash ({options.kind})")
        elif options.leaf:
            leaf = read(options.leaf).rstrip("\n").encode()
        else:
            parser.error("--leaf or --records is required")
        checkpoint, index = check(read(options.key), read(options.proof), leaf)
    except (Refused, OSError, ValueError, KeyError) as error:
        print(f"REFUSED: {error}", file=sys.stderr)
        return 1
    print(f"checkpoint of {checkpoint.origin}, {checkpoint.size} entries: signature is right (Ed25519)")
    print(f"leaf {leaf_hash(leaf).hex()} is entry {index}: the path leads to the signed root {checkpoint.root.hex()[:16]}...")
    return 0


if __name__ == "__main__":
    sys.exit(main())
