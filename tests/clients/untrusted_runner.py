# Stands in for workers/runner/runner.py: a model that has taken its process over. What it answers, the caller's input says.
import argparse
import base64
import json
import os
import socket

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==")


def coded(data):
    return base64.b64encode(data).decode()


def answer(case, other):
    if case == "good":
        return {"output": {"$file": "a.png"}, "files": {"a.png": coded(PNG)}}
    if case == "html":
        return {"output": {"$file": "a.png"}, "files": {"a.png": coded(b"<script>alert(1)</script>")}}
    if case == "html name":
        return {"output": {"$file": "a.html"}, "files": {"a.html": coded(PNG)}}
    if case == "path":
        return {"output": {"$file": "../../a.png"}, "files": {"../../a.png": coded(PNG)}}
    if case == "header":
        return {"output": {"$file": "a\r\nX-A: b.png"}, "files": {"a\r\nX-A: b.png": coded(PNG)}}
    if case == "not base64":
        return {"output": {"$file": "a.png"}, "files": {"a.png": "!!!"}}
    if case == "not text":
        return {"output": {"$file": "a.png"}, "files": {"a.png": [1]}}
    if case == "missing":
        return {"output": [{"$file": "a.png"}, {"$file": "b.png"}], "files": {"a.png": coded(PNG)}}
    if case == "unnamed":
        return {"output": {"$file": "a.png"}, "files": {"a.png": coded(PNG), "b.png": coded(PNG)}}
    if case == "somebody else's":
        return {"output": {"$file": other}}
    if case == "as it is stored":
        return {"output": {"$file": other, "type": "image/png", "size": 1, "expires": 4102444800}}
    if case == "beside its own":
        return {"output": [{"$file": "a.png"}, {"deep": [{"$file": other, "type": "image/png", "size": 1, "expires": 4102444800}]}], "files": {"a.png": coded(PNG)}}
    if case == "many":
        names = [f"{number}.png" for number in range(300)]
        return {"output": [{"$file": name} for name in names], "files": {name: coded(PNG) for name in names}}
    if case == "large":
        return {"output": {"$file": "a.png"}, "files": {"a.png": coded(PNG + bytes(33 << 20))}}
    raise ValueError(case)


def serve(listener):
    while True:
        connection, _ = listener.accept()
        stream = connection.makefile("rb")
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += stream.readline()
        length = int(next(line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")))
        body = stream.read(length)
        if head.startswith(b"GET"):
            schema = {"type": "object", "properties": {"case": {"type": "string"}, "other": {"type": "string"}}, "required": ["case"]}
            value = {"status": "ready", "kind": "image-to-image", "input_schema": schema, "output_schema": {"type": "string", "format": "uri"}}
            text = json.dumps(value).encode()
        else:
            given = json.loads(body)["input"]
            case = given["case"]
            text = json.dumps(answer("good" if case == "half" else case, given.get("other", ""))).encode()
            if case == "half":
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(text) + text[: len(text) // 2])
                os._exit(1)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(text) + text)
        connection.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--model")
    parser.add_argument("--socket")
    path = parser.parse_args().socket
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path + ".new")
    listener.listen()
    os.rename(path + ".new", path)
    serve(listener)
