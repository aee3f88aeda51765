// safetensors: eight bytes of length, then JSON { name: { dtype, shape, data_offsets }, "__metadata__": { name: text } }.
// https://huggingface.co/docs/safetensors/index#format
import { HeaderFault, maxDimensions, maxFacts, maxName, maxTensors, short, type Fact, type Header, type Tensor } from "./header.ts";
import type { ByteReader } from "./reader.ts";

const largest = 24_000_000;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const isSize = (value: unknown): value is number => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;

function tensor(name: string, value: unknown, room: number): Tensor {
  if (!isObject(value)) throw new HeaderFault("broken");
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || dtype.length > 20 || !Array.isArray(shape) || shape.length > maxDimensions || !shape.every(isSize)) throw new HeaderFault("broken");
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize) || (offsets[0] as number) > (offsets[1] as number)) throw new HeaderFault("broken");
  if ((offsets[1] as number) > room) throw new HeaderFault("truncated");
  return { name: name.slice(0, maxName), dtype, shape };
}

export async function readSafetensors(reader: ByteReader): Promise<Header> {
  await reader.need(8);
  const claimed = reader.u64();
  // the first byte of the text tells a file of another kind from one that is cut
  if (claimed > 100_000_000n || claimed < 2n) throw new HeaderFault("not_format");
  if (claimed > BigInt(largest)) throw new HeaderFault("too_large");
  const length = Number(claimed);
  await reader.need(1);
  const text = await reader.need(length).then(() => reader.text(length));
  if (!text.startsWith("{")) throw new HeaderFault("not_format");
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    throw new HeaderFault("broken");
  }
  if (!isObject(header)) throw new HeaderFault("broken");
  const room = reader.size - 8 - length;
  const entries = Object.entries(header).filter(([name]) => name !== "__metadata__");
  const tensors = entries.slice(0, maxTensors).map(([name, value]) => tensor(name, value, room));
  const about = Object.hasOwn(header, "__metadata__") ? header["__metadata__"] : {};
  if (!isObject(about)) throw new HeaderFault("broken");
  const all = Object.entries(about);
  const facts: Fact[] = all.slice(0, maxFacts).map(([name, value]) => ({ name: name.slice(0, maxName), value: short(typeof value === "string" ? value : JSON.stringify(value) ?? "") }));
  return { format: "safetensors", tensors, facts, inputs: [], outputs: [], cut: entries.length > maxTensors || all.length > maxFacts };
}
