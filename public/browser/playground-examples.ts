/** Frames to begin with. */
export interface Example {
  name: string;
  from: "client" | "server";
  hex: string;
}

export const GOOD_EXAMPLES: Example[] = [
  { name: "Text from a browser", from: "client", hex: "81 85 37 fa 21 3d 7f 9f 4d 51 58" },
  { name: "The same from a server", from: "server", hex: "81 05 48 65 6c 6c 6f" },
  { name: "Ping", from: "client", hex: "89 82 0a 0b 0c 0d 42 62" },
  { name: "Close, 1000", from: "client", hex: "88 85 37 fa 21 3d 34 12 43 44 52" },
  { name: "A ping between two fragments", from: "server", hex: "01 03 48 65 6c 89 00 80 02 6c 6f" },
  { name: "An emoji in two frames", from: "server", hex: "01 02 f0 9f 80 02 98 80" },
  { name: "The header of 70,000 bytes", from: "client", hex: "81 ff 00 00 00 00 00 01 11 70 3d 54 23 39" },
];

export const BROKEN_EXAMPLES: Example[] = [
  { name: "A client without a mask", from: "client", hex: "81 05 48 65 6c 6c 6f" },
  { name: "Bare text", from: "client", hex: "48 69" },
  { name: "Reserved bits and opcode", from: "client", hex: "f3 82 37 fa 21 3d 5f 93" },
  { name: "A ping in pieces", from: "client", hex: "09 80 37 fa 21 3d" },
  { name: "A length too long by two bytes", from: "client", hex: "81 fe 00 02 00 00 00 00 68 69" },
  { name: "The top bit of a length", from: "client", hex: "81 ff 80 00 00 00 00 00 00 00 00 00 00 00" },
  { name: "A continuation of nothing", from: "client", hex: "80 82 37 fa 21 3d 5f 93" },
  { name: "Text that is not UTF-8", from: "server", hex: "81 04 48 c3 28 21" },
  { name: "Close with 1005", from: "server", hex: "88 02 03 ed" },
];
