// GGUF 2 and 3, little endian: metadata as typed pairs, then the table of tensors. https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
import { HeaderFault, maxDimensions, maxFacts, maxName, maxTensors, short, type Header } from "./header.ts";
import type { ByteReader } from "./reader.ts";

// ggml_type; the gaps are types that were taken out again
const types: Record<number, string> = {
  0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1", 10: "Q2_K", 11: "Q3_K", 12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K",
  16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64",
  29: "IQ1_M", 30: "BF16", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
};

const string = 8;
const array = 9;
const widths: Record<number, number> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 };
const shown = 8; // values of a list
const deepest = 4;

async function text(reader: ByteReader, most: number): Promise<string> {
  await reader.need(8);
  const length = reader.within(reader.u64());
  const taken = Math.min(length, most);
  await reader.need(taken);
  const out = reader.text(taken);
  reader.skip(length - taken);
  return out;
}

function scalar(reader: ByteReader, type: number): string {
  switch (type) {
    case 0: return String(reader.u8());
    case 1: return String(reader.i8());
    case 2: return String(reader.u16());
    case 3: return String(reader.i16());
    case 4: return String(reader.u32());
    case 5: return String(reader.i32());
    case 6: return String(Number(reader.f32().toPrecision(7)));
    case 7: return reader.u8() !== 0 ? "true" : "false";
    case 10: return String(reader.u64());
    case 11: return String(reader.i64());
    case 12: return String(reader.f64());
    default: throw new HeaderFault("broken");
  }
}

async function value(reader: ByteReader, type: number, depth: number): Promise<string> {
  if (type === string) return text(reader, 1_000);
  if (type !== array) {
    await reader.need(widths[type] ?? 0);
    return scalar(reader, type);
  }
  if (depth > deepest) throw new HeaderFault("broken");
  await reader.need(12);
  const of = reader.u32();
  const width = widths[of];
  const count = reader.within(reader.u64(), width ?? 8);
  const first: string[] = [];
  let i = 0;
  for (; i < Math.min(count, shown); i++) first.push(await value(reader, of, depth + 1));
  if (width !== undefined) {
    reader.skip((count - i) * width);
  } else {
    for (; i < count; i++) {
      // the vocabulary of a language model: a hundred thousand words that are only passed over
      if (of !== string) await value(reader, of, depth + 1);
      else {
        if (!reader.has(8)) await reader.need(8);
        reader.skip(reader.within(reader.u64()));
      }
    }
  }
  return `[${count}] ${first.join(", ")}${count > first.length ? ", …" : ""}`;
}

export async function readGguf(reader: ByteReader): Promise<Header> {
  await reader.need(4);
  if (reader.text(4) !== "GGUF") throw new HeaderFault("not_format");
  await reader.need(20);
  const version = reader.u32();
  // a big-endian file has its version at the other end
  if (version !== 2 && version !== 3) throw new HeaderFault(version === 1 || version > 0xff_ffff ? "not_format" : "broken");
  // a tensor takes 24 bytes at least, a pair 13
  const tensorCount = reader.within(reader.u64(), 24);
  const pairs = reader.within(reader.u64(), 13);
  const header: Header = { format: `GGUF ${version}`, tensors: [], facts: [], inputs: [], outputs: [], cut: false };
  try {
    for (let i = 0; i < pairs; i++) {
      const name = await text(reader, maxName);
      await reader.need(4);
      const read = await value(reader, reader.u32(), 0);
      if (header.facts.length < maxFacts) header.facts.push({ name, value: short(read) });
      else header.cut = true;
    }
    for (let i = 0; i < tensorCount; i++) {
      if (header.tensors.length >= maxTensors) throw new HeaderFault("too_large");
      const name = await text(reader, maxName);
      await reader.need(4);
      const dimensions = reader.u32();
      if (dimensions > maxDimensions) throw new HeaderFault("broken");
      await reader.need(dimensions * 8 + 12);
      const shape: number[] = [];
      for (let d = 0; d < dimensions; d++) {
        const size = reader.u64();
        if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw new HeaderFault("broken");
        shape.push(Number(size));
      }
      const type = reader.u32();
      reader.skip(8); // where its data is
      // ggml counts the dimension that runs fastest first
      header.tensors.push({ name, dtype: types[type] ?? `type ${type}`, shape: shape.reverse() });
    }
  } catch (fault) {
    if (!(fault instanceof HeaderFault) || fault.code !== "too_large") throw fault;
    header.cut = true;
  }
  return header;
}
