"""A small server on loopback that speaks OpenAI's protocol and misbehaves as it is told: for tests alone."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


def answer(text="fine", **changes):
    """A well-formed answer, or one with other entries at the top."""
    message = {"role": "assistant", "content": text}
    body = {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "usage": USAGE}
    return body | {"choices": [{"index": 0, "finish_reason": "stop", "message": message}]} | changes


class Faulty(ThreadingHTTPServer):
    """Gives one reply after another, the last for ever: (status, body, headers), bytes, "silence" or "hang up"."""

    def __init__(self, replies):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies, self.requests, self.headers = list(replies), [], []
        self.lock, self.stopping = threading.Lock(), threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}/v1"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.requests.append((self.path, body))
            self.server.headers.append({name.lower(): value for name, value in self.headers.items()})
            left = self.server.replies
            reply = left.pop(0) if len(left) > 1 else left[0]
        reply = reply(body) if callable(reply) else reply
        if reply == "silence":
            self.server.stopping.wait(30)
        if isinstance(reply, str):
            return
        status, content, headers = reply if isinstance(reply, tuple) else (200, reply, {})
        content = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json", "Content-Length": len(content)} | headers).items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


@contextmanager
def serving(*replies):
    """A server that runs within the block, then is gone."""
    with Faulty(replies) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            server.shutdown()
            thread.join()
