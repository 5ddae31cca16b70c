/** What can be sent: a number goes as its digits, nothing as no bytes, a list of numbers as so many bytes. */
export type Data = string | number | ArrayBufferLike | ArrayBufferView | readonly number[] | null | undefined;

/**
 * The bytes to send; a view of those that are there, not a copy. Throws a `TypeError` if the data is
 * nothing that has bytes.
 */
export function toBuffer(data: Data): Buffer {
  if (data instanceof Buffer) return data;
  if (typeof data === "number") return Buffer.from(`${data}`);
  // A view's own bytes, whatever its elements are: 1 in a Float64Array is eight of them.
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.from((data ?? "") as string);
}

/** A copy: the memory around a Buffer can hold other people's bytes. */
export function toArrayBuffer(data: Buffer): ArrayBuffer {
  return Uint8Array.from(data).buffer;
}

/** In memory of its own: a small `Buffer.from` is a slice of a pool, which can be as large as a chunk. */
export function copyOf(data: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(data.length);
  data.copy(copy);
  return copy;
}
