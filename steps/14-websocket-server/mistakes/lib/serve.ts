import { parseTokens } from "../../header-values.ts";
import { refusal } from "../../handshake.ts";
import { createHttpServer, refuse } from "../../refusal.ts";
import { WebSocketServer } from "../../websocket-server.ts";

export type Parts = {
  /** The subprotocols in the header, or `undefined` if it must be refused. */
  parse?: (header: string) => string[] | undefined;
  /** What the answer's header says; `undefined` leaves it out. */
  choose?: (offered: string[]) => string | undefined;
  /** What comes back of a text. */
  answer?: (text: string, protocol: string | undefined) => string;
};

/** The server of this step, with its subprotocols in its own hand and some parts replaced. */
export function serve(parts: Parts): void {
  const { parse = parseUnique, choose = chooseSpoken, answer = speak } = parts;
  const port = Number(process.env.PORT ?? 8000);
  const server = new WebSocketServer({ noServer: true });
  const httpServer = createHttpServer();
  httpServer.on("upgrade", (request, socket, head) => {
    const header = request.headers["sec-websocket-protocol"];
    // The library must not look at it: it makes none of these mistakes.
    delete request.headers["sec-websocket-protocol"];
    const offered = header === undefined ? [] : parse(header);
    if (offered === undefined) return refuse(socket, refusal(400, "This is no list of subprotocols."));

    const protocol = header === undefined ? undefined : choose(offered);
    const addLine = (lines: string[]) => {
      if (protocol !== undefined) lines.push(`Sec-WebSocket-Protocol: ${protocol}`);
    };
    server.on("headers", addLine);
    server.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on("error", () => {});
      webSocket.on("message", (data, isBinary) => {
        if (isBinary) webSocket.send(data);
        else webSocket.send(answer(data.toString(), protocol));
      });
    });
    server.off("headers", addLine);
  });
  httpServer.listen(port, () => console.log(`Listening on port ${port}`));
}

function parseUnique(header: string): string[] | undefined {
  const tokens = parseTokens(header);
  return tokens !== undefined && new Set(tokens).size === tokens.length ? tokens : undefined;
}

function chooseSpoken(offered: string[]): string | undefined {
  return offered.find((name) => name === "echo" || name === "shout");
}

function speak(text: string, protocol: string | undefined): string {
  return protocol === "shout" ? text.toUpperCase() : text;
}
