import time


def application(environ, start_response):
    time.sleep(8)
    start_response("200 OK", [])
    return []
