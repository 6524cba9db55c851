"""A web server of the suite's own: what a content library server pulls from, and subscribes to."""

import http.server
import json
import threading
import urllib.parse


class Source:
    """Serves `files`, bytes by path, on the loopback, until the block ends. `paths` are those that were asked for."""

    def __init__(self, files):
        self.files, self.paths, self.is_gone = files, [], False

    def __enter__(self):
        source = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                if source.is_gone:
                    # A connection that was kept alive does not keep the server alive.
                    self.close_connection = True
                    return
                source.paths.append(self.path)
                body = source.files.get(self.path)
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body or b"")

            do_HEAD = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.is_gone = True
        self.server.shutdown()
        self.server.server_close()


def published(items, version=1):
    """A published library, as VMware's own script lays one out: files of bytes by item name."""
    created = "2026-01-02T03:04Z"
    files, index = {}, []
    for number, (name, content) in enumerate(sorted(items.items())):
        entries = [
            {"name": file, "size": len(body), "etag": str(version), "hrefs": [urllib.parse.quote(f"{name}/{file}")], "generationNum": version}
            for file, body in sorted(content.items())]
        item = {
            "created": created, "description": "", "version": str(version), "contentVersion": str(version), "files": entries,
            "id": f"urn:uuid:11111111-1111-4111-8111-{number:012}", "name": name, "metadata": [], "properties": {}, "type": "vcsp.other",
            "selfHref": f"{name}/item.json"}
        index.append(item)
        files[f"/{name}/item.json"] = json.dumps(item).encode()
        files |= {urllib.parse.quote(f"/{name}/{file}"): body for file, body in content.items()}
    files["/items.json"] = json.dumps({"items": index}).encode()
    files["/lib.json"] = json.dumps({
        "vcspVersion": "2", "version": str(version), "contentVersion": "1", "name": "published", "created": created,
        "id": "urn:uuid:22222222-2222-4222-8222-222222222222", "capabilities": {"transferIn": ["httpGet"], "transferOut": ["httpGet"]},
        "itemsHref": "items.json"}).encode()
    return files
