// Bytes of a file anywhere in it, fetched by ranges as they are needed, with limits on how much and how often.
import { HeaderFault } from "./header.ts";

/** Bytes from..to of the file (`to` not among them); fewer when it ends before. */
export type ReadRange = (from: number, to: number) => Promise<Uint8Array>;

export const maxBytes = 32_000_000;
export const maxRequests = 400;
const first = 65_536;
const afterJump = 16_384; // a name, a shape, and the length of the weights that follow
const largest = 2_097_152;

export class ByteReader {
  /** where the next value is */
  at = 0;
  readonly size: number;
  readonly #read: ReadRange;
  #block: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #from = 0;
  #step = first;
  #fetched = 0;
  #requests = 0;

  constructor(read: ReadRange, size: number) {
    this.#read = read;
    this.size = size;
  }

  /** Whether the next n bytes are here already. */
  has(n: number): boolean {
    return this.at >= this.#from && this.at + n <= this.#from + this.#block.length;
  }

  /** Makes the next n bytes readable. */
  async need(n: number): Promise<void> {
    if (n < 0 || this.at + n > this.size) throw new HeaderFault("truncated");
    if (this.has(n)) return;
    // reading on grows the steps, jumping makes them small again
    const on = this.at >= this.#from && this.at <= this.#from + this.#block.length;
    if (this.#requests > 0) this.#step = on ? Math.min(this.#step * 2, largest) : afterJump;
    const to = Math.min(this.size, this.at + Math.max(n, this.#step));
    if (this.#fetched + to - this.at > maxBytes || this.#requests >= maxRequests) throw new HeaderFault("too_large");
    this.#requests += 1;
    this.#fetched += to - this.at;
    const block = await this.#read(this.at, to);
    if (block.length < n) throw new HeaderFault("truncated");
    this.#block = block;
    this.#view = new DataView(block.buffer, block.byteOffset, block.byteLength);
    this.#from = this.at;
  }

  skip(n: number): void {
    if (n < 0 || this.at + n > this.size) throw new HeaderFault("truncated");
    this.at += n;
  }

  #over(n: number): number {
    const place = this.at - this.#from;
    this.at += n;
    return place;
  }

  // Each of these after need().
  u8 = (): number => this.#view.getUint8(this.#over(1));
  i8 = (): number => this.#view.getInt8(this.#over(1));
  u16 = (): number => this.#view.getUint16(this.#over(2), true);
  i16 = (): number => this.#view.getInt16(this.#over(2), true);
  u32 = (): number => this.#view.getUint32(this.#over(4), true);
  i32 = (): number => this.#view.getInt32(this.#over(4), true);
  f32 = (): number => this.#view.getFloat32(this.#over(4), true);
  f64 = (): number => this.#view.getFloat64(this.#over(8), true);
  u64 = (): bigint => this.#view.getBigUint64(this.#over(8), true);
  i64 = (): bigint => this.#view.getBigInt64(this.#over(8), true);
  bytes(n: number): Uint8Array {
    const place = this.#over(n);
    return this.#block.subarray(place, place + n);
  }
  text(n: number): string {
    return new TextDecoder().decode(this.bytes(n));
  }

  /** A length or a count that the file claims, as a number; more than fits into the file is a lie. */
  within(claimed: bigint, unit = 1): number {
    if (claimed < 0n || claimed * BigInt(unit) > BigInt(this.size)) throw new HeaderFault("truncated");
    return Number(claimed);
  }
}
