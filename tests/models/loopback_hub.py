"""A hub on this machine: serves folders in the layout that huggingface_hub asks for."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve `folder`/<owner>/<name>/..., data sets below `datasets/`; yields the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(with_body=True)

        def do_HEAD(self) -> None:
            self.answer(with_body=False)

        def answer(self, with_body: bool) -> None:
            asked = re.sub(r"/resolve/[^/]+/|\?.*", "/", self.path).strip("/")
            if "/tree/" in asked:  # transformers looks for a folder of chat templates
                body, status = b"[]", 200
            elif asked.startswith("api/models/"):
                body, status = json.dumps(self.about(asked)).encode(), 200
            elif (folder / asked).is_file():
                body, status = (folder / asked).read_bytes(), 200
            else:
                body, status = b"", 404
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", f'"{hashlib.sha1(body).hexdigest()}"')
            if status == 404:
                self.send_header("X-Error-Code", "EntryNotFound")
            self.end_headers()
            if with_body:
                self.wfile.write(body)

        def about(self, path: str) -> dict:
            repository = "/".join(path.split("/")[2:4])
            files = [file.name for file in (folder / repository).iterdir()]
            return {"id": repository, "sha": COMMIT, "siblings": [{"rfilename": f} for f in files]}

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
