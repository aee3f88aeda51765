// Ed25519 signatures of checkpoints, checked without crypto.subtle.
import { hashes, verify as verifySignature } from "@noble/ed25519";
import { sha512 } from "@noble/hashes/sha2";

hashes.sha512 = (message) => new Uint8Array(sha512(message));

/** RFC 8032's strict rules, as Go's crypto/ed25519 and OpenSSL apply them. */
export function verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== 64 || publicKey.length !== 32) return false;
  try {
    return verifySignature(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}
