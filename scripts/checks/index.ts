export { hex } from "./bytes.ts";
export { CheckError } from "./check-error.ts";
export { checksOf, type Check } from "./check.ts";
export {
  expectAccepted,
  expectHeader,
  expectRefused,
  type HeaderExpectation,
} from "./expectations.ts";
export type { RawClient } from "./raw-client.ts";
export { closePayload, expectClose, expectFrame, frame, OP, readFrame, type FrameOptions } from "./frames.ts";
export {
  acceptValue,
  RawServer,
  readClientFrame,
  readRequest,
  switchingResponse,
  type ClientFrame,
  type ClientRequest,
  type ResponseOptions,
} from "./raw-server.ts";
export { runProgram } from "./run-program.ts";
export { ServerUnderTest } from "./server-under-test.ts";
export type { RequirementId } from "./requirements.ts";
export { SAMPLE_ACCEPT, SAMPLE_KEY, type RequestOptions } from "./upgrade-request.ts";
