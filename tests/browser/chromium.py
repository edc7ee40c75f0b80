# SPDX-License-Identifier: Apache-2.0
"""Chromium as the tests see it: load a page under given conditions, and what
came of it."""
import base64
import json
import os

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

AXE = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ['violations']}).then(
    r => done(r.violations.map(v => v.id + ': ' + v.help + ': '
        + v.nodes.map(n => n.html).join(' '))),
    e => done(['axe: ' + e]));
"""


class Browser:
    def __init__(self, binary, driver, profile):
        options = webdriver.ChromeOptions()
        options.binary_location = binary
        for argument in ("--headless=new", "--disable-gpu",
                         "--hide-scrollbars", "--no-first-run",
                         "--disable-dev-shm-usage",
                         "--disable-background-networking",
                         f"--user-data-dir={profile}",
                         *["--no-sandbox"] * (os.geteuid() == 0)):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs",
                               {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service(driver),
                                       options=options)
        self.driver.set_page_load_timeout(30)
        self.driver.set_script_timeout(30)
        self.cdp("Network.enable", {})

    def close(self):
        self.driver.quit()

    def cdp(self, command, arguments):
        return self.driver.execute_cdp_cmd(command, arguments)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def look(self, width=1280, media="", language="en", **features):
        """The conditions of the pages that follow; features as in CSS, "_"
        for "-" (prefers_color_scheme="dark")."""
        self.cdp("Emulation.setDeviceMetricsOverride",
                 {"width": width, "height": 800, "deviceScaleFactor": 1,
                  "mobile": False})
        self.cdp("Emulation.setEmulatedMedia",
                 {"media": media, "features": [
                     {"name": name.replace("_", "-"), "value": value}
                     for name, value in features.items()]})
        self.cdp("Network.setExtraHTTPHeaders",
                 {"headers": {"Accept-Language": language}})

    def open(self, url):
        """Load a page; (URLs that were requested, console messages)."""
        for kind in ("performance", "browser"):
            self.driver.get_log(kind)
        self.driver.get(url)
        messages = [json.loads(entry["message"])["message"]
                    for entry in self.driver.get_log("performance")]
        requested = [m["params"]["request"]["url"] for m in messages
                     if m["method"] == "Network.requestWillBeSent"]
        return requested, [entry["message"]
                           for entry in self.driver.get_log("browser")]

    def overflow(self):
        """Elements that reach beyond the page's sides; [] when nobody has to
        scroll sideways."""
        return self.run("""
            const wide = document.documentElement.clientWidth;
            return [document.documentElement, ...document.querySelectorAll('*')]
                .filter(e => e.scrollWidth > Math.max(wide, e.clientWidth) + 1
                    || e.getBoundingClientRect().right > wide + 1
                    || e.getBoundingClientRect().left < -1)
                .map(e => e.tagName + ' ' + e.scrollWidth + ' of ' + wide);
        """)

    def axe(self, source):
        """What axe-core finds, all rules: one text a violation."""
        self.run(source)
        return self.driver.execute_async_script(AXE)

    def screenshot(self, path):
        height = self.run("return document.documentElement.scrollHeight")
        width = self.run("return window.innerWidth")
        data = self.cdp("Page.captureScreenshot", {
            "format": "png", "captureBeyondViewport": True,
            "clip": {"x": 0, "y": 0, "width": width, "height": height,
                     "scale": 1}})["data"]
        path.write_bytes(base64.b64decode(data))

    def pdf(self):
        return base64.b64decode(self.cdp("Page.printToPDF",
                                         {"printBackground": False})["data"])
