import traceback


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"first"
    try:
        {}["today"]
    except KeyError:
        traceback.print_exc(file=environ["wsgi.errors"])
    yield b" and second"
