"""Exit 0 when the web process of this machine answers. The health check of compose.yaml.

Any answer below 500 will do: a redirect to the login is a living portal.
"""

from __future__ import annotations

import http.client
import os
import sys


def main() -> int:
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].lstrip(".")
    connection = http.client.HTTPConnection(
        "127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=5
    )
    try:
        connection.request("GET", "/", headers={"Host": host, "X-Forwarded-Proto": "https"})
        return int(connection.getresponse().status >= 500)
    except OSError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
