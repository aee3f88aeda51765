# HTTP/1.1 over a Unix socket, standard library only. Several connections, one prediction at a time.
import base64
import json
import os
import re
import select
import socket
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler

from errors import InvalidInput

BODY_LIMIT = 160 * 1024 * 1024  # bytes of a request; a picture travels in base64
WATCH_S = 0.02  # how often a running call looks whether its caller is still there


class Busy(Exception):
    pass


class Gone(Exception):
    pass


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "kontor-runner"
    sys_version = ""
    wbufsize = -1  # head and body leave in one write
    timeout = 3600  # an idle kept-alive connection is Kontor's to close

    def log_message(self, *_):
        """Calls are Kontor's business to log; what a caller sent never lands in a log."""

    def answer(self, status, value):
        body = json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def refuse(self, status, message, kind="invalid_input", **more):
        self.answer(status, {"error": message, "kind": kind, **more})

    def do_GET(self):
        if self.path != "/health":
            return self.refuse(404, "there is only GET /health and POST /predict")
        model = self.server.model
        self.answer(
            200,
            {
                "status": "ready",
                "busy": self.server.slot.locked(),
                "kind": model.kind,
                "input_schema": model.input_schema,
                "output_schema": model.output_schema,
            },
        )

    def do_POST(self):
        try:
            body = self.read_body()
        except InvalidInput as error:
            self.close_connection = True  # the rest of the body was not read
            return self.refuse(413 if error.field == "body" else 400, str(error), field=error.field)
        if self.path != "/predict":
            return self.refuse(404, "there is only GET /health and POST /predict")
        try:
            request = json.loads(body)
        except (ValueError, RecursionError):
            return self.refuse(422, "body: is not valid JSON", field="body")
        if not isinstance(request, dict):
            return self.refuse(422, "body: must be a JSON object", field="body")
        self.predict(request)

    def read_body(self):
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or self.headers.get("Transfer-Encoding"):
            raise InvalidInput("Content-Length", "is required")
        if int(length) > BODY_LIMIT:
            raise InvalidInput("body", f"is larger than {BODY_LIMIT} bytes")
        body = self.rfile.read(int(length))
        if len(body) != int(length):
            raise InvalidInput("Content-Length", "promises more than was sent")
        return body

    def predict(self, request):
        try:
            call = self.server.model.start(request.get("input", {}), request.get("files") or {})
            started = time.perf_counter()
            output, files = self.run_watched(call)
            seconds = time.perf_counter() - started
            # Part of this prediction's logs; never what the caller sent.
            print(f"{self.server.model.kind}: computed in {seconds * 1000:.1f} ms", flush=True)
            encoded = {"files": {name: base64.b64encode(data).decode("ascii") for name, data in files.items()}} if files else {}
            self.answer(200, {"output": output, "metrics": {"predict_time": seconds}, **encoded})
        except Gone:
            self.close_connection = True
        except Busy:
            self.refuse(409, "busy: this runner takes one prediction at a time", kind="busy")
        except InvalidInput as error:
            self.refuse(422, str(error), field=error.field)
        except MemoryError:
            self.refuse(500, "not enough memory for this prediction", kind="failed")
        except Exception as error:  # whatever a graph can raise becomes the prediction's error
            # the graph library quotes the source files it was built from; nobody here can use that
            reason = re.sub(r"/onnxruntime_src/\S+ (\S+::\S+\(.*?\) )?", "", " ".join(str(error).split()))
            self.refuse(500, f"the model failed: {reason[:1000]}", kind="failed")

    def run_watched(self, call):
        """Runs the call on its own thread and watches the connection: a caller that leaves stops the graph."""
        if not self.server.slot.acquire(blocking=False):
            raise Busy
        done, result = threading.Event(), {}

        def work():
            try:
                result["value"] = call.run()
            except BaseException as error:
                result["error"] = error
            finally:
                self.server.slot.release()
                done.set()

        threading.Thread(target=work, daemon=True).start()
        while not done.wait(WATCH_S):
            if self.caller_left():
                call.cancel()
                raise Gone
        if "error" in result:
            raise result["error"]
        return result["value"]

    def caller_left(self):
        readable, _, _ = select.select([self.connection], [], [], 0)
        if not readable:
            return False
        try:
            return self.connection.recv(1, socket.MSG_PEEK) == b""
        except OSError:
            return True


class RunnerServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, path, model):
        self.model = model
        self.slot = threading.Lock()
        # The name appears only once the socket listens: whoever sees it can connect.
        hidden = path + ".new"
        for name in (hidden, path):
            if os.path.exists(name):
                os.unlink(name)
        super().__init__(hidden, Handler)
        os.rename(hidden, path)

    def handle_error(self, request, client_address):
        """A caller that vanished in mid-answer is no event worth a traceback."""
