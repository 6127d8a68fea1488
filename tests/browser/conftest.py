"""A real browser: Chromium without a window, through selenium. Its tests are skipped where there is none."""

import json
import shutil
from pathlib import Path

import pytest

from benchmarks.report import SWITCHES

ROOT = Path(__file__).parents[2]
AXE = ROOT / ".venv" / "axe" / "node_modules" / "axe-core" / "axe.min.js"


class Browser:
    """One window of a browser.

    Args:
        driver: selenium's.
    """

    def __init__(self, driver):
        self.driver = driver

    def open(self, path, dark=False, width=1280):
        """Open a file, and wait until its first posts are there."""
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        for kind in ("browser", "performance"):
            self.driver.get_log(kind)  # what an earlier test left
        self.driver.get(Path(path).as_uri())
        self.until("return document.querySelectorAll('#table tbody tr').length > 0")

    def until(self, condition, seconds=60):
        """Wait for a condition in JavaScript."""
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.driver, seconds, 0.05).until(lambda driver: driver.execute_script(condition))

    def run(self, script, *arguments):
        """Run JavaScript and return what it returns."""
        return self.driver.execute_script(script, *arguments)

    def find(self, selector):
        """Return the first element."""
        return self.driver.find_element("css selector", selector)

    def status(self, start):
        """Wait until the line of status starts so, and return it."""
        quoted = json.dumps(start)
        self.until(f"return document.getElementById('status').textContent.startsWith({quoted})")
        return self.find("#status").text

    def texts(self, selector):
        """Return the text of all elements."""
        return self.run("return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", selector)

    def complaints(self):
        """Return what the console says: errors, and violations of the page's policy."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self):
        """Return the addresses that were asked for since the page was opened, but for the file itself."""
        sent = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        asked = [each["params"]["request"]["url"] for each in sent if each["method"] == "Network.requestWillBeSent"]
        return [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]

    def violations(self):
        """Return the serious and critical violations that axe-core finds."""
        if not AXE.exists():
            pytest.skip("axe-core is not installed: make test installs it where there is npm")
        self.run(AXE.read_text(encoding="utf-8"))
        done = "axe.run().then(arguments[0], (error) => arguments[0]({violations: [{impact: 'critical', id: String(error)}]}))"
        self.driver.set_script_timeout(120)
        found = self.driver.execute_async_script(done)["violations"]
        return [
            (each["id"], each["help"], [node["html"][:200] for node in each.get("nodes", [])[:3]])
            for each in found
            if each["impact"] in ("serious", "critical")
        ]


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """A browser of its own, with a profile of its own."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not program or not driver:
        pytest.skip("no chromium or chromedriver: apt-get install chromium chromium-driver")
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService

    options = ChromeOptions()
    options.binary_location = program
    for switch in (*SWITCHES, "--window-size=1280,900", f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = Chrome(options=options, service=ChromeService(driver))
    yield Browser(chrome)
    chrome.quit()
