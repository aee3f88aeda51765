// Strokes on a square pad, and the pictures made of them: what is sent, and what a model with few pixels sees. Canvas only, no DOM tree.
export const padSize = 280;
/** cells of the keyboard's pen */
export const padCells = 14;

export interface Stroke {
  width: number;
  points: { x: number; y: number }[];
}

export interface DrawingLook {
  /** dark ink on white instead of light ink on black */
  dark: boolean;
  /** moved and scaled so that the ink fills the frame */
  fit: boolean;
}

/** The box of the ink, pen width included; undefined without ink. */
export function inkBox(strokes: readonly Stroke[]): { x: number; y: number; size: number } | undefined {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { points, width } of strokes) {
    for (const { x, y } of points) {
      left = Math.min(left, x - width / 2);
      top = Math.min(top, y - width / 2);
      right = Math.max(right, x + width / 2);
      bottom = Math.max(bottom, y + width / 2);
    }
  }
  if (left > right) return undefined;
  const size = Math.max(right - left, bottom - top);
  return { x: (left + right - size) / 2, y: (top + bottom - size) / 2, size };
}

const margin = 0.04;

export function paint(context: CanvasRenderingContext2D, strokes: readonly Stroke[], look: DrawingLook): void {
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = look.dark ? "#fff" : "#000";
  context.fillRect(0, 0, padSize, padSize);
  const box = look.fit ? inkBox(strokes) : undefined;
  if (box) {
    const scale = (padSize * (1 - 2 * margin)) / box.size;
    context.setTransform(scale, 0, 0, scale, padSize * margin - box.x * scale, padSize * margin - box.y * scale);
  }
  context.strokeStyle = context.fillStyle = look.dark ? "#000" : "#fff";
  context.lineCap = context.lineJoin = "round";
  for (const { width, points } of strokes) {
    context.lineWidth = width;
    context.beginPath();
    points.forEach((one, i) => (i === 0 ? context.moveTo(one.x, one.y) : context.lineTo(one.x, one.y)));
    const only = points.length === 1 ? points[0] : undefined;
    if (only) context.lineTo(only.x, only.y + 0.01);
    context.stroke();
  }
}

/** Whether a sample is dark ink on a light ground, by its border. */
export function isDarkInk(image: HTMLImageElement): boolean | undefined {
  const n = 32;
  const canvas = Object.assign(document.createElement("canvas"), { width: n, height: n });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return undefined;
  context.drawImage(image, 0, 0, n, n);
  const { data } = context.getImageData(0, 0, n, n);
  let sum = 0;
  let count = 0;
  for (let i = 0; i < n * n; i++) {
    const [x, y] = [i % n, Math.floor(i / n)];
    if (x > 0 && y > 0 && x < n - 1 && y < n - 1) continue;
    sum += (data[i * 4] ?? 0) + (data[i * 4 + 1] ?? 0) + (data[i * 4 + 2] ?? 0);
    count += 3;
  }
  return sum / count > 127;
}

/** Averages of the fields of an n x n grid, as a picture of n x n pixels. */
export function shrink(pixels: ImageData, n: number): ImageData {
  const out = new ImageData(n, n);
  const field = pixels.width / n;
  for (let row = 0; row < n; row++) {
    for (let column = 0; column < n; column++) {
      let sum = 0;
      let count = 0;
      for (let y = Math.floor(row * field); y < (row + 1) * field; y++) {
        for (let x = Math.floor(column * field); x < (column + 1) * field; x++) {
          sum += pixels.data[(y * pixels.width + x) * 4] ?? 0;
          count += 1;
        }
      }
      out.data.set([sum / count, sum / count, sum / count, 255], (row * n + column) * 4);
    }
  }
  return out;
}
