// Gives the reader a file that was made here.

export function saveFile(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name.replace(/[^\p{L}\p{N}._-]+/gu, "-");
  document.body.append(link);
  link.click();
  link.remove();
  // the download has taken the data by then
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
