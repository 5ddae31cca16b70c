import base64
import hashlib
import os
import socketserver

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept_key(key):
    """The answer to a client's key. RFC 6455, section 4.2.2."""
    digest = hashlib.sha1((key + GUID).encode("latin1")).digest()
    return base64.b64encode(digest).decode("latin1")


def print_bytes(data):
    for i in range(0, len(data), 4):
        row = data[i : i + 4]
        bits = " ".join(f"{byte:08b}" for byte in row)
        print(f"  {row.hex(' '):11}   {bits}", flush=True)


class Connection(socketserver.StreamRequestHandler):
    def handle(self):
        self.rfile.readline()
        headers = {}
        while line := self.rfile.readline().strip():
            name, _, value = line.decode("latin1").partition(":")
            headers[name.strip().lower()] = value.strip()
        if "sec-websocket-key" not in headers:
            return

        print("Upgrading to WebSocket protocol", flush=True)
        self.wfile.write(
            "HTTP/1.1 101 Switching Protocols\r\n"
            "Upgrade: websocket\r\n"
            "Connection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept_key(headers['sec-websocket-key'])}\r\n"
            "\r\n".encode("latin1")
        )
        # Not rfile: it has a buffer of its own, and waits until that is full.
        while data := self.request.recv(65536):
            print(f"Received {len(data)} bytes", flush=True)
            print_bytes(data)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


port = int(os.environ.get("PORT", "8000"))
print(f"Listening on port {port}", flush=True)
Server(("127.0.0.1", port), Connection).serve_forever()
