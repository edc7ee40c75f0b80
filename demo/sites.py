# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the mod_errclarity authors
"""sites.py - the demo's broken sample sites.

Each is a folder of the document root, broken in one way that hosting support
sees every day, and the configuration it needs. {root} in a configuration is
the stage's folder, {dir} the site's own, {closed_port} a port on which nobody
listens. Nothing here knows how the servers are started (stage.py) or how the
answers are shown (demo.py)."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Site:
    """One broken site.

    name    folder and first part of the path
    page    rest of the path
    title   what is broken, in a few words
    cause   the slug that must be diagnosed: the demo checks itself
    files   name: (mode, bytes)
    conf    server configuration
    needs   names of components, see stage.COMPONENTS
    """
    name: str
    page: str
    title: str
    cause: str
    files: dict
    conf: str = ""
    needs: tuple = ()

    @property
    def path(self):
        return f"/{self.name}/{self.page}"


CGI = """\
<Directory {dir}>
    Options +ExecCGI
    AddHandler cgi-script .cgi
</Directory>
"""

PHP = """\
<Directory {dir}>
    <FilesMatch "\\.php$">
        SetHandler "proxy:unix:{root}/run/php.sock|fcgi://localhost"
    </FilesMatch>
</Directory>
"""

HTACCESS = """\
<Directory {dir}>
    AllowOverride All
</Directory>
"""

SITES = [
    Site("cgi-interpreter", "report.cgi",
         "CGI: the script's interpreter is not installed",
         "cgi.interpreter-missing",
         {"report.cgi": (0o755, b"#!/opt/python2.7/bin/python\n"
                                b"print('Content-Type: text/plain')\n"
                                b"print()\nprint('the report')\n")},
         CGI, ("cgi",)),
    Site("cgi-crlf", "guestbook.cgi",
         "CGI: uploaded with Windows line ends",
         "cgi.crlf-shebang",
         {"guestbook.cgi": (0o755, b"#!/bin/sh\r\n"
                                   b"echo Content-Type: text/plain\r\n"
                                   b"echo\r\necho hello\r\n")},
         CGI, ("cgi",)),
    Site("cgi-header", "counter.cgi",
         "CGI: prints text before its headers",
         "cgi.bad-header",
         {"counter.cgi": (0o755, b"#!/bin/sh\n"
                                 b"echo 'the counter is now 41'\n"
                                 b"echo 'Content-Type: text/plain'\n"
                                 b"echo\necho 42\n")},
         CGI, ("cgi",)),
    Site("php-fatal", "index.php",
         "PHP: the theme calls a function that does not exist",
         "app.php-uncaught-exception",
         {"index.php": (0o644, b"<?php\nrequire __DIR__ . '/theme.php';\n"
                               b"show_page('home');\n"),
          "theme.php": (0o644, b"<?php\nfunction show_page($name)\n{\n"
                               b"    echo '<h1>' . render_title($name) . "
                               b"'</h1>';\n}\n")},
         PHP, ("php",)),
    Site("php-memory", "export.php",
         "PHP: the export needs more than memory_limit",
         "resource.memory-limit",
         {"export.php": (0o644, b"<?php\n$rows = [];\n"
                                b"for ($i = 0; ; $i++) {\n"
                                b"    $rows[] = str_repeat('row', 10000) . $i;"
                                b"\n}\n")},
         PHP, ("php",)),
    Site("php-masked", "list.php",
         "PHP: dies, but the client is told 200 (display_errors)",
         "dependency.database-unreachable",
         {"list.php": (0o644,
                       b"<?php\nini_set('display_errors', '1');\n"
                       b"throw new PDOException('SQLSTATE[HY000] [2002] "
                       b"Connection refused');\n")},
         PHP, ("php",)),
    Site("fpm-down", "index.php",
         "PHP-FPM: the pool is not running",
         "upstream.socket-missing",
         {"index.php": (0o644, b"<?php echo 'hello';\n")},
         PHP.replace("php.sock", "stopped-pool.sock"), ("proxy_fcgi",)),
    Site("htaccess", "",
         ".htaccess: a directive of a module that is not loaded",
         "config.unknown-directive",
         {"index.html": (0o644, b"<h1>The shop</h1>\n"),
          ".htaccess": (0o644, b"Options -Indexes\n"
                               b"php_value upload_max_filesize 64M\n")},
         HTACCESS),
    Site("rewrite-loop", "products/7",
         "mod_rewrite: a front controller that rewrites itself",
         "config.redirect-loop",
         {".htaccess": (0o644, b"RewriteEngine On\n"
                               b"RewriteRule ^(.*)$ app/$1 [L]\n")},
         HTACCESS, ("rewrite",)),
    Site("proxy-refused", "",
         "Proxy: nothing listens on the backend's port",
         "upstream.refused", {},
         'ProxyPass "/proxy-refused/" "http://127.0.0.1:{closed_port}/"\n',
         ("proxy_http",)),
    Site("wsgi-import", "",
         "WSGI: the application imports a package that is not there",
         "deployment.missing-dependency",
         {"shop.wsgi": (0o644, b"import flask_shop_plugins\n\n\n"
                               b"def application(environ, start_response):\n"
                               b"    start_response('200 OK', [])\n"
                               b"    return [b'hello']\n")},
         "WSGIScriptAlias /wsgi-import {dir}/shop.wsgi\n", ("wsgi",)),
    Site("file-mode", "price-list.html",
         "File: uploaded with a mode the server cannot read",
         "permission.file-unreadable",
         {"price-list.html": (0o000, b"<h1>Prices</h1>\n")}),
]
