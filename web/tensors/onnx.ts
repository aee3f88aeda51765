// ONNX: a protobuf message whose weights lie among the names. It is walked field by field; weights are passed over by their length.
// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
import { HeaderFault, maxDimensions, maxFacts, maxName, maxTensors, short, type Header, type Tensor } from "./header.ts";
import type { ByteReader } from "./reader.ts";

const types = [
  "?", "FLOAT", "UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64", "STRING", "BOOL", "FLOAT16", "DOUBLE", "UINT32", "UINT64", "COMPLEX64", "COMPLEX128", "BFLOAT16",
  "FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2", "FLOAT8E5M2FNUZ", "UINT4", "INT4", "FLOAT4E2M1",
];
const typeName = (n: number): string => types[n] ?? `type ${n}`;
const maxFields = 500_000;

interface Field {
  number: number;
  /** 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes */
  wire: number;
  /** of a varint */
  value: bigint;
  /** where the bytes end */
  end: number;
}

class Walker {
  readonly reader: ByteReader;
  #left = maxFields;

  constructor(reader: ByteReader) {
    this.reader = reader;
  }

  async varint(end: number): Promise<bigint> {
    const { reader } = this;
    const most = Math.min(10, end - reader.at);
    if (most <= 0) throw new HeaderFault("truncated");
    if (!reader.has(most)) await reader.need(most);
    let out = 0n;
    for (let i = 0; i < most; i++) {
      const byte = reader.u8();
      out |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return BigInt.asUintN(64, out);
    }
    throw new HeaderFault("broken");
  }

  /** The fields of a message that ends at `end`. What the caller does not read is passed over. */
  async *fields(end: number): AsyncGenerator<Field> {
    const { reader } = this;
    while (reader.at < end) {
      if (--this.#left < 0) throw new HeaderFault("too_large");
      const key = Number(await this.varint(end));
      const field: Field = { number: Math.floor(key / 8), wire: key % 8, value: 0n, end: 0 };
      if (field.number === 0) throw new HeaderFault("broken");
      if (field.wire === 0) {
        field.value = await this.varint(end);
        field.end = reader.at;
      } else {
        const length = field.wire === 2 ? await this.varint(end) : field.wire === 1 ? 8n : field.wire === 5 ? 4n : -1n;
        if (length < 0n) throw new HeaderFault("broken");
        // longer than what it is in: cut, if it is the file that ends
        if (length > BigInt(end - reader.at)) throw new HeaderFault(end === reader.size ? "truncated" : "broken");
        field.end = reader.at + Number(length);
      }
      yield field;
      if (reader.at > field.end) throw new HeaderFault("broken");
      reader.skip(field.end - reader.at);
    }
  }

  async text(field: Field, most = maxName): Promise<string> {
    const n = Math.min(field.end - this.reader.at, most);
    await this.reader.need(n);
    return this.reader.text(n);
  }
}

const size = (value: bigint): number => {
  const signed = BigInt.asIntN(64, value);
  if (signed > BigInt(Number.MAX_SAFE_INTEGER) || signed < -1n) throw new HeaderFault("broken");
  return Number(signed);
};

async function initializer(walk: Walker, end: number): Promise<Tensor> {
  const out: Tensor = { name: "", dtype: typeName(0), shape: [] };
  const add = (value: bigint): void => {
    if (out.shape.length >= maxDimensions) throw new HeaderFault("broken");
    const one = size(value);
    if (one < 0) throw new HeaderFault("broken");
    out.shape.push(one);
  };
  for await (const field of walk.fields(end)) {
    if (field.number === 1 && field.wire === 0) add(field.value);
    else if (field.number === 1 && field.wire === 2) while (walk.reader.at < field.end) add(await walk.varint(field.end));
    else if (field.number === 2 && field.wire === 0) out.dtype = typeName(Number(field.value));
    else if (field.number === 8 && field.wire === 2) out.name = await walk.text(field);
  }
  return out;
}

/** ValueInfoProto: name, and type.tensor_type { elem_type, shape.dim { dim_value | dim_param } } */
async function valueInfo(walk: Walker, end: number): Promise<Tensor> {
  const out: Tensor = { name: "", dtype: typeName(0), shape: [] };
  for await (const field of walk.fields(end)) {
    if (field.number === 1 && field.wire === 2) out.name = await walk.text(field);
    if (field.number !== 2 || field.wire !== 2) continue;
    for await (const kind of walk.fields(field.end)) {
      if (kind.number !== 1 || kind.wire !== 2) continue;
      for await (const part of walk.fields(kind.end)) {
        if (part.number === 1 && part.wire === 0) out.dtype = typeName(Number(part.value));
        if (part.number !== 2 || part.wire !== 2) continue;
        for await (const dimension of walk.fields(part.end)) {
          if (dimension.number !== 1 || dimension.wire !== 2) continue;
          if (out.shape.length >= maxDimensions) throw new HeaderFault("broken");
          let one: number | string = "?";
          for await (const said of walk.fields(dimension.end)) {
            if (said.number === 1 && said.wire === 0) one = size(said.value);
            else if (said.number === 2 && said.wire === 2) one = (await walk.text(said, 100)) || "?";
          }
          out.shape.push(one === -1 ? "?" : one);
        }
      }
    }
  }
  return out;
}

async function pair(walk: Walker, end: number): Promise<[string, string, bigint]> {
  let [first, second, number] = ["", "", 0n];
  for await (const field of walk.fields(end)) {
    if (field.number === 1 && field.wire === 2) first = await walk.text(field);
    else if (field.number === 2 && field.wire === 2) second = await walk.text(field);
    else if (field.number === 2 && field.wire === 0) number = BigInt.asIntN(64, field.value);
  }
  return [first, second, number];
}

export async function readOnnx(reader: ByteReader): Promise<Header> {
  const walk = new Walker(reader);
  const header: Header = { format: "ONNX", tensors: [], facts: [], inputs: [], outputs: [], cut: false };
  const fact = (name: string, value: string): void => {
    if (value !== "" && header.facts.length < maxFacts) header.facts.push({ name, value: short(value) });
  };
  let [known, nodes, graph] = [false, 0, false];
  try {
    for await (const field of walk.fields(reader.size)) {
      if (field.number === 1 && field.wire === 0) {
        header.format = `ONNX IR ${field.value}`;
        known = field.value < 1_000n;
      } else if (field.number === 2 && field.wire === 2) fact("producer_name", await walk.text(field));
      else if (field.number === 3 && field.wire === 2) fact("producer_version", await walk.text(field));
      else if (field.number === 4 && field.wire === 2) fact("domain", await walk.text(field));
      else if (field.number === 5 && field.wire === 0) fact("model_version", String(BigInt.asIntN(64, field.value)));
      else if (field.number === 6 && field.wire === 2) fact("doc_string", await walk.text(field));
      else if (field.number === 8 && field.wire === 2) {
        const [domain, , version] = await pair(walk, field.end);
        fact(domain === "" ? "opset" : `opset ${domain}`, String(version));
      } else if (field.number === 14 && field.wire === 2) {
        const [name, text] = await pair(walk, field.end);
        fact(name, text);
      } else if (field.number === 7 && field.wire === 2) {
        graph = true;
        if (!known) throw new HeaderFault("not_format");
        for await (const part of walk.fields(field.end)) {
          if (part.wire !== 2) continue;
          if (part.number === 1) nodes += 1;
          else if (part.number === 2) fact("graph", await walk.text(part));
          else if (part.number === 5) {
            if (header.tensors.length >= maxTensors) throw new HeaderFault("too_large");
            header.tensors.push(await initializer(walk, part.end));
          } else if ((part.number === 11 || part.number === 12) && header.inputs.length + header.outputs.length < 1_000) {
            (part.number === 11 ? header.inputs : header.outputs).push(await valueInfo(walk, part.end));
          }
        }
      }
    }
  } catch (fault) {
    if (!(fault instanceof HeaderFault)) throw fault;
    if (!known) throw new HeaderFault("not_format");
    if (fault.code !== "too_large") throw fault;
    header.cut = true;
  }
  if (!known || !graph) throw new HeaderFault("not_format");
  fact("nodes", String(nodes));
  // older files list the weights among the inputs as well
  const weights = new Set(header.tensors.map((one) => one.name));
  header.inputs = header.inputs.filter((one) => !weights.has(one.name));
  return header;
}
