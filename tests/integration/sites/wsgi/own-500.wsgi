def application(environ, start_response):
    start_response("500 Own", [("Content-Type", "text/plain")])
    return [b"own error page\n"]
