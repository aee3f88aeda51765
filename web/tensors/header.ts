// What the header of a file of weights comes to, whatever its format; and why one could not be read.

/** truncated: it ends too early; not_format: it is something else; broken: it contradicts itself; too_large: beyond what is read here; refused: the server did not give it */
export type FaultCode = "truncated" | "not_format" | "broken" | "too_large" | "refused" | "lost";

export class HeaderFault extends Error {
  readonly code: FaultCode;
  constructor(code: FaultCode) {
    super(code);
    this.code = code;
  }
}

export interface Tensor {
  name: string;
  dtype: string;
  /** a text: a size that is known only when the model runs ("batch") */
  shape: (number | string)[];
}

export interface Fact {
  name: string;
  value: string;
}

export interface Header {
  /** "GGUF 3", "ONNX IR 8" */
  format: string;
  tensors: Tensor[];
  facts: Fact[];
  /** of a graph; empty where the format has none */
  inputs: Tensor[];
  outputs: Tensor[];
  /** a limit was met: there is more in the file */
  cut: boolean;
}

export const maxTensors = 50_000;
export const maxFacts = 500;
export const maxName = 1_000;
export const maxDimensions = 32;

/** Values in a tensor; undefined while a size is open. Sizes come from the file: the product may be larger than any number of the language. */
export function valuesIn(shape: readonly (number | string)[]): bigint | undefined {
  let product = 1n;
  for (const one of shape) {
    if (typeof one === "string") return undefined;
    product *= BigInt(one);
  }
  return product;
}

export function sumOf(tensors: readonly Tensor[]): { all: bigint; byType: { dtype: string; count: bigint }[] } {
  const counts = new Map<string, bigint>();
  let all = 0n;
  for (const { dtype, shape } of tensors) {
    const count = valuesIn(shape) ?? 0n;
    all += count;
    counts.set(dtype, (counts.get(dtype) ?? 0n) + count);
  }
  return { all, byType: [...counts].map(([dtype, count]) => ({ dtype, count })).sort((a, b) => (b.count > a.count ? 1 : b.count < a.count ? -1 : 0)) };
}

const longestValue = 300;

/** A value of the metadata as one line that is not too long. */
export function short(text: string): string {
  const line = text.slice(0, longestValue * 2).replace(/\s+/g, " ").trim();
  return line.length > longestValue || text.length > longestValue * 2 ? `${line.slice(0, longestValue)}…` : line;
}
