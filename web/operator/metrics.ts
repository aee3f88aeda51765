// Reads the text format of /metrics: one name, labels, value a line.

export interface Metric {
  name: string;
  /** as they stand between the braces */
  labels: string;
  value: number;
}

export function readMetrics(text: string): Metric[] {
  return text.split("\n").flatMap((line): Metric[] => {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{([^}]*)\})?\s+(\S+)/.exec(line);
    const value = Number(match?.[3]);
    return match?.[1] && !line.startsWith("#") && !Number.isNaN(value) ? [{ name: match[1], labels: match[2] ?? "", value }] : [];
  });
}
