// Headers of weights: small real files of each format, made here byte by byte, and what happens to cut, foreign and lying ones.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readGguf } from "../tensors/gguf.ts";
import { HeaderFault, sumOf, valuesIn, type FaultCode, type Header } from "../tensors/header.ts";
import { readOnnx } from "../tensors/onnx.ts";
import { ByteReader, maxBytes } from "../tensors/reader.ts";
import { readSafetensors } from "../tensors/safetensors.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const number = (size: 1 | 4 | 8, value: number | bigint): Uint8Array => {
  const out = Buffer.alloc(size);
  if (size === 8) out.writeBigUInt64LE(BigInt(value));
  else if (size === 4) out.writeUInt32LE(Number(value));
  else out.writeUInt8(Number(value));
  return new Uint8Array(out);
};
const float = (value: number): Uint8Array => new Uint8Array(new Float32Array([value]).buffer);

type Read = (reader: ByteReader) => Promise<Header>;
interface Asked {
  requests: number;
  bytes: number;
}
const open = (file: Uint8Array, size = file.length, asked: Asked = { requests: 0, bytes: 0 }): ByteReader =>
  new ByteReader((from, to) => {
    asked.requests += 1;
    asked.bytes += to - from;
    return Promise.resolve(file.slice(from, to));
  }, size);
const refuses = async (read: Read, file: Uint8Array, code: FaultCode, what: string, size = file.length): Promise<void> => {
  await assert.rejects(read(open(file, size)), (fault: unknown) => {
    assert.ok(fault instanceof HeaderFault, `${what}: ${String(fault)}`);
    assert.equal(fault.code, code, what);
    return true;
  });
};

// ---- safetensors

const safetensors = (header: unknown, data = 0): Uint8Array => {
  const text = utf8(typeof header === "string" ? header : JSON.stringify(header));
  return join(number(8, text.length), text, new Uint8Array(data));
};
const layers = {
  __metadata__: { format: "pt", note: "a  note\nof two lines" },
  "layer.weight": { dtype: "F32", shape: [10, 64], data_offsets: [0, 2560] },
  "layer.bias": { dtype: "BF16", shape: [10], data_offsets: [2560, 2580] },
  scale: { dtype: "F32", shape: [], data_offsets: [2580, 2584] },
};

test("safetensors", async () => {
  const header = await readSafetensors(open(safetensors(layers, 2584)));
  assert.deepEqual(header.tensors, [{ name: "layer.weight", dtype: "F32", shape: [10, 64] }, { name: "layer.bias", dtype: "BF16", shape: [10] }, { name: "scale", dtype: "F32", shape: [] }]);
  assert.deepEqual(header.facts, [{ name: "format", value: "pt" }, { name: "note", value: "a note of two lines" }]);
  const { all, byType } = sumOf(header.tensors);
  assert.equal(all, 651n);
  assert.deepEqual(byType, [{ dtype: "F32", count: 641n }, { dtype: "BF16", count: 10n }]);
});

test("safetensors that lie", async () => {
  const good = safetensors(layers, 2584);
  await refuses(readSafetensors, good.slice(0, 60), "truncated", "header cut");
  await refuses(readSafetensors, good.slice(0, -100), "truncated", "data cut");
  await refuses(readSafetensors, good.slice(0, 5), "truncated", "length cut");
  await refuses(readSafetensors, utf8("<!doctype html><html>"), "not_format", "a page");
  await refuses(readSafetensors, safetensors("[1, 2]"), "not_format", "a list");
  await refuses(readSafetensors, safetensors("{\"a\": "), "broken", "half a JSON");
  await refuses(readSafetensors, safetensors(`{"a":${"[".repeat(50_000)}`), "broken", "deep");
  await refuses(readSafetensors, join(number(8, 90_000_000n), utf8("{")), "too_large", "a header of 90 MB", 100_000_000);
  for (const [what, tensor] of Object.entries({
    "no shape": { dtype: "F32", data_offsets: [0, 4] }, "negative": { dtype: "F32", shape: [-1], data_offsets: [0, 4] }, "fraction": { dtype: "F32", shape: [0.5], data_offsets: [0, 4] },
    "backwards": { dtype: "F32", shape: [1], data_offsets: [4, 0] }, "too many dimensions": { dtype: "F32", shape: new Array<number>(40).fill(1), data_offsets: [0, 4] }, "text": "x", "type": { dtype: 1, shape: [1], data_offsets: [0, 4] },
  })) await refuses(readSafetensors, safetensors({ x: tensor }, 4), "broken", what);
  const proto = await readSafetensors(open(safetensors("{\"__proto__\":{\"dtype\":\"F32\",\"shape\":[9007199254740991,9007199254740991],\"data_offsets\":[0,4]}}", 4)));
  assert.equal(proto.tensors[0]?.name, "__proto__");
  assert.equal(sumOf(proto.tensors).all, 9007199254740991n ** 2n);
});

// ---- GGUF

const ggufText = (text: string | Uint8Array): Uint8Array => {
  const bytes = typeof text === "string" ? utf8(text) : text;
  return join(number(8, bytes.length), bytes);
};
const pair = (name: string, type: number, value: Uint8Array): Uint8Array => join(ggufText(name), number(4, type), value);
const ggufTensor = (name: string, shape: (number | bigint)[], type: number): Uint8Array =>
  join(ggufText(name), number(4, shape.length), ...shape.map((one) => number(8, one)), number(4, type), number(8, 0));
const gguf = (pairs: Uint8Array[], tensors: Uint8Array[], data = 256): Uint8Array =>
  join(utf8("GGUF"), number(4, 3), number(8, tensors.length), number(8, pairs.length), ...pairs, ...tensors, new Uint8Array(data));
const words = (count: number): Uint8Array => join(number(4, 8), number(8, count), ...Array.from({ length: count }, (_, i) => ggufText(`word${i}`)));

test("GGUF", async () => {
  const header = await readGguf(open(gguf(
    [pair("general.architecture", 8, ggufText("llama")), pair("llama.block_count", 4, number(4, 32)), pair("eps", 6, float(0.00001)), pair("flag", 7, number(1, 1)), pair("big", 10, number(8, 2n ** 63n)),
      pair("tokenizer.ggml.tokens", 9, words(20_000)), pair("few", 9, join(number(4, 4), number(8, 2), number(4, 7), number(4, 8)))],
    [ggufTensor("token_embd.weight", [4096, 32000], 12), ggufTensor("output_norm.weight", [4096], 0), ggufTensor("new", [2], 77)],
  )));
  assert.equal(header.format, "GGUF 3");
  assert.deepEqual(header.tensors, [{ name: "token_embd.weight", dtype: "Q4_K", shape: [32000, 4096] }, { name: "output_norm.weight", dtype: "F32", shape: [4096] }, { name: "new", dtype: "type 77", shape: [2] }]);
  assert.deepEqual(Object.fromEntries(header.facts.map(({ name, value }) => [name, value])), {
    "general.architecture": "llama", "llama.block_count": "32", "eps": "0.00001", "flag": "true", "big": String(2n ** 63n),
    "tokenizer.ggml.tokens": "[20000] word0, word1, word2, word3, word4, word5, word6, word7, …", "few": "[2] 7, 8",
  });
});

test("GGUF that lies", async () => {
  const good = gguf([pair("a", 8, ggufText("b"))], [ggufTensor("t", [2, 2], 0)]);
  await refuses(readGguf, utf8("ELF not this"), "not_format", "another file");
  await refuses(readGguf, good.slice(0, 40), "truncated", "cut");
  const counts = (tensors: bigint, pairs: bigint): Uint8Array => join(utf8("GGUF"), number(4, 3), number(8, tensors), number(8, pairs), new Uint8Array(2_000));
  await refuses(readGguf, counts(2n ** 63n, 0n), "truncated", "more tensors than bytes");
  await refuses(readGguf, counts(0n, 2n ** 64n - 1n), "truncated", "more pairs than bytes");
  await refuses(readGguf, gguf([join(number(8, 2n ** 62n), number(4, 8))], []), "truncated", "a name longer than the file");
  await refuses(readGguf, gguf([pair("x", 99, number(8, 0))], []), "broken", "an unknown type");
  await refuses(readGguf, gguf([pair("x", 9, join(number(4, 8), number(8, 2n ** 60n)))], []), "truncated", "a list longer than the file");
  const nested = (depth: number): Uint8Array => (depth === 0 ? join(number(4, 4), number(8, 0)) : join(number(4, 9), number(8, 1), nested(depth - 1)));
  await refuses(readGguf, gguf([pair("x", 9, nested(50))], []), "broken", "lists in lists");
  await refuses(readGguf, gguf([], [ggufTensor("t", new Array<number>(100).fill(1), 0)]), "broken", "a hundred dimensions");
  await refuses(readGguf, gguf([], [ggufTensor("t", [2n ** 60n], 0)]), "broken", "a dimension beyond numbers");
  await refuses(readGguf, join(utf8("GGUF"), number(4, 0x03000000), new Uint8Array(100)), "not_format", "big endian");
});

// ---- ONNX

const varint = (value: bigint): Uint8Array => {
  const out: number[] = [];
  let left = BigInt.asUintN(64, value);
  do {
    out.push(Number(left & 0x7fn) | (left > 0x7fn ? 0x80 : 0));
    left >>= 7n;
  } while (left > 0n);
  return Uint8Array.from(out);
};
const int = (field: number, value: number | bigint): Uint8Array => join(varint(BigInt(field) << 3n), varint(BigInt(value)));
const bytes = (field: number, value: Uint8Array | string): Uint8Array => {
  const body = typeof value === "string" ? utf8(value) : value;
  return join(varint((BigInt(field) << 3n) | 2n), varint(BigInt(body.length)), body);
};
const valueInfo = (name: string, type: number, shape: (number | string)[]): Uint8Array =>
  join(bytes(1, name), bytes(2, bytes(1, join(int(1, type), bytes(2, join(...shape.map((one) => bytes(1, typeof one === "string" ? bytes(2, one) : int(1, one)))))))));
const weights = (name: string, type: number, dims: number[], raw: number, packed = false): Uint8Array =>
  join(packed ? bytes(1, join(...dims.map((one) => varint(BigInt(one))))) : join(...dims.map((one) => int(1, one))), int(2, type), bytes(8, name), bytes(9, new Uint8Array(raw)));
const node = (op: string): Uint8Array => join(bytes(1, "x"), bytes(2, "y"), bytes(4, op));
const onnx = (graph: Uint8Array[], more: Uint8Array[] = []): Uint8Array =>
  join(int(1, 8), bytes(2, "pytorch"), bytes(3, "2.3"), bytes(7, join(...graph)), bytes(8, join(bytes(1, ""), int(2, 17))), bytes(8, join(bytes(1, "ai.onnx.ml"), int(2, 3))), ...more);

test("ONNX", async () => {
  const asked = { requests: 0, bytes: 0 };
  const file = onnx(
    [bytes(1, node("Conv")), bytes(1, node("Relu")), bytes(2, "main"), bytes(5, weights("w", 1, [64, 3, 7, 7], 5_000_000)), bytes(5, weights("b", 7, [64], 512, true)),
      bytes(11, valueInfo("image", 1, ["batch", 3, 224, 224])), bytes(11, valueInfo("w", 1, [64, 3, 7, 7])), bytes(12, valueInfo("score", 1, ["batch", 1000]))],
    [bytes(14, join(bytes(1, "author"), bytes(2, "bob")))],
  );
  const header = await readOnnx(open(file, file.length, asked));
  assert.equal(header.format, "ONNX IR 8");
  assert.deepEqual(header.tensors, [{ name: "w", dtype: "FLOAT", shape: [64, 3, 7, 7] }, { name: "b", dtype: "INT64", shape: [64] }]);
  assert.deepEqual(header.inputs, [{ name: "image", dtype: "FLOAT", shape: ["batch", 3, 224, 224] }]);
  assert.deepEqual(header.outputs, [{ name: "score", dtype: "FLOAT", shape: ["batch", 1000] }]);
  assert.deepEqual(header.facts, [{ name: "producer_name", value: "pytorch" }, { name: "producer_version", value: "2.3" }, { name: "graph", value: "main" }, { name: "opset", value: "17" },
    { name: "opset ai.onnx.ml", value: "3" }, { name: "author", value: "bob" }, { name: "nodes", value: "2" }]);
  assert.equal(valuesIn(header.inputs[0]?.shape ?? []), undefined);
  assert.ok(asked.bytes < 300_000 && asked.requests < 6, `weights are passed over: ${asked.bytes} bytes, ${asked.requests} requests`);
});

test("ONNX that lies", async () => {
  const good = onnx([bytes(1, node("Add")), bytes(5, weights("w", 1, [2], 8))]);
  await refuses(readOnnx, new Uint8Array(0), "not_format", "nothing");
  await refuses(readOnnx, utf8("PK\u0003\u0004 a zip is no model"), "not_format", "a zip");
  await refuses(readOnnx, utf8("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"), "not_format", "a pointer");
  await refuses(readOnnx, good.slice(0, 40), "truncated", "cut");
  await refuses(readOnnx, int(1, 8), "not_format", "no graph");
  await refuses(readOnnx, onnx([join(varint((5n << 3n) | 2n), varint(2n ** 62n))]), "broken", "weights longer than their graph");
  await refuses(readOnnx, onnx([bytes(5, int(1, -5))]), "broken", "a negative size");
  await refuses(readOnnx, onnx([bytes(5, join(...new Array<Uint8Array>(40).fill(int(1, 1))))]), "broken", "forty dimensions");
  await refuses(readOnnx, onnx([Uint8Array.from([0x2b])]), "broken", "a group");
  await refuses(readOnnx, onnx([Uint8Array.from([0x28, ...new Array<number>(11).fill(0xff)])]), "broken", "a number without end");
});

test("a file that is large everywhere is read up to a limit, and says so", async () => {
  const asked = { requests: 0, bytes: 0 };
  const part = bytes(5, weights("w", 1, [8], 20_000));
  const file = onnx(new Array<Uint8Array>(3_000).fill(part));
  const header = await readOnnx(open(file, file.length, asked));
  assert.ok(header.cut && header.tensors.length > 300 && header.tensors.length < 3_000);
  assert.ok(asked.bytes <= maxBytes && asked.requests <= 400);
});

test("any bytes end in a header or in a reason", async () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % below;
  };
  const samples: [Read, Uint8Array][] = [
    [readSafetensors, safetensors(layers, 2584)],
    [readGguf, gguf([pair("a", 8, ggufText("b")), pair("l", 9, words(5))], [ggufTensor("t", [2, 2], 0), ggufTensor("u", [3], 1)])],
    [readOnnx, onnx([bytes(1, node("Add")), bytes(5, weights("w", 1, [2], 8)), bytes(11, valueInfo("x", 1, ["n", 2]))])],
  ];
  for (const [read, good] of samples) {
    for (let round = 0; round < 2_000; round++) {
      const bad = good.slice(0, random(4) === 0 ? random(good.length) : good.length);
      for (let i = random(6); i >= 0 && bad.length > 0; i--) bad[random(bad.length)] = random(256);
      try {
        const header = await read(open(bad));
        sumOf(header.tensors);
      } catch (fault) {
        assert.ok(fault instanceof HeaderFault, String(fault));
      }
    }
  }
});
