import { FrameParser, type FrameSink } from "../frame-parser.ts";

// Two frames, "Hi" and an empty one, in four chunks.
const chunks = ["81", "823d5423", "3975", "3d81803d542339"];

const sink: FrameSink = {
  onHeader({ length }) {
    console.log(`  onHeader: ${length} bytes to come`);
  },
  onPayload(header, part) {
    console.log(`  onPayload: ${part}`);
  },
  onFrameEnd() {
    console.log("  onFrameEnd");
  },
};

const parser = new FrameParser();
for (const chunk of chunks) {
  console.log(`push ${chunk}`);
  parser.push(Buffer.from(chunk, "hex"), sink);
}
