def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])

    def body():
        yield b"x" * 20000
        raise RuntimeError("after the first part")
    return body()
